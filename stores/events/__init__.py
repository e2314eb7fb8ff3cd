"""The analytical store: ClickHouse's tables, what is asked of them, and the adapter of its engine in this process."""
