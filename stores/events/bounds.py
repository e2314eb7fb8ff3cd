"""Settings with which both adapters read and write: what no query may exceed, and how a block is taken in."""

MIB = 1024 * 1024

#: Longest that a query may run, in seconds.
QUERY_SECONDS = 10

#: No query of a reader may cost more than this, whoever asks. ``readonly = 2`` lets it change settings, but no data.
READER_SETTINGS = {
    "max_execution_time": QUERY_SECONDS,
    "max_memory_usage": 200 * MIB,
    "max_result_rows": 200_000,
    "max_result_bytes": 64 * MIB,
    "readonly": 2,
}

#: Events may be 30 days old, and replayed ones as old as the retention, so one insert may touch many days. Blocks are
#: small, and read by one thread, so that each day's rows become one part. An insert is done when it returns: the sinks
#: gather rows themselves, and a block that was mixed with others' would not be known again by its token.
WRITER_SETTINGS = {
    "max_partitions_per_insert_block": 400,
    "input_format_parallel_parsing": 0,
    "max_insert_threads": 1,
    "async_insert": 0,
}
