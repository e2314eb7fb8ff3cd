"""The ``stacktide`` command: one module a subcommand."""
