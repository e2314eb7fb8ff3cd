CREATE TABLE IF NOT EXISTS migrations ON CLUSTER 'main' (name String, at DateTime DEFAULT now())
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{database}/migrations', '{shard}-{replica}') ORDER BY name
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS events_local ON CLUSTER 'main'
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
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/events_local', '{replica}')
PARTITION BY toYYYYMMDD(received)
ORDER BY (project, issue_id, timestamp)
SETTINGS
    replicated_deduplication_window = 10000,
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

CREATE TABLE IF NOT EXISTS events ON CLUSTER 'main' AS events_local
ENGINE = Distributed('main', currentDatabase(), events_local, cityHash64(issue_id));

CREATE TABLE IF NOT EXISTS issues_local ON CLUSTER 'main'
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/issues_local', '{replica}')
ORDER BY (project, issue_id, id)
SETTINGS
    replicated_deduplication_window = 10000,
    auto_statistics_types = '',
    max_compress_block_size = 65536,
    min_compress_block_size = 16384,
    min_rows_for_full_part_storage = 1000000,
    min_bytes_for_full_part_storage = 67108864,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS issues ON CLUSTER 'main' AS issues_local
ENGINE = Distributed('main', currentDatabase(), issues_local, cityHash64(issue_id));

CREATE TABLE IF NOT EXISTS error_counts_local ON CLUSTER 'main'
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/error_counts_local', '{replica}', total)
PARTITION BY toYYYYMMDD(bucket)
ORDER BY (project, bucket, issue_id, environment, release, level, partition, opened)
SETTINGS
    replicated_deduplication_window = 10000,
    auto_statistics_types = '',
    max_compress_block_size = 65536,
    min_compress_block_size = 16384,
    min_rows_for_full_part_storage = 1000000,
    min_bytes_for_full_part_storage = 67108864,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS error_counts ON CLUSTER 'main' AS error_counts_local
ENGINE = Distributed('main', currentDatabase(), error_counts_local, cityHash64(issue_id));

CREATE TABLE IF NOT EXISTS outcomes_local ON CLUSTER 'main'
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/outcomes_local', '{replica}')
PARTITION BY toYYYYMMDD(at)
ORDER BY (project, id)
SETTINGS
    replicated_deduplication_window = 10000,
    auto_statistics_types = '',
    max_compress_block_size = 65536,
    min_compress_block_size = 16384,
    min_rows_for_full_part_storage = 1000000,
    min_bytes_for_full_part_storage = 67108864,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS outcomes ON CLUSTER 'main' AS outcomes_local
ENGINE = Distributed('main', currentDatabase(), outcomes_local, cityHash64(id));

ALTER TABLE events_local ON CLUSTER 'main'
    ADD COLUMN IF NOT EXISTS lease_until DateTime64(3, 'UTC') DEFAULT toDateTime64('2100-01-01 00:00:00', 3, 'UTC') CODEC(ZSTD(1));

ALTER TABLE events ON CLUSTER 'main'
    ADD COLUMN IF NOT EXISTS lease_until DateTime64(3, 'UTC') DEFAULT toDateTime64('2100-01-01 00:00:00', 3, 'UTC') CODEC(ZSTD(1));

ALTER TABLE events_local ON CLUSTER 'main'
    ADD CONSTRAINT IF NOT EXISTS lease CHECK nowInBlock64(3, 'UTC') < lease_until;

ALTER TABLE events_local ON CLUSTER 'main'
    ADD COLUMN IF NOT EXISTS replay UInt64 DEFAULT 0 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS archived_partition UInt16 DEFAULT partition,
    ADD COLUMN IF NOT EXISTS archived_generation UInt64 DEFAULT generation,
    ADD COLUMN IF NOT EXISTS archived_offset UInt64 DEFAULT offset;

ALTER TABLE events ON CLUSTER 'main'
    ADD COLUMN IF NOT EXISTS replay UInt64 DEFAULT 0 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS archived_partition UInt16 DEFAULT partition,
    ADD COLUMN IF NOT EXISTS archived_generation UInt64 DEFAULT generation,
    ADD COLUMN IF NOT EXISTS archived_offset UInt64 DEFAULT offset;

ALTER TABLE events_local ON CLUSTER 'main'
    MODIFY SETTING lightweight_mutation_projection_mode = 'rebuild';

