"""Search: one language, and a store for each way of running."""
