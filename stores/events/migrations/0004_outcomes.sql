-- What became of each event. A repeat has the same id and is replaced; queries count an id once, since the merge that
-- replaces may not have happened yet. A day is a partition.
CREATE TABLE IF NOT EXISTS outcomes
(
    project UInt32,
    id String CODEC(ZSTD(1)),
    key_id UInt32,
    outcome LowCardinality(String),
    reason LowCardinality(String),
    category LowCardinality(String),
    quantity UInt64,
    at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMMDD(at)
ORDER BY (project, id)
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
