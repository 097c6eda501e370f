-- 0004_sums.sql: each row that is read carries a checksum of its values (sums.c), so that a failing disk is told and not believed. A row without one
-- (null) was edited by hand, and is taken at its word. The rows there are get theirs by migrate.c.

ALTER TABLE testset ADD COLUMN sum INTEGER;
ALTER TABLE board ADD COLUMN sum INTEGER;
ALTER TABLE run ADD COLUMN sum INTEGER;
ALTER TABLE model ADD COLUMN sum INTEGER;
ALTER TABLE member ADD COLUMN sum INTEGER;
ALTER TABLE work ADD COLUMN sum INTEGER;
ALTER TABLE version ADD COLUMN sum INTEGER;
ALTER TABLE subject ADD COLUMN sum INTEGER;
ALTER TABLE maker ADD COLUMN sum INTEGER;
ALTER TABLE answers ADD COLUMN sum INTEGER;
ALTER TABLE scoring ADD COLUMN sum INTEGER;
ALTER TABLE layout ADD COLUMN sum INTEGER;
ALTER TABLE detections ADD COLUMN sum INTEGER;
ALTER TABLE evaluation ADD COLUMN sum INTEGER;
ALTER TABLE log ADD COLUMN sum INTEGER;
ALTER TABLE latency ADD COLUMN sum INTEGER;
ALTER TABLE partial ADD COLUMN sum INTEGER;
ALTER TABLE unscored ADD COLUMN sum INTEGER;
ALTER TABLE report ADD COLUMN whole INTEGER; -- of its rows in metric, curve, fallen and image_results, while these are kept
ALTER TABLE report ADD COLUMN sum INTEGER;
