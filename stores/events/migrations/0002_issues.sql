-- One row a change in an issue's life. A repeat has the same id and is replaced.
CREATE TABLE IF NOT EXISTS issues
(
    project UInt32,
    issue_id String CODEC(ZSTD(1)),
    id String CODEC(ZSTD(1)),
    change LowCardinality(String),
    at DateTime64(6, 'UTC'),
    event_id String CODEC(ZSTD(1)),
    title String CODEC(ZSTD(1)),
    culprit String CODEC(ZSTD(1)),
    level LowCardinality(String),
    platform LowCardinality(String),
    release LowCardinality(String),
    environment LowCardinality(String)
)
ENGINE = ReplacingMergeTree
ORDER BY (project, issue_id, id)
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
