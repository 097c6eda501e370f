-- queries.sql: every query of core/store, under its name. Parameters are bound in the order of the question marks.

-- name: integrity
PRAGMA integrity_check(1)

-- name: foreign_keys
PRAGMA foreign_key_check

-- Tables that carry checksums: their other columns in order, and their keys.
-- name: summed
SELECT t.name, (SELECT group_concat(name, ' ') FROM (SELECT name FROM pragma_table_info(t.name) WHERE name <> 'sum' ORDER BY cid)),
    iif(t.wr, (SELECT group_concat(name, ' ') FROM (SELECT name FROM pragma_table_info(t.name) WHERE pk > 0 ORDER BY pk)), 'rowid')
FROM pragma_table_list t WHERE t.schema = 'main' AND t.type = 'table' AND EXISTS (SELECT 1 FROM pragma_table_info(t.name) WHERE name = 'sum') ORDER BY t.name

-- The subjects there are evaluations of are looked up one by one in the index, not gathered from all its rows.
-- name: orphans
WITH RECURSIVE asked (subject) AS (
    SELECT min(subject) FROM evaluation
    UNION ALL
    SELECT (SELECT min(e.subject) FROM evaluation e WHERE e.subject > asked.subject) FROM asked WHERE subject IS NOT NULL)
SELECT 'evaluation' FROM asked WHERE subject IS NOT NULL AND subject NOT IN (SELECT id FROM subject)
UNION ALL SELECT 'evaluation' FROM (SELECT subject FROM evaluation ORDER BY subject LIMIT 1) WHERE typeof(subject) <> 'integer' -- null comes first
UNION ALL SELECT 'subject' FROM subject WHERE slug NOT IN (SELECT slug FROM model)
UNION ALL SELECT 'board' FROM board WHERE testset NOT IN (SELECT digest FROM testset)
UNION ALL SELECT 'scoring' FROM scoring WHERE testset NOT IN (SELECT digest FROM testset)
UNION ALL SELECT 'log' FROM log l WHERE NOT EXISTS (SELECT 1 FROM evaluation e WHERE e.id = l.evaluation)
LIMIT 1

-- Reports, reasons for none and latencies that nothing leads to. Asked only where one is missed.
-- name: orphans_of_answers
SELECT 'report' FROM report r WHERE NOT EXISTS (SELECT 1 FROM answers a WHERE a.id = r.answers) OR NOT EXISTS (SELECT 1 FROM scoring s WHERE s.id = r.scoring)
UNION ALL SELECT 'unscored' FROM unscored r WHERE NOT EXISTS (SELECT 1 FROM answers a WHERE a.id = r.answers) OR NOT EXISTS (SELECT 1 FROM scoring s WHERE s.id = r.scoring)
UNION ALL SELECT 'latency' FROM latency l WHERE NOT EXISTS (SELECT 1 FROM evaluation e WHERE e.id = l.evaluation)
LIMIT 1

-- name: report_ids
SELECT id FROM report ORDER BY id

-- name: report_sums
SELECT whole, EXISTS (SELECT 1 FROM detections d WHERE d.answers = r.answers) FROM report r WHERE id = ?

-- name: report_whole
UPDATE report SET whole = ? WHERE id = ?

-- name: view_has
SELECT 1 FROM sqlite_schema WHERE type = 'view' AND name = 'leaderboard' AND sql = ?

-- name: catalogue_has
SELECT 1 FROM catalogue WHERE name = ? AND label = ? AND unit = ? AND better = ? AND definition = ?

-- name: catalogue_put
INSERT OR REPLACE INTO catalogue (name, label, unit, better, definition) VALUES (?, ?, ?, ?, ?)

-- name: image_put
INSERT OR IGNORE INTO image (sha256, width, height, name) VALUES (?, ?, ?, ?)

-- name: class_put
INSERT INTO class (testset, idx, name) VALUES (?, ?, ?)

-- name: testset_has
SELECT 1 FROM testset WHERE digest = ?

