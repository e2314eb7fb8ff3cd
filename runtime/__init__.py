"""What every way of running shares: opened stores, running stages, health, lag, retention, operations."""
