-- One row a record of alerts-evaluated: an alert's firing, and its resolving. A repeat is replaced. Alerts are few and are
-- kept, in partitions of a month.
CREATE TABLE IF NOT EXISTS alerts
(
    project UInt32,
    started DateTime64(6, 'UTC'),
    alert_id String CODEC(ZSTD(1)),
    state LowCardinality(String),
    rule UInt32,
    kind LowCardinality(String),
    severity LowCardinality(String),
    ended DateTime64(6, 'UTC'),
    alert String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(started)
ORDER BY (project, started, alert_id, state)
SETTINGS
    non_replicated_deduplication_window = 1000,
    auto_statistics_types = '',
    max_compress_block_size = 65536,
    min_compress_block_size = 16384,
    min_rows_for_full_part_storage = 1000000,
    min_bytes_for_full_part_storage = 67108864,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;
