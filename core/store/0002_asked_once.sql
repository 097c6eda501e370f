-- 0002_asked_once.sql: an evaluation is of (model version, images), whatever is scored of it; a board has rules of its own; and what grows with every
-- night is small: texts and digests that repeat are stored once and referred to by an integer, which never leaves the file.
-- bx_unhex() and bx_geometries() are migrate.c's, which also packs each report's scalars when all this is done.

CREATE TABLE maker (               -- on what, and with which programs
    id INTEGER PRIMARY KEY,
    host TEXT, machine TEXT, fingerprint TEXT,
    boxscore TEXT NOT NULL, runner TEXT,
    shard TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO maker (host, machine, fingerprint, boxscore, runner, shard)
SELECT DISTINCT host, machine, fingerprint, boxscore, runner, shard FROM evaluation ORDER BY 1, 2, 3, 4, 5, 6;

CREATE TABLE subject (             -- what one evaluation is of
    id INTEGER PRIMARY KEY,
    slug TEXT NOT NULL REFERENCES model ON UPDATE CASCADE,
    version BLOB NOT NULL CHECK (length(version) = 32),
    images TEXT NOT NULL,
    UNIQUE (slug, version, images)
) STRICT;
INSERT INTO subject (slug, version, images) SELECT DISTINCT slug, version, images FROM evaluation ORDER BY 1, 2, 3;

CREATE TABLE answers (             -- detections by digest, those that retention let go as well
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,   -- of bx1-dets-<hex> the 32 bytes
    n INTEGER NOT NULL
) STRICT;
INSERT INTO answers (digest, n) SELECT bx_unhex(digest), n FROM (
    SELECT detections AS digest, max(ndetections) AS n, min(seq) AS nth FROM evaluation WHERE detections IS NOT NULL GROUP BY detections
    UNION ALL
    SELECT digest, n, 0 FROM detections WHERE digest NOT IN (SELECT detections FROM evaluation WHERE detections IS NOT NULL)
    UNION ALL
    SELECT DISTINCT detections, 0, 0 FROM report WHERE detections NOT IN (SELECT detections FROM evaluation WHERE detections IS NOT NULL)
        AND detections NOT IN (SELECT digest FROM detections)) ORDER BY nth, digest;
ALTER TABLE detections ADD COLUMN answers INTEGER REFERENCES answers;
UPDATE detections SET answers = (SELECT a.id FROM answers a WHERE a.digest = bx_unhex(detections.digest));
CREATE UNIQUE INDEX detections_answers ON detections (answers);

CREATE TABLE run2 (
    n INTEGER PRIMARY KEY,         -- never leaves the file
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    seq INTEGER NOT NULL UNIQUE,   -- order of runs: not a time
    verb TEXT NOT NULL,
    started INTEGER NOT NULL, finished INTEGER NOT NULL DEFAULT 0,
    outcome TEXT NOT NULL CHECK (outcome IN ('running', 'complete', 'interrupted', 'failed', 'killed')),
    exit_status INTEGER NOT NULL DEFAULT 0,
    host TEXT, machine TEXT, fingerprint TEXT,
    boxscore TEXT NOT NULL,
    models INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO run2 SELECT seq, id, seq, verb, started, finished, outcome, exit_status, host, machine, fingerprint, boxscore, models, failed FROM run ORDER BY seq;

CREATE TABLE log (                 -- what a model printed: of its newest evaluation on its images alone
    evaluation BLOB PRIMARY KEY REFERENCES evaluation ON DELETE CASCADE,
    text TEXT NOT NULL
) STRICT;
INSERT INTO log (evaluation, text) SELECT id, log FROM evaluation
WHERE log IS NOT NULL AND seq IN (SELECT max(seq) FROM evaluation GROUP BY slug, images) ORDER BY seq;

CREATE TABLE evaluation2 (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    seq INTEGER NOT NULL UNIQUE,
    run INTEGER NOT NULL REFERENCES run,
    subject INTEGER NOT NULL REFERENCES subject,
    status INTEGER NOT NULL CHECK (status IN (0, 1, 2)), -- ok, partial, failed
    geometries INTEGER NOT NULL,   -- what each of its detections has: 1 box, 2 mask, 4 obb; all three of no detections
    reason TEXT,
    started INTEGER NOT NULL, finished INTEGER NOT NULL,
    sittings INTEGER NOT NULL, images_total INTEGER NOT NULL, images_failed INTEGER NOT NULL,
    maker INTEGER NOT NULL REFERENCES maker,
    answers INTEGER REFERENCES answers,
    latency_ms REAL,
    CHECK ((status = 0) = (answers IS NOT NULL))
) STRICT;
INSERT INTO evaluation2
SELECT e.id, e.seq, r.seq, s.id, CASE e.status WHEN 'ok' THEN 0 WHEN 'partial' THEN 1 ELSE 2 END,
    CASE e.geometry WHEN 'mask' THEN 3 WHEN 'obb' THEN 5
        ELSE coalesce((SELECT min(g & 1) | min(g & 2) | min(g & 4) FROM (SELECT bx_geometries(b.bytes, d.names) AS g
            FROM model m JOIN detections d JOIN detections_block b ON b.digest = d.digest
            WHERE e.status = 'ok' AND m.slug = e.slug AND m.task <> 'detect' AND d.digest = e.detections)), 1) END,
    e.reason, e.started, e.finished, e.sittings, e.images_total, e.images_failed, m.id, a.id, e.latency_ms
FROM evaluation e JOIN run r ON r.id = e.run JOIN subject s ON s.slug = e.slug AND s.version = e.version AND s.images = e.images
JOIN maker m ON m.host IS e.host AND m.machine IS e.machine AND m.fingerprint IS e.fingerprint AND m.boxscore IS e.boxscore AND m.runner IS e.runner
    AND m.shard IS e.shard
LEFT JOIN answers a ON a.digest = bx_unhex(e.detections)
ORDER BY e.seq;

-- What a report is of, but for the answers: 365 different nights have one row here.
CREATE TABLE scoring (
    id INTEGER PRIMARY KEY,
    testset TEXT NOT NULL REFERENCES testset,
    geometry TEXT NOT NULL CHECK (geometry IN ('box', 'mask', 'obb')),
    protocol TEXT NOT NULL,
    score_digest BLOB NOT NULL CHECK (length(score_digest) = 32),
    subset TEXT NOT NULL DEFAULT '',
    UNIQUE (testset, geometry, protocol, score_digest, subset)
) STRICT;
INSERT INTO scoring (testset, geometry, protocol, score_digest, subset)
SELECT DISTINCT testset, geometry, protocol, score_digest, subset FROM report ORDER BY 1, 2, 3, 4, 5;

CREATE TABLE layout (              -- which scalars a report has, in which order: a JSON array of the catalogue's names
    id INTEGER PRIMARY KEY,
    names TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE report2 (
    id INTEGER PRIMARY KEY,        -- never leaves the file
    answers INTEGER NOT NULL REFERENCES answers,
    scoring INTEGER NOT NULL REFERENCES scoring,
    operating_confidence REAL, operating_is_max_f1 INTEGER NOT NULL CHECK (operating_is_max_f1 IN (0, 1)),
    made INTEGER NOT NULL, boxscore TEXT NOT NULL,
    layout INTEGER REFERENCES layout,
    scalars BLOB,                  -- history: f64 little-endian, the layout's; the tables metric, curve and image_results have all of it, while its detections are kept
    UNIQUE (answers, scoring)
) STRICT;
INSERT INTO report2 (id, answers, scoring, operating_confidence, operating_is_max_f1, made, boxscore)
SELECT r.id, a.id, s.id, r.operating_confidence, r.operating_is_max_f1, r.made, r.boxscore
FROM report r JOIN answers a ON a.digest = bx_unhex(r.detections)
JOIN scoring s ON s.testset = r.testset AND s.geometry = r.geometry AND s.protocol = r.protocol AND s.score_digest = r.score_digest AND s.subset = r.subset
ORDER BY r.id;

CREATE TABLE unscored (            -- why there is no report of these answers, though one was tried; a report takes its place
    answers INTEGER NOT NULL REFERENCES answers,
    scoring INTEGER NOT NULL REFERENCES scoring,
    failed INTEGER NOT NULL CHECK (failed IN (0, 1)), -- 0: the board is of other classes than the model, which is nobody's fault
    reason TEXT NOT NULL,
    PRIMARY KEY (answers, scoring)
) STRICT, WITHOUT ROWID;

CREATE TABLE partial2 (            -- answers of an evaluation that is not finished
    slug TEXT NOT NULL REFERENCES model ON UPDATE CASCADE,
    version BLOB NOT NULL CHECK (length(version) = 32),
    image BLOB NOT NULL REFERENCES image,
    nth INTEGER NOT NULL,          -- which of the test set's images with these bytes, from 0: a set may hold one file twice
    geometries INTEGER NOT NULL,   -- as an evaluation's, of this answer
    failed INTEGER NOT NULL CHECK (failed IN (0, 1)),
    reason TEXT,
    wall_ns INTEGER NOT NULL, own_ns INTEGER NOT NULL,
    sitting BLOB NOT NULL CHECK (length(sitting) = 16),
    answered INTEGER NOT NULL,
    names TEXT NOT NULL,           -- JSON array
    bytes BLOB NOT NULL,           -- a block of one image
    PRIMARY KEY (slug, version, image, nth)
) STRICT, WITHOUT ROWID;
-- Of two answers to one question the one that says more stays: a mask or an oriented box has its box with it.
INSERT OR IGNORE INTO partial2
SELECT slug, version, image, nth, CASE geometry WHEN 'box' THEN bx_geometries(bytes, names) WHEN 'mask' THEN 3 ELSE 5 END, failed, reason, wall_ns, own_ns, sitting,
    answered, names, bytes
FROM partial ORDER BY slug, version, image, nth, failed, geometry = 'box', geometry;

CREATE TABLE board2 (
    slug TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    position INTEGER NOT NULL,     -- among the settings' boards, from 0; -1: they have it no more
    names TEXT NOT NULL,           -- JSON array: the test set's own names
    task TEXT NOT NULL CHECK (task IN ('detect', 'segment', 'obb')),
    geometry TEXT NOT NULL CHECK (geometry IN ('box', 'mask', 'obb')),
    testset TEXT NOT NULL REFERENCES testset,
    protocol TEXT NOT NULL,        -- the canonical name of its rules
    subset TEXT NOT NULL DEFAULT '',
    images BLOB                    -- of a subset: the images' digests, 32 bytes each
) STRICT, WITHOUT ROWID;
INSERT INTO board2 SELECT slug, title, row_number() OVER (ORDER BY slug) - 1, json_array(title),
    CASE geometry WHEN 'mask' THEN 'segment' WHEN 'obb' THEN 'obb' ELSE 'detect' END, geometry, testset, 'coco/1', '', NULL FROM board;

DROP VIEW numbers;
DROP VIEW leaderboard;
DROP VIEW current_report;
DROP TABLE evaluation;
DROP TABLE run;
DROP TABLE report;
DROP TABLE partial;
DROP TABLE board;
ALTER TABLE run2 RENAME TO run;
ALTER TABLE evaluation2 RENAME TO evaluation;
ALTER TABLE report2 RENAME TO report;
ALTER TABLE partial2 RENAME TO partial;
ALTER TABLE board2 RENAME TO board;
CREATE INDEX evaluation_subject ON evaluation (subject, seq);
CREATE INDEX evaluation_answers ON evaluation (answers);

-- Each model's complete evaluations, and the place of each among those of its version, images and geometries: what retention goes by.
CREATE VIEW ranked AS
SELECT id, seq, subject, answers, finished,
    row_number() OVER (PARTITION BY subject, geometries ORDER BY seq DESC) AS newest,
    row_number() OVER (PARTITION BY subject, geometries ORDER BY seq) AS nth,
    row_number() OVER (PARTITION BY subject, geometries, strftime('%Y-%m', finished / 1000, 'unixepoch') ORDER BY seq) AS in_month
FROM evaluation WHERE status = 0;

-- What each board shows of each model that is on it (a config may name its boards): its newest complete evaluation with a report, of its
-- current version where there is one.
CREATE VIEW current_report AS
SELECT board, model, evaluation, seq, report, is_current FROM (
    SELECT b.slug AS board, m.slug AS model, e.id AS evaluation, e.seq, r.id AS report, s.version IS m.version AS is_current,
        row_number() OVER (PARTITION BY b.slug, m.slug ORDER BY s.version IS m.version DESC, e.seq DESC) AS nth
    FROM board b JOIN testset t ON t.digest = b.testset
    JOIN subject s ON s.images = t.images JOIN model m ON m.slug = s.slug
    JOIN scoring k ON k.testset = b.testset AND k.geometry = b.geometry AND k.protocol = b.protocol AND k.score_digest = m.score_digest
        AND k.subset = b.subset
    JOIN evaluation e ON e.subject = s.id AND e.status = 0
    JOIN report r ON r.answers = e.answers AND r.scoring = k.id
    WHERE b.position >= 0 AND (NOT EXISTS (SELECT 1 FROM json_each(m.config, '$.boards')) OR b.slug IN (SELECT value FROM json_each(m.config, '$.boards'))))
WHERE nth = 1;

-- For the sqlite3 shell: select * from numbers where model = 'fast' and class is null;
CREATE VIEW numbers AS
SELECT c.board, c.model, s.protocol, s.geometry, k.label AS metric, v.name, k.unit, cl.name AS class, v.value
FROM current_report c JOIN report r ON r.id = c.report JOIN scoring s ON s.id = r.scoring JOIN metric v ON v.report = c.report
LEFT JOIN catalogue k ON k.name = v.name LEFT JOIN class cl ON cl.testset = s.testset AND cl.idx = v.class
ORDER BY c.board, c.model, v.name, v.class;

-- For the sqlite3 shell: evaluations and reports with their texts and digests in full.
CREATE VIEW evaluations AS
SELECT e.id, e.seq, r.id AS run, s.slug, s.version, s.images, CASE e.status WHEN 0 THEN 'ok' WHEN 1 THEN 'partial' ELSE 'failed' END AS status,
    trim(iif(e.geometries & 1, 'box ', '') || iif(e.geometries & 2, 'mask ', '') || iif(e.geometries & 4, 'obb', '')) AS geometries,
    e.reason, l.text AS log, e.started, e.finished, e.sittings, e.images_total, e.images_failed, m.host, m.machine, m.fingerprint, m.boxscore, m.runner, m.shard,
    iif(a.id IS NULL, NULL, 'bx1-dets-' || lower(hex(a.digest))) AS detections, a.n AS ndetections, e.latency_ms
FROM evaluation e JOIN run r ON r.n = e.run JOIN subject s ON s.id = e.subject JOIN maker m ON m.id = e.maker
LEFT JOIN answers a ON a.id = e.answers LEFT JOIN log l ON l.evaluation = e.id;

CREATE VIEW reports AS
SELECT r.id, 'bx1-dets-' || lower(hex(a.digest)) AS detections, s.testset, s.geometry, s.protocol, s.score_digest, s.subset, r.operating_confidence,
    r.operating_is_max_f1, r.made, r.boxscore
FROM report r JOIN answers a ON a.id = r.answers JOIN scoring s ON s.id = r.scoring;
