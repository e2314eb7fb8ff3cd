"""What a change of a setting would do to an agent, by the figures of now. Pure: settings and figures in, sentences out."""

from collections.abc import Callable, Iterator

from faust_app import Node
from runtime.operations.topology import Figures
from runtime.tuning.wording import (
    Installation,
    Tuned,
    Tuning,
    bytes_text,
    number_text,
    of_stage,
    time_text,
)

#: Part of the largest batch from which on batches count as full.
_FULL = 0.9
#: Records by which the time of a growing linger doubles (``agents.batches``).
_GROWTH = 50

#: Stages whose agents take at most ``batch_size`` records.
_BY_BATCH_SIZE = ("process", "detect", "notify")


def agent_tuning(node: Node, figures: Figures | None, partitions: int, where: Installation) -> Tuned:
    """The settings that concern an agent, whose topic has so many ``partitions``."""
    known = figures or {}
    found = [_sharing(node, known, partitions, where)]
    for part in _PARTS:
        found += part(node, known, where)
    return Tuned(node.agent, found)


def _sharing(node: Node, figures: Figures, partitions: int, where: Installation) -> Tuning:
    rate, cpu = figures.get("rate") or 0.0, figures.get("cpu_us")
    now = ""
    if cpu:
        now = (
            f"Its own code takes {number_text(cpu)} µs of CPU a record: {number_text(100 * rate * cpu / 1e6)} % of a core at "
            f"{number_text(rate)} records/s, and no more than {number_text(1e6 / cpu)} records/s on one."
        )
    if where.is_cluster:
        return Tuning(
            "workers",
            "",
            "",
            f"At most {partitions} workers of {node.stage} share the work of this agent, one for each partition of "
            f"{node.consumes}.",
            now,
            f"Start or stop `stacktide worker {node.stage}`; the partitions are shared out anew, in a rebalance.",
        )
    return Tuning(
        "workers",
        "",
        "1 process",
        "All agents run in this one process and take turns on one core; the engine of ClickHouse has threads of its own.",
        now,
        "A cluster runs each stage in as many processes as wanted, up to one a partition (docs/cluster.md).",
    )


def _batches(node: Node, figures: Figures, where: Installation) -> Iterator[Tuning]:
    if node.stage not in _BY_BATCH_SIZE:
        return
    most = where.settings.batch_size
    yield of_stage(
        where,
        node.stage,
        "batch_size",
        f"{most} records",
        "The agent takes what has arrived, up to so many records, at once. "
        "Larger batches cost less a record, hold more in memory, and make a rebalance wait for longer.",
        _batch_now(figures, most),
    )


def _batch_now(figures: Figures, most: int) -> str:
    batch, lag = figures.get("batch"), figures.get("lag") or 0
    if batch is None:
        return ""
    if batch >= _FULL * most:
        behind = f" and {number_text(lag)} records wait" if lag else ""
        return f"Batches are full ({number_text(batch)} on average){behind}: a larger value may help it to catch up."
    return f"The average batch has the size {number_text(batch)}: a larger value would change nothing now."


def _inserts(node: Node, figures: Figures, where: Installation) -> Iterator[Tuning]:
    if node.stage != "clickhouse":
        return
    settings = where.settings
    least, longest = settings.clickhouse_linger, settings.clickhouse_longest_linger
    batch, rate = figures.get("batch"), figures.get("rate") or 0.0
    gathers = full = ""
    if batch is not None:
        time = min(least * (1 + batch / _GROWTH), longest)
        gathers = (
            f"The average batch has the size {number_text(batch)}: it gathers for {number_text(time)} s now, and makes "
            f"{number_text(rate / batch)} batches/s."
        )
        full = _batch_now(figures, settings.clickhouse_batch)
    yield of_stage(
        where,
        "clickhouse",
        "clickhouse_linger",
        f"{least:g} s",
        "Rows are gathered for so long after the first, and for longer the larger the batch before was. Less shows events "
        "sooner; more makes fewer and larger inserts, each of which costs milliseconds, and fewer parts to merge.",
        gathers,
    )
    yield of_stage(
        where,
        "clickhouse",
        "clickhouse_longest_linger",
        f"{longest:g} s",
        "For no longer than this are rows gathered, however many arrive.",
        "",
    )
    yield of_stage(
        where,
        "clickhouse",
        "clickhouse_batch",
        f"{settings.clickhouse_batch} records",
        "The agent inserts at most so many records at once. A larger insert holds more memory, in ClickHouse several times "
        "as much.",
        full,
    )


