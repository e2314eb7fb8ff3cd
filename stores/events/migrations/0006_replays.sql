-- A replayed event is a new version of its row: of one event the row of the latest replay stays, the others are deleted
-- (docs/decisions/0018-replays-replace-rows.md). Its payload is still where the event was archived first.
ALTER TABLE events
    ADD COLUMN IF NOT EXISTS replay UInt64 DEFAULT 0 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS archived_partition UInt16 DEFAULT partition,
    ADD COLUMN IF NOT EXISTS archived_generation UInt64 DEFAULT generation,
    ADD COLUMN IF NOT EXISTS archived_offset UInt64 DEFAULT offset;
-- Without it a lightweight delete is refused, since the counts of issues come from the projection.
ALTER TABLE events
    MODIFY SETTING lightweight_mutation_projection_mode = 'rebuild';
