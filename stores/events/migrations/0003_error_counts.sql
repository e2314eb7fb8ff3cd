-- Running totals. Of one identity, which is the whole sorting key, only the largest total counts: merges keep it, and
-- queries take the maximum, since a merge may not have happened yet. A day of buckets is a partition.
CREATE TABLE IF NOT EXISTS error_counts
(
    project UInt32,
    bucket DateTime('UTC'),
    issue_id String CODEC(ZSTD(1)),
    environment LowCardinality(String),
    release LowCardinality(String),
    level LowCardinality(String),
    partition UInt16,
    opened LowCardinality(String),
    width UInt32,
    total UInt64,
    INDEX issue_id_bloom issue_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(total)
PARTITION BY toYYYYMMDD(bucket)
ORDER BY (project, bucket, issue_id, environment, release, level, partition, opened)
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