def _objects(node: Node, figures: Figures, where: Installation) -> Iterator[Tuning]:
    if node.stage != "archive":
        return
    batch = figures.get("batch")
    yield of_stage(
        where,
        "archive",
        "archive_linger",
        f"{where.settings.archive_linger:g} s",
        "Payloads are gathered for so long. Longer makes fewer and larger objects; shorter has the raw payload of an event "
        "at hand sooner. Lag of about so many seconds' records is therefore normal here.",
        ""
        if batch is None
        else f"A batch, of which each project and partition gets an object, has {number_text(batch)} records.",
    )
    yield of_stage(
        where,
        "archive",
        "archive_object_bytes",
        bytes_text(where.settings.archive_object_bytes),
        "Gathering ends before its time once there is so much, uncompressed.",
        "",
    )


def _state(node: Node, figures: Figures, where: Installation) -> Iterator[Tuning]:
    settings, rate = where.settings, figures.get("rate") or 0.0
    if node.agent == "deduplicate":
        rows = rate * settings.deduplicate_window
        yield of_stage(
            where,
            node.stage,
            "deduplicate_window",
            time_text(settings.deduplicate_window),
            "For so long is an event id remembered; a repeat that comes later counts as an event of its own. The table has a "
            "row for each id.",
            f"At {number_text(rate)} records/s that is about {number_text(rows)} rows." if rate else "",
        )
    if node.agent == "count":
        yield of_stage(
            where,
            node.stage,
            "count_lateness",
            time_text(settings.count_lateness),
            "For so long after its end does a bucket stay in the table. Later events are counted too, in a further total of "
            "their own; longer means more rows, shorter more such totals.",
            "",
        )
    if node.agent == "evaluate":
        yield of_stage(
            where,
            node.stage,
            "alert_scopes",
            str(settings.alert_scopes),
            "A rule looks at so many issues, releases or environments apart at a time, and leaves the others out "
            "(`stacktide_rule_scopes_ignored` counts that). More means more rows and memory.",
            "",
        )
    if node.agent == "fingerprint":
        yield of_stage(
            where,
            node.stage,
            "map_cache_bytes",
            bytes_text(settings.map_cache_bytes),
            "So much memory holds source maps and mappings that were read. What does not fit is read and parsed again when "
            "an event needs it.",
            "",
        )


def _takeover(node: Node, _figures: Figures, where: Installation) -> Iterator[Tuning]:
    if not where.is_cluster:
        return
    settings = where.settings
    if node.table:
        yield of_stage(
            where,
            node.stage,
            "kafka_standbys",
            str(settings.kafka_standbys),
            "So many other workers keep a copy of each partition of its table, so that a take-over reads only what the copy "
            "lacks. Each costs disk and network; with 0 a take-over reads the whole changelog.",
            "",
        )
    yield of_stage(
        where,
        node.stage,
        "kafka_session_timeout",
        f"{settings.kafka_session_timeout:g} s",
        "After so long a silence a worker's partitions go to others. Shorter takes over from a dead worker sooner; too "
        "short, and a worker that is only busy loses them.",
        "",
    )


def _commits(node: Node, figures: Figures, where: Installation) -> Iterator[Tuning]:
    every, rate = where.settings.commit_interval, figures.get("rate") or 0.0
    yield of_stage(
        where,
        node.stage,
        "commit_interval",
        f"{every:g} s",
        "So often are consumed offsets committed. After a crash what came since is consumed again, recognised, and changes "
        "no count: longer means more of that, shorter more commits. Lag is counted from committed offsets.",
        f"At {number_text(rate)} records/s about {number_text(rate * every)} records lie between two commits."
        if rate
        else "",
    )


_PARTS: tuple[Callable[[Node, Figures, Installation], Iterator[Tuning]], ...] = (
    _batches,
    _inserts,
    _objects,
    _state,
    _commits,
    _takeover,
)
