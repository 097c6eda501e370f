-- For the sqlite3 shell: select * from leaderboard; its columns are those of core/data/columns.def, so it is made at every opening by the
-- program that knows them.
CREATE VIEW leaderboard AS
SELECT c.board, m.slug AS model, m.name,
    /* columns */
    CASE WHEN m.invalid IS NOT NULL THEN 'config refused' WHEN c.is_current THEN 'current' ELSE 'older version' END AS version,
    strftime('%Y-%m-%dT%H:%M:%SZ', e.finished / 1000, 'unixepoch') AS evaluated
FROM current_report c JOIN model m ON m.slug = c.model JOIN evaluation e ON e.id = c.evaluation
WHERE m.retired = 0
ORDER BY c.board, map DESC, m.slug
