-- 0005_split.sql: which part of a data set a board's test set is ("test", "valid", …): the site says so where it is not the test split. Null: the data
-- set says of no parts, or the board was last read before this was kept.

ALTER TABLE board ADD COLUMN split TEXT;
