-- queries.sql: every query of core/store, under its name. Parameters are bound in the order of the question marks.

-- name: integrity
PRAGMA integrity_check(1)

-- name: foreign_keys
PRAGMA foreign_key_check

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
INSERT INTO board (slug, title, testset, geometry) VALUES (?, ?, ?, ?)
ON CONFLICT (slug) DO UPDATE SET title = excluded.title, testset = excluded.testset, geometry = excluded.geometry

-- name: boards
SELECT slug, title, testset, geometry FROM board ORDER BY slug

-- name: run_close_killed
UPDATE run SET outcome = 'killed' WHERE outcome = 'running'

-- name: run_begin
INSERT INTO run (id, seq, verb, started, outcome, host, machine, fingerprint, boxscore)
VALUES (?, (SELECT coalesce(max(seq), 0) + 1 FROM run), ?, ?, 'running', ?, ?, ?, ?)

-- name: run_end
UPDATE run SET outcome = ?, models = ?, failed = ?, exit_status = ?, finished = ? WHERE id = ?

-- name: runs
SELECT id, seq, verb, started, finished, outcome, exit_status, host, machine, fingerprint, boxscore, models, failed FROM run ORDER BY seq DESC, id

-- name: model_rename
UPDATE model SET slug = ?1 WHERE slug = ?2 AND retired = 1 AND NOT EXISTS (SELECT 1 FROM model WHERE slug = ?1)

-- name: model_put
INSERT INTO model (slug, name, task, config, config_file, version, files_digest, score_digest, operating_confidence, first_seen, updated)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)
ON CONFLICT (slug) DO UPDATE SET name = excluded.name, task = excluded.task, config = excluded.config, config_file = excluded.config_file,
    version = coalesce(excluded.version, version), files_digest = coalesce(excluded.files_digest, files_digest), score_digest = excluded.score_digest,
    operating_confidence = excluded.operating_confidence, retired = 0, invalid = NULL, updated = excluded.updated

-- name: version_put
INSERT OR IGNORE INTO version (slug, version, files_digest, config, first_seen) VALUES (?, ?, ?, ?, ?)

-- name: model_invalid
INSERT INTO model (slug, name, task, config_file, invalid, first_seen, updated) VALUES (?1, ?1, 'detect', ?1 || '.json', ?2, ?3, ?3)
ON CONFLICT (slug) DO UPDATE SET invalid = excluded.invalid, retired = 0, updated = excluded.updated

-- name: model_blocked
UPDATE model SET blocked = ? WHERE slug = ?

-- name: models_present
UPDATE model SET retired = slug NOT IN (SELECT value FROM json_each(?1)), updated = ?2
WHERE retired != (slug NOT IN (SELECT value FROM json_each(?1)))

-- name: models
SELECT slug, name, task, config, config_file, version, files_digest, score_digest, operating_confidence, retired, invalid, blocked, first_seen, updated
FROM model ORDER BY slug

-- name: versions
SELECT slug, version, config, first_seen FROM version ORDER BY slug, version

-- name: partial_put
INSERT OR REPLACE INTO partial (slug, version, geometry, image, nth, failed, reason, wall_ns, own_ns, sitting, answered, names, bytes)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: partials
SELECT image, nth, failed, reason, wall_ns, own_ns, sitting, names, bytes FROM partial WHERE slug = ? AND version = ? AND geometry = ? ORDER BY image, nth

-- name: partial_clear
DELETE FROM partial WHERE slug = ? AND version = ? AND geometry = ?

-- name: partial_prune
DELETE FROM partial WHERE NOT EXISTS (SELECT 1 FROM model m WHERE m.slug = partial.slug AND m.version = partial.version AND m.retired = 0)

-- name: detections_put
INSERT OR IGNORE INTO detections (digest, nimages, n, names) VALUES (?, ?, ?, ?)

-- name: block_put
INSERT INTO detections_block (digest, block, bytes) VALUES (?, ?, ?)

-- name: detections_get
SELECT nimages, n, names FROM detections WHERE digest = ?

-- name: blocks_get
SELECT bytes FROM detections_block WHERE digest = ? ORDER BY block

