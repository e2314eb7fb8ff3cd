-- One row an event. Sorted so that an issue's events lie together in time; a day of receipt is a partition, so that
-- retention drops whole partitions.
--
-- The projection is a part of each part, so it appears with its rows or not at all: the counts of issues come from it.
--
-- A part is one packed file until it is merged into a large one: a small insert costs the creation of few files. Inserts
-- and merges are forced to the disk, since the log's offsets are committed on the strength of them.
--
-- Rows are large and columns many: smaller buffers, granules and merge blocks than the defaults keep merges at a quarter
-- of the memory, for a tenth more CPU time (docs/decisions/0003-clickhouse-tables.md).
CREATE TABLE IF NOT EXISTS events
(
    project UInt32,
    issue_id String CODEC(ZSTD(1)),
    event_id String CODEC(ZSTD(1)),
    received DateTime64(6, 'UTC'),
    timestamp DateTime64(6, 'UTC'),
    platform LowCardinality(String),
    level LowCardinality(String),
    logger LowCardinality(String),
    release LowCardinality(String),
    dist LowCardinality(String),
    environment LowCardinality(String),
    server_name LowCardinality(String),
    sdk LowCardinality(String),
    transaction String CODEC(ZSTD(1)),
    title String CODEC(ZSTD(1)),
    culprit String CODEC(ZSTD(1)),
    message String CODEC(ZSTD(1)),
    exception_types Array(LowCardinality(String)),
    exception_values Array(String) CODEC(ZSTD(1)),
    fingerprint Array(String) CODEC(ZSTD(1)),
    user_key String CODEC(ZSTD(1)),
    user_id String CODEC(ZSTD(1)),
    user_email String CODEC(ZSTD(1)),
    tags Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    search_text String CODEC(ZSTD(1)),
    event String CODEC(ZSTD(1)),
    grouping String CODEC(ZSTD(1)),
    key_id UInt32,
    origin_partition UInt16,
    origin_generation UInt64,
    origin_offset UInt64,
    partition UInt16,
    generation UInt64,
    offset UInt64,
    INDEX event_id_bloom event_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX timestamp_range timestamp TYPE minmax GRANULARITY 1,
    INDEX offset_range offset TYPE minmax GRANULARITY 1,
    INDEX search_text_words search_text TYPE text(tokenizer = splitByNonAlpha),
    PROJECTION issues
    (
        SELECT
            project,
            issue_id,
            toStartOfHour(timestamp) AS hour,
            count(),
            min(timestamp),
            max(timestamp),
            uniq(nullIf(user_key, '')),
            argMax((title, culprit, level, platform), timestamp)
        GROUP BY project, issue_id, hour
    )
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(received)
ORDER BY (project, issue_id, timestamp)
SETTINGS
    non_replicated_deduplication_window = 1000,
    auto_statistics_types = '',
    max_compress_block_size = 65536,
    min_compress_block_size = 16384,
    index_granularity = 1024,
    merge_max_block_size = 1024,
    merge_max_block_size_bytes = 1048576,
    min_rows_for_full_part_storage = 1000000,
    min_bytes_for_full_part_storage = 67108864,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;
