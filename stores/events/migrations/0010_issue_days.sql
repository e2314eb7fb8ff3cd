-- The counts of issues by day rather than by hour: a list over two weeks reads a fifth of the rows, and half of what they held
-- (the latest title) is read from the events themselves (docs/decisions/0003-clickhouse-tables.md). Ranges of other than
-- whole days read the events. Parts that are there already are read as they are until they are merged: to make the projection for
-- them all at once (MATERIALIZE) exceeded the memory that the embedded engine may use.
ALTER TABLE events
    ADD PROJECTION IF NOT EXISTS issue_days
    (
        SELECT
            project,
            issue_id,
            toStartOfDay(timestamp) AS day,
            count(),
            min(timestamp),
            max(timestamp),
            uniq(nullIf(user_key, ''))
        GROUP BY project, issue_id, day
    );
ALTER TABLE events
    DROP PROJECTION IF EXISTS issues;