-- name: testset_put
INSERT INTO testset (digest, geometry, images, nimages, nclasses, nannotations, first_seen, length, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: testset_get
SELECT length, bytes FROM testset WHERE digest = ?

-- name: board_put
INSERT INTO board (slug, title, position, names, task, geometry, testset, protocol, subset, images, split, tags, private) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (slug) DO UPDATE SET title = excluded.title, position = excluded.position, names = excluded.names, task = excluded.task,
    geometry = excluded.geometry, testset = excluded.testset, protocol = excluded.protocol, subset = excluded.subset, images = excluded.images,
    split = excluded.split, tags = excluded.tags, private = excluded.private, problem = NULL

-- name: boards_away
UPDATE board SET position = -1 WHERE position >= 0

-- name: board_problem
UPDATE board SET position = ?, problem = ?, private = ? WHERE slug = ?

-- name: boards
SELECT slug, title, position, names, task, b.geometry, testset, protocol, subset, b.images AS subset_images, t.images, problem, split, tags, private
FROM board b JOIN testset t ON t.digest = b.testset WHERE (position < 0) = ? ORDER BY position, slug

-- name: members_put
INSERT OR IGNORE INTO member (board, slug) SELECT ?1, m.slug FROM json_each(?2) j JOIN model m ON m.slug = j.value

-- name: members
SELECT slug FROM member WHERE board = ? ORDER BY slug

-- name: subset_put
INSERT OR IGNORE INTO subset (name, images) VALUES (?, ?)

-- name: subset_get
SELECT images FROM subset WHERE name = ?

-- name: training_delete
DELETE FROM training WHERE images = ? AND manifest = ?

-- name: training_put
INSERT INTO training (images, manifest, title, others, made) VALUES (?, ?, ?, ?, ?)

-- name: training_get
SELECT title, others FROM training WHERE images = ? AND manifest = ?

-- Of manifests that no model names any more.
-- name: training_prune
DELETE FROM training WHERE manifest NOT IN (SELECT manifest FROM trained WHERE manifest IS NOT NULL)

-- name: seen_put
INSERT INTO seen (images, manifest, nth, image, file, exact, likeness, turn, other, name) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: seen
SELECT image, file, exact, likeness, turn, other, name FROM seen WHERE images = ? AND manifest = ? ORDER BY nth

-- name: trained_delete
DELETE FROM trained WHERE slug = ?

-- name: trained_put
INSERT INTO trained (slug, nth, name, manifest, problem) SELECT slug, ?2, ?3, ?4, ?5 FROM model WHERE slug = ?1

-- name: trained
SELECT name, manifest, problem FROM trained WHERE slug = ? ORDER BY nth

-- name: run_close_killed
UPDATE run SET outcome = 'killed' WHERE outcome = 'running'

-- name: run_begin
INSERT INTO run (id, seq, verb, started, outcome, host, machine, fingerprint, boxscore)
VALUES (?, (SELECT coalesce(max(seq), 0) + 1 FROM run), ?, ?, 'running', ?, ?, ?, ?)

-- name: run_end
UPDATE run SET outcome = ?, models = ?, failed = ?, exit_status = ?, finished = ? WHERE id = ?

-- name: runs
SELECT id, seq, verb, started, finished, outcome, exit_status, host, machine, fingerprint, boxscore, models, failed FROM run ORDER BY seq DESC, id

-- name: former
-- Of the slugs that a model had: under which the newest evaluation is; merged or restored stores may have several. ?2: also one that a night would retire.
SELECT m.slug FROM json_each(?1) f JOIN model m ON m.slug = f.value
WHERE (m.retired = 1 OR (?2 AND m.elsewhere = 0)) AND NOT EXISTS (SELECT 1 FROM model WHERE slug = ?3)
ORDER BY (SELECT max(e.seq) FROM subject s JOIN evaluation e ON e.subject = s.id WHERE s.slug = m.slug) DESC, f.key LIMIT 1

-- name: model_rename
UPDATE model SET slug = ?1 WHERE slug = ?2

-- name: model_put
INSERT INTO model (slug, name, task, config, config_file, version, files_digest, score_digest, operating_confidence, first_seen, updated)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)
ON CONFLICT (slug) DO UPDATE SET name = excluded.name, task = excluded.task, config = excluded.config, config_file = excluded.config_file,
    version = coalesce(excluded.version, version), files_digest = coalesce(excluded.files_digest, files_digest), score_digest = excluded.score_digest,
    operating_confidence = excluded.operating_confidence, retired = 0, invalid = NULL, elsewhere = 0, updated = excluded.updated

-- name: version_put
INSERT OR IGNORE INTO version (slug, version, files_digest, config, first_seen) VALUES (?, ?, ?, ?, ?)

-- name: model_invalid
INSERT INTO model (slug, name, task, config_file, invalid, first_seen, updated) VALUES (?1, ?1, 'detect', ?1 || '.json', ?2, ?3, ?3)
ON CONFLICT (slug) DO UPDATE SET invalid = excluded.invalid, retired = 0, elsewhere = 0, updated = excluded.updated

-- name: model_blocked
UPDATE model SET blocked = ? WHERE slug = ?

-- name: models_present
UPDATE model SET retired = slug NOT IN (SELECT value FROM json_each(?1)), updated = ?2
WHERE retired != (slug NOT IN (SELECT value FROM json_each(?1))) AND (elsewhere = 0 OR retired = 1)

-- name: models
SELECT slug, name, task, config, config_file, version, files_digest, score_digest, operating_confidence, retired, invalid, blocked, first_seen, updated, elsewhere
FROM model ORDER BY slug

-- name: standings
SELECT slug, iif(config IS NULL, NULL, name), iif(config IS NULL, NULL, config_file), config IS NOT NULL, retired, first_seen,
    EXISTS (SELECT 1 FROM subject s JOIN evaluation e ON e.subject = s.id WHERE s.slug = model.slug AND e.status = 0)
FROM model ORDER BY slug

-- name: versions
SELECT slug, version, config, first_seen FROM version ORDER BY slug, version

-- name: work_put
INSERT OR REPLACE INTO work (slug, version, images, run, started, killed) SELECT ?1, ?2, ?3, n, ?5, ?6 FROM run WHERE id = ?4

-- name: work_end
DELETE FROM work WHERE slug = ?

-- name: work_killed
UPDATE work SET killed = 1 WHERE slug = ?

-- name: works
SELECT w.slug, w.version, w.images, r.id, w.started, w.killed, r.host, r.machine, r.fingerprint, r.boxscore,
    (SELECT max(answered) FROM partial p WHERE p.slug = w.slug AND p.version = w.version)
FROM work w JOIN run r ON r.n = w.run ORDER BY w.slug

-- name: partial_put
INSERT OR REPLACE INTO partial (slug, version, image, nth, geometries, failed, reason, wall_ns, own_ns, sitting, answered, names, bytes)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: partials
SELECT slug, version, image, nth, geometries, failed, reason, wall_ns, own_ns, sitting, answered, names, bytes, sum FROM partial WHERE slug = ? AND version = ? ORDER BY image, nth

-- name: partial_clear
DELETE FROM partial WHERE slug = ? AND version = ?

