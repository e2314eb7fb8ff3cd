-- Coarser running totals beside error_counts, of the same events: buckets of a quarter of an hour, by issue and for all
-- issues. They too are totals of an identity, of which the largest counts, so a repeat changes nothing.
--
-- The users are a set of hashes, kept as a state whose size can be told: a hash that comes twice changes nothing either.
-- Rows bring the hashes in seen_users, which is not stored.
--
-- A month is a partition: these are small, and kept for long.
CREATE TABLE IF NOT EXISTS issue_error_counts
(
    project UInt32,
    issue_id String CODEC(ZSTD(1)),
    bucket DateTime('UTC'),
    environment LowCardinality(String),
    release LowCardinality(String),
    level LowCardinality(String),
    partition UInt16,
    opened LowCardinality(String),
    total SimpleAggregateFunction(max, UInt64),
    seen_users Array(UInt64) EPHEMERAL,
    users AggregateFunction(uniqCombined64(12), UInt64) DEFAULT arrayReduce('uniqCombined64State(12)', seen_users)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(bucket)
ORDER BY (project, issue_id, bucket, environment, release, level, partition, opened)
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

CREATE TABLE IF NOT EXISTS project_error_counts
(
    project UInt32,
    bucket DateTime('UTC'),
    environment LowCardinality(String),
    release LowCardinality(String),
    level LowCardinality(String),
    partition UInt16,
    opened LowCardinality(String),
    total SimpleAggregateFunction(max, UInt64),
    seen_users Array(UInt64) EPHEMERAL,
    users AggregateFunction(uniqCombined64(12), UInt64) DEFAULT arrayReduce('uniqCombined64State(12)', seen_users)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(bucket)
ORDER BY (project, bucket, environment, release, level, partition, opened)
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