-- name: evaluation_put
INSERT INTO evaluation (id, seq, run, slug, version, images, geometry, status, reason, log, started, finished, sittings, images_total, images_failed,
    host, machine, fingerprint, boxscore, runner, shard, detections, ndetections, latency_ms)
VALUES (?, (SELECT coalesce(max(seq), 0) + 1 FROM evaluation), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: evaluations
SELECT e.id, e.run, e.seq, e.slug, e.version, e.images, e.geometry, e.status, e.reason,
    CASE WHEN e.seq = max(e.seq) OVER (PARTITION BY e.slug, e.images, e.geometry) THEN e.log END, e.started, e.finished, e.sittings, e.images_total, e.images_failed,
    e.host, e.machine, e.fingerprint, e.boxscore, e.runner, e.shard, e.detections, e.ndetections, e.latency_ms,
    EXISTS (SELECT 1 FROM detections d WHERE d.digest = e.detections)
FROM evaluation e WHERE ?1 IS NULL OR e.slug = ?1 ORDER BY e.seq DESC, e.id

-- name: attempts
SELECT status = 'ok', finished, detections, id FROM evaluation WHERE slug = ? AND version = ? AND images = ? AND geometry = ? ORDER BY seq DESC

-- name: latency_put
INSERT INTO latency (evaluation, wall, own) VALUES (?, ?, ?)

-- name: latency_get
SELECT wall, own FROM latency WHERE evaluation = ?

-- name: report_find
SELECT id, operating_confidence, operating_is_max_f1 FROM report
WHERE detections = ? AND testset = ? AND geometry = ? AND protocol = ? AND score_digest = ? AND subset = ?

-- name: report_delete
DELETE FROM report WHERE detections = ? AND testset = ? AND geometry = ? AND protocol = ? AND score_digest = ? AND subset = ?

-- name: report_put
INSERT INTO report (detections, testset, geometry, protocol, score_digest, subset, operating_confidence, operating_is_max_f1, made, boxscore)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: reports
SELECT r.detections, r.testset, r.geometry, r.protocol, r.score_digest, r.subset, r.made, r.boxscore,
    EXISTS (SELECT 1 FROM detections d WHERE d.digest = r.detections)
FROM report r ORDER BY r.detections, r.testset, r.geometry, r.protocol, r.score_digest, r.subset

-- name: metric_put
INSERT INTO metric (report, name, class, value) VALUES (?, ?, ?, ?)

-- name: testset_classes
SELECT nclasses FROM testset WHERE digest = ?

-- name: metrics
SELECT name, class, value FROM metric WHERE report = ? ORDER BY class, name

-- name: curve_put
INSERT INTO curve (report, name, class, n, x, y) VALUES (?, ?, ?, ?, ?, ?)

-- name: curves
SELECT name, class, n, x, y FROM curve WHERE report = ? ORDER BY class, name

-- name: image_results_put
INSERT INTO image_results (report, bytes) VALUES (?, ?)

-- name: image_results_get
SELECT bytes FROM image_results WHERE report = ?

-- name: evaluations_count
SELECT count(*) FROM evaluation

-- name: gc_detections
WITH ranked AS (
    SELECT detections,
        row_number() OVER (PARTITION BY slug, version, images, geometry ORDER BY seq DESC) AS newest,
        row_number() OVER (PARTITION BY slug, version, images, geometry ORDER BY seq) AS nth,
        row_number() OVER (PARTITION BY slug, version, images, geometry, strftime('%Y-%m', finished / 1000, 'unixepoch') ORDER BY seq) AS in_month
    FROM evaluation WHERE status = 'ok')
DELETE FROM detections WHERE digest NOT IN (
    SELECT detections FROM ranked WHERE newest <= max(?1, 1) OR (?2 AND nth = 1) OR (?3 AND in_month = 1))

-- name: gc_image_results
DELETE FROM image_results WHERE report NOT IN (SELECT report FROM current_report)

-- name: report_newest
SELECT coalesce(max(id), 0) FROM report

-- name: merge_testset
INSERT OR IGNORE INTO main.testset SELECT * FROM other.testset ORDER BY digest

-- name: merge_class
INSERT OR IGNORE INTO main.class SELECT * FROM other.class ORDER BY testset, idx

-- name: merge_image
INSERT OR IGNORE INTO main.image SELECT * FROM other.image ORDER BY sha256

-- name: merge_board
INSERT OR IGNORE INTO main.board SELECT * FROM other.board ORDER BY slug

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

-- name: merge_runs_done
UPDATE main.run SET seq = -seq WHERE seq < 0

-- name: merge_model
INSERT OR IGNORE INTO main.model SELECT * FROM other.model ORDER BY slug

-- name: merge_version
INSERT OR IGNORE INTO main.version SELECT * FROM other.version ORDER BY slug, version

-- name: merge_detections
INSERT OR IGNORE INTO main.detections SELECT * FROM other.detections ORDER BY digest

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
INSERT INTO main.evaluation (id, seq, run, slug, version, images, geometry, status, reason, log, started, finished, sittings, images_total, images_failed,
    host, machine, fingerprint, boxscore, runner, shard, detections, ndetections, latency_ms)
SELECT e.id, o.n, run, slug, version, images, geometry, status, reason, log, started, finished, sittings, images_total, images_failed,
    host, machine, fingerprint, boxscore, runner, shard, detections, ndetections, latency_ms
FROM ordered o JOIN other.evaluation e ON e.id = o.id WHERE o.side = 1

-- name: merge_evaluations_done
UPDATE main.evaluation SET seq = -seq WHERE seq < 0

-- name: merge_latency
INSERT OR IGNORE INTO main.latency SELECT * FROM other.latency ORDER BY evaluation

-- name: merge_partial
INSERT OR IGNORE INTO main.partial SELECT * FROM other.partial ORDER BY slug, version, geometry, image, nth

-- name: merge_partial_done
DELETE FROM main.partial WHERE EXISTS (SELECT 1 FROM main.evaluation e
    WHERE e.slug = partial.slug AND e.version = partial.version AND e.geometry = partial.geometry AND e.finished >= partial.answered)

-- name: merge_report_older
DELETE FROM main.report WHERE EXISTS (SELECT 1 FROM other.report r
    WHERE r.detections = report.detections AND r.testset = report.testset AND r.geometry = report.geometry AND r.protocol = report.protocol
        AND r.score_digest = report.score_digest AND r.subset = report.subset AND r.made > report.made)

-- name: merge_report
INSERT OR IGNORE INTO main.report (detections, testset, geometry, protocol, score_digest, subset, operating_confidence, operating_is_max_f1, made, boxscore)
SELECT detections, testset, geometry, protocol, score_digest, subset, operating_confidence, operating_is_max_f1, made, boxscore FROM other.report
ORDER BY detections, testset, geometry, protocol, score_digest, subset

-- name: merge_metric
INSERT OR IGNORE INTO main.metric (report, name, class, value)
SELECT m.id, v.name, v.class, v.value FROM other.metric v JOIN other.report r ON r.id = v.report
JOIN main.report m ON m.detections = r.detections AND m.testset = r.testset AND m.geometry = r.geometry AND m.protocol = r.protocol
    AND m.score_digest = r.score_digest AND m.subset = r.subset
WHERE m.id > ?

-- name: merge_curve
INSERT OR IGNORE INTO main.curve (report, name, class, n, x, y)
SELECT m.id, v.name, v.class, v.n, v.x, v.y FROM other.curve v JOIN other.report r ON r.id = v.report
JOIN main.report m ON m.detections = r.detections AND m.testset = r.testset AND m.geometry = r.geometry AND m.protocol = r.protocol
    AND m.score_digest = r.score_digest AND m.subset = r.subset
WHERE m.id > ?

-- name: merge_image_results
INSERT OR IGNORE INTO main.image_results (report, bytes)
SELECT m.id, v.bytes FROM other.image_results v JOIN other.report r ON r.id = v.report
JOIN main.report m ON m.detections = r.detections AND m.testset = r.testset AND m.geometry = r.geometry AND m.protocol = r.protocol
    AND m.score_digest = r.score_digest AND m.subset = r.subset
WHERE m.id > ?
