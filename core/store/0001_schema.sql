-- 0001_schema.sql: the first schema. Migrations are run in the order of their names; user_version is the number of the last one.
-- Times are UTC milliseconds, digests text like bx1-box-… or 32 raw bytes, ids 16 random bytes. Every table but the views' is keyed naturally.

CREATE TABLE testset (
    digest TEXT PRIMARY KEY CHECK (digest GLOB 'bx1-*-*'),
    geometry TEXT NOT NULL CHECK (geometry IN ('box', 'mask', 'obb')),
    images TEXT NOT NULL,          -- images digest
    nimages INTEGER NOT NULL, nclasses INTEGER NOT NULL, nannotations INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    length INTEGER NOT NULL,       -- of the canonical bytes, inflated
    bytes BLOB NOT NULL            -- the canonical bytes, deflated: rescoring needs no data set folder
) STRICT;

CREATE TABLE class (
    testset TEXT NOT NULL REFERENCES testset ON DELETE CASCADE,
    idx INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (testset, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE image (
    sha256 BLOB PRIMARY KEY CHECK (length(sha256) = 32),
    width INTEGER NOT NULL, height INTEGER NOT NULL,
    name TEXT NOT NULL             -- as first seen; not part of any key
) STRICT, WITHOUT ROWID;

CREATE TABLE board (
    slug TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    testset TEXT NOT NULL REFERENCES testset,
    geometry TEXT NOT NULL CHECK (geometry IN ('box', 'mask', 'obb'))
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    seq INTEGER NOT NULL UNIQUE,   -- order of runs: not a time
    verb TEXT NOT NULL,
    started INTEGER NOT NULL, finished INTEGER NOT NULL DEFAULT 0,
    outcome TEXT NOT NULL CHECK (outcome IN ('running', 'complete', 'interrupted', 'failed', 'killed')),
    exit_status INTEGER NOT NULL DEFAULT 0,
    host TEXT, machine TEXT, fingerprint TEXT,
    boxscore TEXT NOT NULL,
    models INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE model (
    slug TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    task TEXT NOT NULL CHECK (task IN ('detect', 'segment', 'obb')),
    config TEXT, config_file TEXT NOT NULL,
    version BLOB CHECK (version IS NULL OR length(version) = 32),
    files_digest BLOB, score_digest BLOB,
    operating_confidence REAL,
    retired INTEGER NOT NULL DEFAULT 0 CHECK (retired IN (0, 1)),
    invalid TEXT, blocked TEXT,
    first_seen INTEGER NOT NULL, updated INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE version (             -- every version a model ever had
    slug TEXT NOT NULL REFERENCES model ON UPDATE CASCADE,
    version BLOB NOT NULL CHECK (length(version) = 32),
    files_digest BLOB NOT NULL,
    config TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    PRIMARY KEY (slug, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE detections (          -- content-addressed: two runs with the same answers share them
    digest TEXT PRIMARY KEY CHECK (digest GLOB 'bx1-dets-*'),
    nimages INTEGER NOT NULL, n INTEGER NOT NULL,
    names TEXT NOT NULL            -- JSON array: the model's own class names
) STRICT, WITHOUT ROWID;

CREATE TABLE detections_block (    -- 256 images each (core/data/detections.h)
    digest TEXT NOT NULL REFERENCES detections ON DELETE CASCADE,
    block INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    UNIQUE (digest, block)
) STRICT;

CREATE TABLE evaluation (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    seq INTEGER NOT NULL UNIQUE,
    run BLOB NOT NULL REFERENCES run,
    slug TEXT NOT NULL REFERENCES model ON UPDATE CASCADE,
    version BLOB NOT NULL CHECK (length(version) = 32),
    images TEXT NOT NULL,
    geometry TEXT NOT NULL CHECK (geometry IN ('box', 'mask', 'obb')),
    status TEXT NOT NULL CHECK (status IN ('ok', 'partial', 'failed')),
    reason TEXT, log TEXT,
    started INTEGER NOT NULL, finished INTEGER NOT NULL,
    sittings INTEGER NOT NULL, images_total INTEGER NOT NULL, images_failed INTEGER NOT NULL,
    host TEXT, machine TEXT, fingerprint TEXT,
    boxscore TEXT NOT NULL, runner TEXT,
    shard TEXT NOT NULL DEFAULT '',
    detections TEXT,               -- digest; the row of that digest goes when retention says so, this stays
    ndetections INTEGER NOT NULL DEFAULT 0,
    latency_ms REAL,
    CHECK ((status = 'ok') = (detections IS NOT NULL))
) STRICT;
CREATE INDEX evaluation_subject ON evaluation (slug, version, images, geometry, seq);

CREATE TABLE latency (             -- ns, i64 little-endian, one an image in the test set's order, -1 where there is none
    evaluation BLOB PRIMARY KEY REFERENCES evaluation ON DELETE CASCADE,
    wall BLOB NOT NULL, own BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE partial (             -- answers of an evaluation that is not finished
    slug TEXT NOT NULL REFERENCES model ON UPDATE CASCADE,
    version BLOB NOT NULL CHECK (length(version) = 32),
    geometry TEXT NOT NULL CHECK (geometry IN ('box', 'mask', 'obb')),
    image BLOB NOT NULL REFERENCES image,
    nth INTEGER NOT NULL,          -- which of the test set's images with these bytes, from 0: a set may hold one file twice
    failed INTEGER NOT NULL CHECK (failed IN (0, 1)),
    reason TEXT,
    wall_ns INTEGER NOT NULL, own_ns INTEGER NOT NULL,
    sitting BLOB NOT NULL CHECK (length(sitting) = 16),
    answered INTEGER NOT NULL,
    names TEXT NOT NULL,           -- JSON array
    bytes BLOB NOT NULL,           -- a block of one image
    PRIMARY KEY (slug, version, geometry, image, nth)
) STRICT, WITHOUT ROWID;

CREATE TABLE report (
    id INTEGER PRIMARY KEY,        -- never leaves the file
    detections TEXT NOT NULL, testset TEXT NOT NULL REFERENCES testset,
    geometry TEXT NOT NULL CHECK (geometry IN ('box', 'mask', 'obb')),
    protocol TEXT NOT NULL,
    score_digest BLOB NOT NULL CHECK (length(score_digest) = 32),
    subset TEXT NOT NULL DEFAULT '',
    operating_confidence REAL, operating_is_max_f1 INTEGER NOT NULL CHECK (operating_is_max_f1 IN (0, 1)),
    made INTEGER NOT NULL, boxscore TEXT NOT NULL,
    UNIQUE (detections, testset, geometry, protocol, score_digest, subset)
) STRICT;

CREATE TABLE metric (              -- the catalogued scalars: core/data/report.h; class -1: over all classes
    report INTEGER NOT NULL REFERENCES report ON DELETE CASCADE,
    name TEXT NOT NULL,
    class INTEGER NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (report, name, class)
) STRICT, WITHOUT ROWID;

CREATE TABLE curve (               -- f32 little-endian
    report INTEGER NOT NULL REFERENCES report ON DELETE CASCADE,
    name TEXT NOT NULL,
    class INTEGER NOT NULL,
    n INTEGER NOT NULL,
    x BLOB NOT NULL, y BLOB NOT NULL,
    PRIMARY KEY (report, name, class)
) STRICT, WITHOUT ROWID;

CREATE TABLE image_results (       -- derived: kept for each model's current evaluation. u32 tp, fp, fn an image
    report INTEGER PRIMARY KEY REFERENCES report ON DELETE CASCADE,
    bytes BLOB NOT NULL
) STRICT;

-- The catalogue of metric names, for people who query by hand; rewritten at every opening by the program that knows it.
CREATE TABLE catalogue (
    name TEXT PRIMARY KEY, label TEXT NOT NULL, unit TEXT NOT NULL, better TEXT NOT NULL, definition TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What each board shows of each model: its newest complete evaluation with a report, of its current version where there is one.
CREATE VIEW current_report AS
SELECT board, model, evaluation, seq, report, is_current FROM (
    SELECT b.slug AS board, m.slug AS model, e.id AS evaluation, e.seq, r.id AS report, e.version IS m.version AS is_current,
        row_number() OVER (PARTITION BY b.slug, m.slug ORDER BY e.version IS m.version DESC, e.seq DESC) AS nth
    FROM board b JOIN testset t ON t.digest = b.testset JOIN model m
    JOIN evaluation e ON e.slug = m.slug AND e.images = t.images AND e.geometry = b.geometry AND e.status = 'ok'
    JOIN report r ON r.detections = e.detections AND r.testset = b.testset AND r.geometry = b.geometry AND r.protocol = 'coco/1'
        AND r.score_digest = m.score_digest AND r.subset = '')
WHERE nth = 1;

-- For the sqlite3 shell: select * from leaderboard;
CREATE VIEW leaderboard AS
SELECT c.board, m.slug AS model, m.name,
    (SELECT value FROM metric WHERE report = c.report AND name = 'map' AND class = -1) AS map,
    (SELECT value FROM metric WHERE report = c.report AND name = 'map_50' AND class = -1) AS map_50,
    (SELECT value FROM metric WHERE report = c.report AND name = 'map_75' AND class = -1) AS map_75,
    (SELECT value FROM metric WHERE report = c.report AND name = 'map_small' AND class = -1) AS map_small,
    (SELECT value FROM metric WHERE report = c.report AND name = 'map_medium' AND class = -1) AS map_medium,
    (SELECT value FROM metric WHERE report = c.report AND name = 'map_large' AND class = -1) AS map_large,
    (SELECT value FROM metric WHERE report = c.report AND name = 'f1' AND class = -1) AS f1,
    e.latency_ms, CASE WHEN m.invalid IS NOT NULL THEN 'config refused' WHEN c.is_current THEN 'current' ELSE 'older version' END AS version,
    strftime('%Y-%m-%dT%H:%M:%SZ', e.finished / 1000, 'unixepoch') AS evaluated
FROM current_report c JOIN model m ON m.slug = c.model JOIN evaluation e ON e.id = c.evaluation
WHERE m.retired = 0
ORDER BY c.board, map DESC, m.slug;

-- For the sqlite3 shell: select * from numbers where model = 'fast' and class is null;
CREATE VIEW numbers AS
SELECT c.board, c.model, r.protocol, r.geometry, k.label AS metric, v.name, k.unit, cl.name AS class, v.value
FROM current_report c JOIN report r ON r.id = c.report JOIN metric v ON v.report = c.report
LEFT JOIN catalogue k ON k.name = v.name LEFT JOIN class cl ON cl.testset = r.testset AND cl.idx = v.class
ORDER BY c.board, c.model, v.name, v.class;
