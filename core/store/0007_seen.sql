-- 0007_seen.sql: which images of a test set a model may have been trained on, and the numbers without them.

CREATE TABLE subset (              -- images that reports are of, beside those of boards: rescoring needs no more than this
    name TEXT PRIMARY KEY,         -- as in a report's key
    images BLOB NOT NULL,          -- their digests, sorted, 32 bytes each
    sum INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE training (            -- a manifest of training data that was looked up among a test set's images
    images TEXT NOT NULL,          -- images digest
    manifest BLOB NOT NULL CHECK (length(manifest) = 32), -- SHA-256 of the file
    title TEXT,                    -- as the manifest has it
    others INTEGER NOT NULL,       -- images in it
    made INTEGER NOT NULL,
    sum INTEGER,
    PRIMARY KEY (images, manifest)
) STRICT, WITHOUT ROWID;

CREATE TABLE seen (                -- an image of the test set that is in it
    images TEXT NOT NULL,
    manifest BLOB NOT NULL,
    nth INTEGER NOT NULL,
    image BLOB NOT NULL CHECK (length(image) = 32),
    file TEXT NOT NULL,            -- the image's name in the test set
    exact INTEGER NOT NULL CHECK (exact IN (0, 1)), -- byte for byte; 0: as the same picture
    likeness REAL NOT NULL,
    turn INTEGER NOT NULL CHECK (turn BETWEEN 0 AND 3), -- 1: mirrored left and right, 2: top and bottom
    other BLOB NOT NULL CHECK (length(other) = 32),     -- the one of the training data, and its name where that is told
    name TEXT,
    sum INTEGER,
    PRIMARY KEY (images, manifest, nth),
    FOREIGN KEY (images, manifest) REFERENCES training ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE trained (             -- which manifests a model's training_data names
    slug TEXT NOT NULL REFERENCES model ON UPDATE CASCADE,
    nth INTEGER NOT NULL,
    name TEXT NOT NULL,            -- as the config has it
    manifest BLOB CHECK (manifest IS NULL OR length(manifest) = 32),
    problem TEXT,                  -- why it could not be read
    sum INTEGER,
    PRIMARY KEY (slug, nth),
    CHECK ((manifest IS NULL) = (problem IS NOT NULL))
) STRICT, WITHOUT ROWID;