CREATE TABLE IF NOT EXISTS session_counts_local ON CLUSTER 'main'
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
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/session_counts_local', '{replica}')
PARTITION BY toYYYYMM(bucket)
ORDER BY (project, bucket, release, environment, partition, opened)
SETTINGS
    replicated_deduplication_window = 10000,
    auto_statistics_types = '',
    max_compress_block_size = 65536,
    min_compress_block_size = 16384,
    min_rows_for_full_part_storage = 1000000,
    min_bytes_for_full_part_storage = 67108864,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS session_counts ON CLUSTER 'main' AS session_counts_local
ENGINE = Distributed('main', currentDatabase(), session_counts_local, cityHash64(opened));

CREATE TABLE IF NOT EXISTS issue_error_counts_local ON CLUSTER 'main'
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
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/issue_error_counts_local', '{replica}')
PARTITION BY toYYYYMM(bucket)
ORDER BY (project, issue_id, bucket, environment, release, level, partition, opened)
SETTINGS
    replicated_deduplication_window = 10000,
    auto_statistics_types = '',
    max_compress_block_size = 65536,
    min_compress_block_size = 16384,
    min_rows_for_full_part_storage = 1000000,
    min_bytes_for_full_part_storage = 67108864,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS issue_error_counts ON CLUSTER 'main' AS issue_error_counts_local
ENGINE = Distributed('main', currentDatabase(), issue_error_counts_local, cityHash64(issue_id));

CREATE TABLE IF NOT EXISTS project_error_counts_local ON CLUSTER 'main'
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
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/project_error_counts_local', '{replica}')
PARTITION BY toYYYYMM(bucket)
ORDER BY (project, bucket, environment, release, level, partition, opened)
SETTINGS
    replicated_deduplication_window = 10000,
    auto_statistics_types = '',
    max_compress_block_size = 65536,
    min_compress_block_size = 16384,
    min_rows_for_full_part_storage = 1000000,
    min_bytes_for_full_part_storage = 67108864,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS project_error_counts ON CLUSTER 'main' AS project_error_counts_local
ENGINE = Distributed('main', currentDatabase(), project_error_counts_local, cityHash64(opened));

ALTER TABLE issues_local ON CLUSTER 'main'
    ADD COLUMN IF NOT EXISTS status LowCardinality(String) DEFAULT 'unresolved',
    ADD COLUMN IF NOT EXISTS triage_version UInt64,
    ADD COLUMN IF NOT EXISTS sequence UInt64,
    ADD COLUMN IF NOT EXISTS decided DateTime64(6, 'UTC'),
    ADD COLUMN IF NOT EXISTS muted_until DateTime64(6, 'UTC');

ALTER TABLE issues ON CLUSTER 'main'
    ADD COLUMN IF NOT EXISTS status LowCardinality(String) DEFAULT 'unresolved',
    ADD COLUMN IF NOT EXISTS triage_version UInt64,
    ADD COLUMN IF NOT EXISTS sequence UInt64,
    ADD COLUMN IF NOT EXISTS decided DateTime64(6, 'UTC'),
    ADD COLUMN IF NOT EXISTS muted_until DateTime64(6, 'UTC');

ALTER TABLE events_local ON CLUSTER 'main'
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

ALTER TABLE events_local ON CLUSTER 'main'
    DROP PROJECTION IF EXISTS issues;

CREATE TABLE IF NOT EXISTS alerts ON CLUSTER 'main'
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{database}/alerts', '{shard}-{replica}')
PARTITION BY toYYYYMM(started)
ORDER BY (project, started, alert_id, state)
SETTINGS
    replicated_deduplication_window = 10000,
    auto_statistics_types = '',
    max_compress_block_size = 65536,
    min_compress_block_size = 16384,
    min_rows_for_full_part_storage = 1000000,
    min_bytes_for_full_part_storage = 67108864,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;

ALTER TABLE events_local ON CLUSTER 'main'
    ADD PROJECTION IF NOT EXISTS days_of_issues
    (
        SELECT
            project,
            toUUIDOrZero(issue_id) AS issue,
            toStartOfDay(timestamp) AS day,
            count(),
            min(timestamp),
            max(timestamp),
            uniqState(nullIf(user_key, ''))
        GROUP BY project, issue, day
    );

ALTER TABLE events_local ON CLUSTER 'main'
    DROP PROJECTION IF EXISTS issue_days;

ALTER TABLE events_local ON CLUSTER 'main'
    MODIFY SETTING min_age_to_force_merge_seconds = 10800, min_age_to_force_merge_on_partition_only = 1;
