-- 0006_resamples.sql: each board's current reports on resampled test sets, from which its intervals and ranks are made.

CREATE TABLE resamples (           -- derived: made again from the detections at will; of current evaluations alone
    report INTEGER PRIMARY KEY REFERENCES report ON DELETE CASCADE,
    rule INTEGER NOT NULL,         -- by which they were drawn and evaluated: those of another one are made again
    n INTEGER NOT NULL,            -- resamples
    metrics TEXT NOT NULL,         -- JSON array of the catalogue's names
    bytes BLOB NOT NULL,           -- f64, metric by metric; NaN: not defined
    classes BLOB NOT NULL,         -- f64 a class: standard deviation of its map; NaN: none
    sum INTEGER
) STRICT;
