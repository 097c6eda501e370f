-- 0003_nights_end.sql: what a night that ends badly leaves behind for the next one, and what a board that changes leaves for its pages.

ALTER TABLE board ADD COLUMN problem TEXT; -- why the last night could not read its test set; NULL: it could

-- 1: known by a merge alone, so that a config that is not here says nothing about it.
ALTER TABLE model ADD COLUMN elsewhere INTEGER NOT NULL DEFAULT 0 CHECK (elsewhere IN (0, 1));

CREATE TABLE member (              -- who ever took part in a board: a page is for ever
    board TEXT NOT NULL,
    slug TEXT NOT NULL REFERENCES model ON UPDATE CASCADE,
    PRIMARY KEY (board, slug)
) STRICT, WITHOUT ROWID;
INSERT INTO member (board, slug) SELECT board, model FROM current_report;

CREATE TABLE work (                -- who is asked just now; and who was when a night was killed, until it ends like others
    slug TEXT PRIMARY KEY REFERENCES model ON UPDATE CASCADE,
    version BLOB NOT NULL CHECK (length(version) = 32),
    images TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES run,
    started INTEGER NOT NULL,
    killed INTEGER NOT NULL CHECK (killed IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE fallen (              -- of a report: detections of classes that the test set lacks and no class map mentions
    report INTEGER PRIMARY KEY REFERENCES report ON DELETE CASCADE,
    n INTEGER NOT NULL,            -- detections
    classes INTEGER NOT NULL,
    most TEXT NOT NULL             -- JSON array, three texts a class: its name, how many, the test set's nearest name or ""; those with the most detections
) STRICT;
