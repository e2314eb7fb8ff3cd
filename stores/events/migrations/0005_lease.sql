-- Until when whoever inserts a row surely owned the partition that it came from. A sink that was paused past its session
-- and goes on must not store what its successor has stored already, so ClickHouse refuses a block that arrives later.
-- now64() would be the time at which the query began; nowInBlock64() is asked for each block, once its rows are there.
-- A constraint sees only columns that are stored; all rows of a block have the same value, so it takes next to no room.
ALTER TABLE events
    ADD COLUMN IF NOT EXISTS lease_until DateTime64(3, 'UTC') DEFAULT toDateTime64('2100-01-01 00:00:00', 3, 'UTC') CODEC(ZSTD(1));
ALTER TABLE events
    ADD CONSTRAINT IF NOT EXISTS lease CHECK nowInBlock64(3, 'UTC') < lease_until;
