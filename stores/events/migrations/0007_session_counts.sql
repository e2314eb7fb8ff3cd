-- Running totals of sessions by the quarter of an hour in which they started. Each counts the sessions that came to its state
-- or a worse one, so none ever falls, and of an identity the largest of each holds.
--
-- As in 0008 the users are states of sets of hashes, which rows bring in seen_users and seen_crashed_users.
CREATE TABLE IF NOT EXISTS session_counts
(
    project UInt32,
    bucket DateTime('UTC'),
    release LowCardinality(String),
    environment LowCardinality(String),
    partition UInt16,
    opened LowCardinality(String),
    sessions SimpleAggregateFunction(max, UInt64),
    errored SimpleAggregateFunction(max, UInt64),
    abnormal SimpleAggregateFunction(max, UInt64),
    crashed SimpleAggregateFunction(max, UInt64),
    seen_users Array(UInt64) EPHEMERAL,
    seen_crashed_users Array(UInt64) EPHEMERAL,
    users AggregateFunction(uniqCombined64(12), UInt64) DEFAULT arrayReduce('uniqCombined64State(12)', seen_users),
    crashed_users AggregateFunction(uniqCombined64(12), UInt64)
        DEFAULT arrayReduce('uniqCombined64State(12)', seen_crashed_users)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(bucket)
ORDER BY (project, bucket, release, environment, partition, opened)
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
