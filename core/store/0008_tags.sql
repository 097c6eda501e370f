-- 0008_tags.sql: what the images of a board's test set are marked with (core/data/tags.h): each tag's images are scored by themselves. Null: no tags.

ALTER TABLE board ADD COLUMN tags BLOB;
