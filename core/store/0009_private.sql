-- 0009_private.sql: of a private board's test set no page shows an image, its name, or numbers of few images (render/view/private.c).

ALTER TABLE board ADD COLUMN private INTEGER NOT NULL DEFAULT 0 CHECK (private IN (0, 1));
