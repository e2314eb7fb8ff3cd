"""Python's garbage collector, set for a process through which records stream."""

import gc


def calm_garbage_collector() -> None:
    """Leave alone what is there now, and look through the rest less often. To be called once what is needed was imported,
    since Faust collects garbage twice for each table that it opens, and again once everything runs.

    What is there by then stays for good, and records make no cycles. Under load Python's defaults look through hundreds of
    thousands of objects several times a second, which took a quarter of the CPU.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