-- name: partial_any
SELECT 1 FROM partial WHERE slug = ? AND version = ? LIMIT 1

-- name: partial_remove
DELETE FROM partial WHERE slug = ? AND version = ? AND image = ?

-- name: partial_prune
DELETE FROM partial WHERE NOT EXISTS (SELECT 1 FROM model m WHERE m.slug = partial.slug AND m.version = partial.version AND m.retired = 0)

-- name: answers_put
INSERT OR IGNORE INTO answers (digest, n) VALUES (bx_unhex(?), ?)

-- name: detections_put
INSERT OR IGNORE INTO detections (digest, nimages, n, names, answers) SELECT ?1, ?2, ?3, ?4, id FROM answers WHERE digest = bx_unhex(?1)

-- name: block_put
INSERT INTO detections_block (digest, block, bytes) VALUES (?, ?, ?)

-- name: detections_get
SELECT nimages, n, names FROM detections WHERE digest = ?

-- name: detections_all
SELECT digest FROM detections ORDER BY digest

-- name: blocks_get
SELECT bytes FROM detections_block WHERE digest = ? ORDER BY block

-- name: subject_put
INSERT OR IGNORE INTO subject (slug, version, images) VALUES (?, ?, ?)

-- name: subject_find
SELECT id FROM subject WHERE slug = ? AND version = ? AND images = ?

-- name: subjects
SELECT id, slug, version, images FROM subject ORDER BY id

-- name: subjects_of
SELECT version, images FROM subject WHERE slug = ?

-- name: maker_find
SELECT id FROM maker WHERE host IS ? AND machine IS ? AND fingerprint IS ? AND boxscore IS ? AND runner IS ? AND shard IS ? ORDER BY id

-- name: maker_put
INSERT INTO maker (host, machine, fingerprint, boxscore, runner, shard) VALUES (?, ?, ?, ?, ?, ?)

-- name: run_ids
SELECT n, id FROM run ORDER BY n

-- name: makers
SELECT id, host, machine, fingerprint, boxscore, runner, shard FROM maker ORDER BY id

-- name: evaluation_put
INSERT INTO evaluation (id, seq, run, subject, status, geometries, reason, started, finished, sittings, images_total, images_failed, maker, answers, latency_ms)
VALUES (?, (SELECT coalesce(max(seq), 0) + 1 FROM evaluation), (SELECT n FROM run WHERE id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
    (SELECT id FROM answers WHERE digest = bx_unhex(?)), ?)

-- name: evaluation_known
SELECT count(*) FROM evaluation WHERE id = ?

-- name: log_put
INSERT INTO log (evaluation, text) VALUES (?, ?)

-- name: log_prune
DELETE FROM log WHERE evaluation IN (SELECT e.id FROM subject s JOIN evaluation e ON e.subject = s.id WHERE s.slug = ? AND s.images = ?)

-- name: evaluations
SELECT e.id, e.seq, e.run, e.subject, e.status, e.geometries, e.reason, e.started, e.finished, e.sittings, e.images_total, e.images_failed, e.maker, e.answers,
    e.latency_ms, e.sum, a.digest, EXISTS (SELECT 1 FROM detections d WHERE d.answers = e.answers) AS kept, l.text AS log
FROM evaluation e JOIN subject s ON s.id = e.subject LEFT JOIN answers a ON a.id = e.answers LEFT JOIN log l ON l.evaluation = e.id
WHERE ?1 IS NULL OR s.slug = ?1 ORDER BY e.seq DESC

-- name: history_counts
SELECT s.slug, count(*) FROM subject s CROSS JOIN evaluation e ON e.subject = s.id WHERE s.images = ? GROUP BY s.slug ORDER BY s.slug

-- Which numbers of each subject on some images a board shows: those under its model's class map and operating confidence of today.
-- name: history_subjects
SELECT s.id, k.id FROM subject s LEFT JOIN model m ON m.slug = s.slug
LEFT JOIN scoring k ON k.testset = ?2 AND k.geometry = ?3 AND k.protocol = ?4 AND k.subset = ?5 AND k.score_digest = m.score_digest
WHERE s.images = ?1 ORDER BY s.id

-- What an evaluation refers to was read before (answers, all_reports, all_unscored, kept_answers, logs): a look into an index for each of them costs more.
-- name: history
SELECT id, seq, run, subject, status, geometries, reason, started, finished, sittings, images_total, images_failed, maker, answers, latency_ms, sum
FROM evaluation e ORDER BY seq DESC

-- name: answers
SELECT id, digest, n, sum FROM answers ORDER BY id

-- name: answers_digest
SELECT digest FROM answers WHERE id = ?

-- name: all_reports
SELECT id, answers, scoring, operating_confidence, operating_is_max_f1, made, boxscore, layout, scalars, whole, sum FROM report ORDER BY id

-- name: all_unscored
SELECT answers, scoring, failed, reason, sum FROM unscored ORDER BY answers, scoring

-- name: kept_answers
SELECT answers FROM detections WHERE answers IS NOT NULL ORDER BY answers

-- name: logs
SELECT evaluation, text, sum FROM log ORDER BY evaluation

-- name: attempts
SELECT e.status = 0 AS ok, e.finished AS ended, 'bx1-dets-' || lower(hex(a.digest)) AS detections, e.id AS evaluation, e.geometries AS has
FROM subject s JOIN evaluation e ON e.subject = s.id
LEFT JOIN answers a ON a.id = e.answers WHERE s.slug = ? AND s.version = ? AND s.images = ? ORDER BY e.seq DESC

-- name: good_on
SELECT e.finished AS ended, 'bx1-dets-' || lower(hex(a.digest)) AS answers, e.id AS evaluation
FROM subject s JOIN evaluation e ON e.subject = s.id JOIN answers a ON a.id = e.answers
WHERE s.slug = ? AND s.version = ? AND s.images = ?
    AND EXISTS (SELECT 1 FROM report r JOIN scoring k ON k.id = r.scoring WHERE r.answers = e.answers AND k.testset = ?)
ORDER BY e.seq DESC LIMIT 1

-- name: latency_put
INSERT INTO latency (evaluation, wall, own) VALUES (?, ?, ?)

-- name: latency_get
SELECT evaluation, wall, own, sum FROM latency WHERE evaluation = ?

-- name: scoring_put
INSERT OR IGNORE INTO scoring (testset, geometry, protocol, score_digest, subset) VALUES (?, ?, ?, ?, ?)

-- name: report_find
SELECT r.id, r.answers, r.scoring, r.operating_confidence, r.operating_is_max_f1, r.made, r.boxscore, r.layout, r.scalars, r.whole, r.sum, y.names,
    EXISTS (SELECT 1 FROM detections d WHERE d.answers = r.answers) AS kept
FROM answers a JOIN scoring s JOIN report r ON r.answers = a.id AND r.scoring = s.id LEFT JOIN layout y ON y.id = r.layout
WHERE a.digest = bx_unhex(?) AND s.testset = ? AND s.geometry = ? AND s.protocol = ? AND s.score_digest = ? AND s.subset = ?

-- name: report_delete
DELETE FROM report WHERE answers = (SELECT id FROM answers WHERE digest = bx_unhex(?))
    AND scoring = (SELECT id FROM scoring WHERE testset = ? AND geometry = ? AND protocol = ? AND score_digest = ? AND subset = ?)

-- name: unscored_put
INSERT OR REPLACE INTO unscored (answers, scoring, failed, reason) SELECT a.id, s.id, ?7, ?8 FROM answers a JOIN scoring s
WHERE a.digest = bx_unhex(?1) AND s.testset = ?2 AND s.geometry = ?3 AND s.protocol = ?4 AND s.score_digest = ?5 AND s.subset = ?6

-- name: unscored_get
SELECT u.answers, u.scoring, u.failed, u.reason, u.sum FROM answers a JOIN scoring s JOIN unscored u ON u.answers = a.id AND u.scoring = s.id
WHERE a.digest = bx_unhex(?) AND s.testset = ? AND s.geometry = ? AND s.protocol = ? AND s.score_digest = ? AND s.subset = ?

-- name: unscored_delete
DELETE FROM unscored WHERE answers = (SELECT id FROM answers WHERE digest = bx_unhex(?))
    AND scoring = (SELECT id FROM scoring WHERE testset = ? AND geometry = ? AND protocol = ? AND score_digest = ? AND subset = ?)

-- name: report_put
INSERT INTO report (answers, scoring, operating_confidence, operating_is_max_f1, made, boxscore, layout, scalars)
SELECT a.id, s.id, ?7, ?8, ?9, ?10, (SELECT id FROM layout WHERE names = ?11), ?12 FROM answers a JOIN scoring s
WHERE a.digest = bx_unhex(?1) AND s.testset = ?2 AND s.geometry = ?3 AND s.protocol = ?4 AND s.score_digest = ?5 AND s.subset = ?6

-- name: reports
SELECT 'bx1-dets-' || lower(hex(a.digest)), s.testset, s.geometry, s.protocol, s.score_digest, s.subset, r.made, r.boxscore,
    EXISTS (SELECT 1 FROM detections d WHERE d.answers = r.answers)
FROM report r JOIN answers a ON a.id = r.answers JOIN scoring s ON s.id = r.scoring
ORDER BY a.digest, s.testset, s.geometry, s.protocol, s.score_digest, s.subset

-- name: report_on
SELECT 1 FROM answers a JOIN report r ON r.answers = a.id JOIN scoring s ON s.id = r.scoring WHERE a.digest = bx_unhex(?) AND s.testset = ? LIMIT 1

-- name: layout_put
INSERT OR IGNORE INTO layout (names) VALUES (?)

-- name: layouts
SELECT id, names FROM layout ORDER BY id

-- name: report_scalars
UPDATE report SET layout = (SELECT id FROM layout WHERE names = ?), scalars = ? WHERE id = ?

-- name: all_scalars
SELECT report, name, value FROM metric WHERE class = -1 ORDER BY report, name

-- name: metric_put
INSERT INTO metric (report, name, class, value) VALUES (?, ?, ?, ?)

-- name: report_classes
SELECT t.nclasses FROM report r JOIN scoring s ON s.id = r.scoring JOIN testset t ON t.digest = s.testset WHERE r.id = ?

-- name: metrics
SELECT name, class, value FROM metric WHERE report = ? ORDER BY name, class

-- name: fallen_put
INSERT INTO fallen (report, n, classes, most) VALUES (?, ?, ?, ?)

-- name: fallen_get
SELECT n, classes, most FROM fallen WHERE report = ?

-- name: curve_put
INSERT INTO curve (report, name, class, n, x, y) VALUES (?, ?, ?, ?, ?, ?)

-- name: curves
SELECT name, class, n, x, y FROM curve WHERE report = ? ORDER BY name, class

-- name: image_results_put
INSERT INTO image_results (report, bytes) VALUES (?, ?)

-- name: image_results_get
SELECT bytes FROM image_results WHERE report = ?

-- name: resamples_put
INSERT OR REPLACE INTO resamples (report, rule, n, metrics, bytes, classes) VALUES (?, ?, ?, ?, ?, ?)

-- name: resamples_get
SELECT report, rule, n, metrics, bytes, classes, sum FROM resamples WHERE report = ?

-- What each board shows and has no resamples of, though its detections are there.
-- name: resamples_due
SELECT DISTINCT c.model, 'bx1-dets-' || lower(hex(a.digest)), s.testset, s.geometry, s.protocol, s.score_digest, s.subset, t.images, r.operating_confidence
FROM current_report c JOIN report r ON r.id = c.report JOIN answers a ON a.id = r.answers JOIN scoring s ON s.id = r.scoring
JOIN testset t ON t.digest = s.testset
WHERE NOT EXISTS (SELECT 1 FROM resamples x WHERE x.report = c.report AND x.rule = ?)
    AND EXISTS (SELECT 1 FROM detections d WHERE d.answers = r.answers)
ORDER BY s.testset, c.model, s.geometry, s.protocol, s.subset, s.score_digest, a.digest

-- name: resamples_trim
DELETE FROM resamples WHERE report NOT IN (SELECT report FROM current_report)

-- name: evaluations_count
SELECT count(*) FROM evaluation

-- Where a model answers by category ids, each set of labels has evaluations of its own: on every board its newest stay.
-- name: gc_detections
DELETE FROM detections WHERE answers NOT IN (
    SELECT answers FROM ranked WHERE newest <= max(?1, 1) OR (?2 AND nth = 1) OR (?3 AND in_month = 1)
    UNION ALL
    SELECT answers FROM (
        SELECT e.answers, dense_rank() OVER (PARTITION BY e.subject, k.testset ORDER BY e.seq DESC) AS newest
        FROM scoring k JOIN report r ON r.scoring = k.id JOIN evaluation e ON e.answers = r.answers
        WHERE k.testset IN (SELECT testset FROM board WHERE position >= 0)) WHERE newest <= max(?1, 1))

-- name: gc_latency
DELETE FROM latency WHERE evaluation NOT IN (
    SELECT id FROM ranked WHERE newest <= max(?1, 1) OR (?2 AND nth = 1) OR (?3 AND in_month = 1))

-- name: gc_metric
DELETE FROM metric WHERE report IN (SELECT r.id FROM report r WHERE NOT EXISTS (SELECT 1 FROM detections d WHERE d.answers = r.answers))

-- name: gc_curve
DELETE FROM curve WHERE report IN (SELECT r.id FROM report r WHERE NOT EXISTS (SELECT 1 FROM detections d WHERE d.answers = r.answers))

-- name: gc_fallen
DELETE FROM fallen WHERE report IN (SELECT r.id FROM report r WHERE NOT EXISTS (SELECT 1 FROM detections d WHERE d.answers = r.answers))

-- name: gc_image_results
DELETE FROM image_results WHERE report IN (SELECT r.id FROM report r WHERE NOT EXISTS (SELECT 1 FROM detections d WHERE d.answers = r.answers))

-- name: gc_resamples
DELETE FROM resamples WHERE report IN (SELECT r.id FROM report r WHERE NOT EXISTS (SELECT 1 FROM detections d WHERE d.answers = r.answers))

-- What the view `ranked` says of one subject: asked of the view, it would rank the evaluations of all.
-- name: keep_detections
WITH mine AS (
    SELECT answers, row_number() OVER (PARTITION BY geometries ORDER BY seq DESC) AS newest, row_number() OVER (PARTITION BY geometries ORDER BY seq) AS nth,
        row_number() OVER (PARTITION BY geometries, strftime('%Y-%m', finished / 1000, 'unixepoch') ORDER BY seq) AS in_month
    FROM evaluation WHERE subject = ?4 AND status = 0)
DELETE FROM detections WHERE answers IN (
    SELECT answers FROM mine
    EXCEPT SELECT answers FROM mine WHERE newest <= max(?1, 1) OR (?2 AND nth = 1) OR (?3 AND in_month = 1)
    EXCEPT SELECT answers FROM (
        SELECT e.answers, dense_rank() OVER (PARTITION BY k.testset ORDER BY e.seq DESC) AS newest
        FROM evaluation e JOIN report r ON r.answers = e.answers JOIN scoring k ON k.id = r.scoring
        WHERE e.subject = ?4 AND k.testset IN (SELECT testset FROM board WHERE position >= 0)) WHERE newest <= max(?1, 1)
    EXCEPT SELECT own.answers FROM (SELECT DISTINCT answers FROM mine) own
        WHERE EXISTS (SELECT 1 FROM evaluation e WHERE e.answers = own.answers AND e.subject <> ?4))

-- name: keep_latency
WITH mine AS (
    SELECT id, row_number() OVER (PARTITION BY geometries ORDER BY seq DESC) AS newest, row_number() OVER (PARTITION BY geometries ORDER BY seq) AS nth,
        row_number() OVER (PARTITION BY geometries, strftime('%Y-%m', finished / 1000, 'unixepoch') ORDER BY seq) AS in_month
    FROM evaluation WHERE subject = ?4 AND status = 0)
DELETE FROM latency WHERE evaluation IN (
    SELECT id FROM evaluation WHERE subject = ?4
    EXCEPT SELECT id FROM mine WHERE newest <= max(?1, 1) OR (?2 AND nth = 1) OR (?3 AND in_month = 1))

-- name: keep_metric
DELETE FROM metric WHERE report IN (SELECT r.id FROM evaluation e JOIN report r ON r.answers = e.answers
    WHERE e.subject = ? AND NOT EXISTS (SELECT 1 FROM detections d WHERE d.answers = e.answers))

-- name: keep_curve
DELETE FROM curve WHERE report IN (SELECT r.id FROM evaluation e JOIN report r ON r.answers = e.answers
    WHERE e.subject = ? AND NOT EXISTS (SELECT 1 FROM detections d WHERE d.answers = e.answers))

-- name: keep_fallen
DELETE FROM fallen WHERE report IN (SELECT r.id FROM evaluation e JOIN report r ON r.answers = e.answers
    WHERE e.subject = ? AND NOT EXISTS (SELECT 1 FROM detections d WHERE d.answers = e.answers))

-- name: keep_image_results
DELETE FROM image_results WHERE report IN (SELECT r.id FROM evaluation e JOIN report r ON r.answers = e.answers
    WHERE e.subject = ? AND NOT EXISTS (SELECT 1 FROM detections d WHERE d.answers = e.answers))

-- name: keep_resamples
DELETE FROM resamples WHERE report IN (SELECT r.id FROM evaluation e JOIN report r ON r.answers = e.answers
    WHERE e.subject = ? AND NOT EXISTS (SELECT 1 FROM detections d WHERE d.answers = e.answers))

-- name: report_newest
SELECT coalesce(max(id), 0) FROM report

-- name: merge_testset
INSERT OR IGNORE INTO main.testset SELECT * FROM other.testset ORDER BY digest

-- name: merge_class
INSERT OR IGNORE INTO main.class SELECT * FROM other.class ORDER BY testset, idx

-- name: merge_image
INSERT OR IGNORE INTO main.image SELECT * FROM other.image ORDER BY sha256

-- Theirs stand after ours.
-- name: merge_board
INSERT OR IGNORE INTO main.board (slug, title, position, names, task, geometry, testset, protocol, subset, images, split, tags, private)
SELECT slug, title, iif(position < 0, -1, position + 1 + (SELECT coalesce(max(position), -1) FROM main.board)), names, task, geometry, testset, protocol, subset, images, split, tags, private
FROM other.board ORDER BY slug

-- name: merge_conflicts
SELECT o.slug, iif(m.testset = o.testset, m.protocol, m.testset), iif(m.testset = o.testset, o.protocol, o.testset)
FROM other.board o JOIN main.board m ON m.slug = o.slug WHERE (m.testset, m.protocol, m.subset) <> (o.testset, o.protocol, o.subset) ORDER BY o.slug

-- Two orders become one, of runs here and of evaluations below. Each store's own order stays as it was, whatever its clock did: a row's time for this is the latest
-- one up to it in its store. First ours move out of the way (negative), then theirs come in, then ours turn back.
-- name: merge_runs_order
WITH timed AS (
    SELECT id, 0 AS side, seq AS nth, max(started) OVER (ORDER BY seq) AS at FROM main.run
    UNION ALL
    SELECT id, 1, seq, at FROM (SELECT id, seq, max(started) OVER (ORDER BY seq) AS at FROM other.run) WHERE id NOT IN (SELECT id FROM main.run)),
ordered AS (SELECT id, side, row_number() OVER (ORDER BY at, side, nth) AS n FROM timed)
UPDATE main.run SET seq = -ordered.n FROM ordered WHERE ordered.id = run.id

-- name: merge_run
WITH timed AS (
    SELECT id, 0 AS side, -seq AS nth, max(started) OVER (ORDER BY -seq) AS at FROM main.run
    UNION ALL
    SELECT id, 1, seq, at FROM (SELECT id, seq, max(started) OVER (ORDER BY seq) AS at FROM other.run) WHERE id NOT IN (SELECT id FROM main.run)),
ordered AS (SELECT id, side, row_number() OVER (ORDER BY at, side, nth) AS n FROM timed)
INSERT INTO main.run (id, seq, verb, started, finished, outcome, exit_status, host, machine, fingerprint, boxscore, models, failed)
SELECT r.id, o.n, verb, started, finished, CASE outcome WHEN 'running' THEN 'killed' ELSE outcome END, exit_status, host, machine, fingerprint, boxscore, models, failed
FROM ordered o JOIN other.run r ON r.id = o.id WHERE o.side = 1

-- A night that was going on when it was merged has ended since.
-- name: merge_run_ended
UPDATE main.run SET finished = o.finished, outcome = o.outcome, exit_status = o.exit_status, models = o.models, failed = o.failed
FROM other.run o WHERE o.id = run.id AND run.finished = 0 AND o.finished <> 0

-- name: merge_runs_done
UPDATE main.run SET seq = -seq WHERE seq < 0

-- What we know of a merge alone, or thought to be gone, they know better.
-- name: merge_model_known
UPDATE main.model SET name = o.name, task = o.task, config = o.config, config_file = o.config_file, version = o.version, files_digest = o.files_digest,
    score_digest = o.score_digest, operating_confidence = o.operating_confidence, retired = o.retired, invalid = o.invalid, blocked = o.blocked,
    updated = o.updated, elsewhere = 1
FROM other.model o WHERE o.slug = model.slug AND o.updated > model.updated AND (model.elsewhere = 1 OR (model.retired = 1 AND o.retired = 0))

-- name: merge_model
INSERT OR IGNORE INTO main.model (slug, name, task, config, config_file, version, files_digest, score_digest, operating_confidence, retired, invalid, blocked,
    first_seen, updated, elsewhere)
SELECT slug, name, task, config, config_file, version, files_digest, score_digest, operating_confidence, retired, invalid, blocked, first_seen, updated, 1
FROM other.model ORDER BY slug

-- name: merge_member
INSERT OR IGNORE INTO main.member SELECT * FROM other.member ORDER BY board, slug

-- name: merge_subset
INSERT OR IGNORE INTO main.subset (name, images) SELECT name, images FROM other.subset ORDER BY name

-- name: merge_training
INSERT OR IGNORE INTO main.training (images, manifest, title, others, made) SELECT images, manifest, title, others, made FROM other.training ORDER BY images, manifest

-- name: merge_seen
INSERT OR IGNORE INTO main.seen (images, manifest, nth, image, file, exact, likeness, turn, other, name)
SELECT images, manifest, nth, image, file, exact, likeness, turn, other, name FROM other.seen ORDER BY images, manifest, nth

-- name: merge_trained
INSERT OR IGNORE INTO main.trained (slug, nth, name, manifest, problem) SELECT slug, nth, name, manifest, problem FROM other.trained
WHERE slug NOT IN (SELECT slug FROM main.trained) ORDER BY slug, nth

-- name: merge_version
INSERT OR IGNORE INTO main.version SELECT * FROM other.version ORDER BY slug, version

-- name: merge_maker
INSERT INTO main.maker (host, machine, fingerprint, boxscore, runner, shard)
SELECT host, machine, fingerprint, boxscore, runner, shard FROM other.maker o
WHERE NOT EXISTS (SELECT 1 FROM main.maker m WHERE m.host IS o.host AND m.machine IS o.machine AND m.fingerprint IS o.fingerprint AND m.boxscore IS o.boxscore
    AND m.runner IS o.runner AND m.shard IS o.shard) ORDER BY o.id

-- name: merge_subject
INSERT OR IGNORE INTO main.subject (slug, version, images) SELECT slug, version, images FROM other.subject ORDER BY id

-- name: merge_answers
INSERT OR IGNORE INTO main.answers (digest, n) SELECT digest, n FROM other.answers ORDER BY id

-- name: merge_detections
INSERT OR IGNORE INTO main.detections (digest, nimages, n, names, answers)
SELECT d.digest, d.nimages, d.n, d.names, m.id FROM other.detections d JOIN other.answers o ON o.id = d.answers JOIN main.answers m ON m.digest = o.digest
ORDER BY d.digest

-- name: merge_block
INSERT OR IGNORE INTO main.detections_block SELECT * FROM other.detections_block ORDER BY digest, block

-- name: merge_evaluations_order
WITH timed AS (
    SELECT id, 0 AS side, seq AS nth, max(finished) OVER (ORDER BY seq) AS at FROM main.evaluation
    UNION ALL
    SELECT id, 1, seq, at FROM (SELECT id, seq, max(finished) OVER (ORDER BY seq) AS at FROM other.evaluation) WHERE id NOT IN (SELECT id FROM main.evaluation)),
ordered AS (SELECT id, side, row_number() OVER (ORDER BY at, side, nth) AS n FROM timed)
UPDATE main.evaluation SET seq = -ordered.n FROM ordered WHERE ordered.id = evaluation.id

-- name: merge_evaluation
WITH timed AS (
    SELECT id, 0 AS side, -seq AS nth, max(finished) OVER (ORDER BY -seq) AS at FROM main.evaluation
    UNION ALL
    SELECT id, 1, seq, at FROM (SELECT id, seq, max(finished) OVER (ORDER BY seq) AS at FROM other.evaluation) WHERE id NOT IN (SELECT id FROM main.evaluation)),
ordered AS (SELECT id, side, row_number() OVER (ORDER BY at, side, nth) AS n FROM timed)
INSERT INTO main.evaluation (id, seq, run, subject, status, geometries, reason, started, finished, sittings, images_total, images_failed, maker, answers, latency_ms)
SELECT e.id, o.n, (SELECT n FROM main.run WHERE id = r.id), (SELECT id FROM main.subject WHERE slug = s.slug AND version = s.version AND images = s.images),
    e.status, e.geometries, e.reason, e.started, e.finished, e.sittings, e.images_total, e.images_failed,
    (SELECT x.id FROM main.maker x WHERE x.host IS m.host AND x.machine IS m.machine AND x.fingerprint IS m.fingerprint AND x.boxscore IS m.boxscore
        AND x.runner IS m.runner AND x.shard IS m.shard),
    (SELECT id FROM main.answers WHERE digest = (SELECT digest FROM other.answers WHERE id = e.answers)), e.latency_ms
FROM ordered o JOIN other.evaluation e ON e.id = o.id JOIN other.run r ON r.n = e.run JOIN other.subject s ON s.id = e.subject
JOIN other.maker m ON m.id = e.maker WHERE o.side = 1

-- name: merge_evaluations_done
UPDATE main.evaluation SET seq = -seq WHERE seq < 0

-- name: merge_latency
INSERT OR IGNORE INTO main.latency SELECT * FROM other.latency ORDER BY evaluation

-- name: merge_log
INSERT OR IGNORE INTO main.log SELECT * FROM other.log ORDER BY evaluation

-- name: merge_log_done
DELETE FROM main.log WHERE evaluation NOT IN (SELECT id FROM (
    SELECT e.id, row_number() OVER (PARTITION BY s.slug, s.images ORDER BY e.seq DESC) AS nth FROM main.evaluation e JOIN main.subject s ON s.id = e.subject)
    WHERE nth = 1)

-- name: merge_partial
INSERT OR IGNORE INTO main.partial SELECT * FROM other.partial ORDER BY slug, version, image, nth

-- name: merge_partial_done
DELETE FROM main.partial WHERE EXISTS (SELECT 1 FROM main.subject s JOIN main.evaluation e ON e.subject = s.id
    WHERE s.slug = partial.slug AND s.version = partial.version AND e.finished >= partial.answered)

-- name: merge_scoring
INSERT OR IGNORE INTO main.scoring (testset, geometry, protocol, score_digest, subset)
SELECT testset, geometry, protocol, score_digest, subset FROM other.scoring ORDER BY id

-- name: merge_layout
INSERT OR IGNORE INTO main.layout (names) SELECT names FROM other.layout ORDER BY id

-- name: merge_report_older
DELETE FROM main.report WHERE id IN (SELECT m.id FROM other.report r JOIN other.answers oa ON oa.id = r.answers JOIN main.answers ma ON ma.digest = oa.digest JOIN other.scoring os ON os.id = r.scoring
JOIN main.scoring ms ON ms.testset = os.testset AND ms.geometry = os.geometry AND ms.protocol = os.protocol AND ms.score_digest = os.score_digest AND ms.subset = os.subset
JOIN main.report m ON m.answers = ma.id AND m.scoring = ms.id WHERE r.made > m.made
    AND (EXISTS (SELECT 1 FROM other.metric v WHERE v.report = r.id) OR NOT EXISTS (SELECT 1 FROM main.metric v WHERE v.report = m.id)))

-- name: merge_report
INSERT OR IGNORE INTO main.report (answers, scoring, operating_confidence, operating_is_max_f1, made, boxscore, layout, scalars)
SELECT ma.id, ms.id, r.operating_confidence, r.operating_is_max_f1, r.made, r.boxscore,
    (SELECT m.id FROM main.layout m JOIN other.layout o ON o.names = m.names WHERE o.id = r.layout), r.scalars
FROM other.report r JOIN other.answers oa ON oa.id = r.answers JOIN main.answers ma ON ma.digest = oa.digest JOIN other.scoring os ON os.id = r.scoring
JOIN main.scoring ms ON ms.testset = os.testset AND ms.geometry = os.geometry AND ms.protocol = os.protocol AND ms.score_digest = os.score_digest AND ms.subset = os.subset
ORDER BY r.id

-- name: merge_unscored
INSERT OR IGNORE INTO main.unscored (answers, scoring, failed, reason)
SELECT ma.id, ms.id, u.failed, u.reason FROM other.unscored u JOIN other.answers oa ON oa.id = u.answers JOIN main.answers ma ON ma.digest = oa.digest
JOIN other.scoring os ON os.id = u.scoring
JOIN main.scoring ms ON ms.testset = os.testset AND ms.geometry = os.geometry AND ms.protocol = os.protocol AND ms.score_digest = os.score_digest AND ms.subset = os.subset
ORDER BY ma.id, ms.id

-- name: merge_unscored_done
DELETE FROM main.unscored WHERE EXISTS (SELECT 1 FROM main.report r WHERE r.answers = unscored.answers AND r.scoring = unscored.scoring)

-- name: merge_metric
INSERT OR IGNORE INTO main.metric (report, name, class, value)
SELECT m.id, v.name, v.class, v.value FROM other.report r JOIN other.answers oa ON oa.id = r.answers JOIN main.answers ma ON ma.digest = oa.digest JOIN other.scoring os ON os.id = r.scoring
JOIN main.scoring ms ON ms.testset = os.testset AND ms.geometry = os.geometry AND ms.protocol = os.protocol AND ms.score_digest = os.score_digest AND ms.subset = os.subset
JOIN main.report m ON m.answers = ma.id AND m.scoring = ms.id JOIN other.metric v ON v.report = r.id
WHERE m.id > ?

-- name: merge_curve
INSERT OR IGNORE INTO main.curve (report, name, class, n, x, y)
SELECT m.id, v.name, v.class, v.n, v.x, v.y FROM other.report r JOIN other.answers oa ON oa.id = r.answers JOIN main.answers ma ON ma.digest = oa.digest JOIN other.scoring os ON os.id = r.scoring
JOIN main.scoring ms ON ms.testset = os.testset AND ms.geometry = os.geometry AND ms.protocol = os.protocol AND ms.score_digest = os.score_digest AND ms.subset = os.subset
JOIN main.report m ON m.answers = ma.id AND m.scoring = ms.id JOIN other.curve v ON v.report = r.id
WHERE m.id > ?

-- name: merge_fallen
INSERT OR IGNORE INTO main.fallen (report, n, classes, most)
SELECT m.id, v.n, v.classes, v.most FROM other.report r JOIN other.answers oa ON oa.id = r.answers JOIN main.answers ma ON ma.digest = oa.digest JOIN other.scoring os ON os.id = r.scoring
JOIN main.scoring ms ON ms.testset = os.testset AND ms.geometry = os.geometry AND ms.protocol = os.protocol AND ms.score_digest = os.score_digest AND ms.subset = os.subset
JOIN main.report m ON m.answers = ma.id AND m.scoring = ms.id JOIN other.fallen v ON v.report = r.id
WHERE m.id > ?

-- name: merge_image_results
INSERT OR IGNORE INTO main.image_results (report, bytes)
SELECT m.id, v.bytes FROM other.report r JOIN other.answers oa ON oa.id = r.answers JOIN main.answers ma ON ma.digest = oa.digest JOIN other.scoring os ON os.id = r.scoring
JOIN main.scoring ms ON ms.testset = os.testset AND ms.geometry = os.geometry AND ms.protocol = os.protocol AND ms.score_digest = os.score_digest AND ms.subset = os.subset
JOIN main.report m ON m.answers = ma.id AND m.scoring = ms.id JOIN other.image_results v ON v.report = r.id
WHERE m.id > ?
