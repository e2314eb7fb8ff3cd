"""The topology, in the order of the flow. This page holds nothing else: each agent's own folder says what it does."""

from collections.abc import Callable, Collection
from typing import NamedTuple

from agents.count import agent as count
from agents.count_sessions import agent as count_sessions
from agents.deduplicate import agent as deduplicate
from agents.evaluate import agent as evaluate
from agents.fingerprint import agent as fingerprint
from agents.match import agent as match
from agents.match_sessions import agent as match_sessions
from agents.notify import agent as notify
from agents.sinks.archive import agent as archive
from agents.sinks.clickhouse import agent as clickhouse
from agents.sinks.opensearch import agent as opensearch
from agents.stage import StageApp, StageConfig
from agents.track import agent as track
from agents.triage import agent as triage


class Node(NamedTuple):
    """One agent: the stage it belongs to, what it reads, what it writes, and its table or store. It ``follows`` topics of
    configuration. Those that are ``cluster_only`` have no part in the embedded mode."""

    stage: str
    agent: str
    consumes: str
    attach: Callable[[StageApp], None]
    produces: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    table: str = ""
    store: str = ""
    cluster_only: bool = False


TOPOLOGY = (
    Node(
        stage="process",
        agent="deduplicate",
        consumes="events-received",
        produces=("events-deduplicated", "outcomes-recorded"),
        table="seen",
        attach=deduplicate.attach,
    ),
    Node(
        stage="process",
        agent="fingerprint",
        consumes="events-deduplicated",
        produces=("events-fingerprinted", "outcomes-recorded"),
        follows=("projects-configured",),
        attach=fingerprint.attach,
    ),
    Node(
        stage="detect",
        agent="triage",
        consumes="issues-triaged",
        produces=("issues-tracked",),
        table="triaged",
        attach=triage.attach,
    ),
    Node(
        stage="detect",
        agent="track",
        consumes="events-fingerprinted",
        produces=("issues-tracked", "rules-matched"),
        follows=("rules-configured", "fingerprints-merged"),
        table="issues",
        attach=track.attach,
    ),
    Node(
        stage="detect",
        agent="count",
        consumes="events-fingerprinted",
        produces=("errors-counted",),
        table="counts",
        attach=count.attach,
    ),
    Node(
        stage="detect",
        agent="count_sessions",
        consumes="sessions-received",
        produces=("sessions-counted",),
        table="sessions",
        attach=count_sessions.attach,
    ),
    Node(
        stage="detect",
        agent="match",
        consumes="events-fingerprinted",
        produces=("rules-matched",),
        follows=("rules-configured", "fingerprints-merged"),
        attach=match.attach,
    ),
    Node(
        stage="detect",
        agent="match_sessions",
        consumes="sessions-counted",
        produces=("rules-matched",),
        follows=("rules-configured",),
        attach=match_sessions.attach,
    ),
    Node(
        stage="detect",
        agent="evaluate",
        consumes="rules-matched",
        # And its own ticks to rules-matched.
        produces=("alerts-evaluated", "rules-matched"),
        follows=("rules-configured",),
        table="evaluations",
        attach=evaluate.attach,
    ),
    Node(
        stage="clickhouse",
        agent="clickhouse_events",
        consumes="events-fingerprinted",
        table="stored",
        store="events",
        attach=clickhouse.attach_events,
    ),
    Node(
        stage="clickhouse",
        agent="clickhouse_issues",
        consumes="issues-tracked",
        store="issues",
        attach=clickhouse.attach_issues,
    ),
    Node(
        stage="clickhouse",
        agent="clickhouse_counts",
        consumes="errors-counted",
        store="error_counts",
        attach=clickhouse.attach_counts,
    ),
    Node(
        stage="clickhouse",
        agent="clickhouse_sessions",
        consumes="sessions-counted",
        store="session_counts",
        attach=clickhouse.attach_sessions,
    ),
    Node(
        stage="clickhouse",
        agent="clickhouse_alerts",
        consumes="alerts-evaluated",
        store="alerts",
        attach=clickhouse.attach_alerts,
    ),
    Node(
        stage="clickhouse",
        agent="clickhouse_outcomes",
        consumes="outcomes-recorded",
        store="outcomes",
        attach=clickhouse.attach_outcomes,
    ),
    Node(
        stage="opensearch",
        agent="opensearch",
        consumes="events-fingerprinted",
        store="opensearch",
        attach=opensearch.attach,
        cluster_only=True,
    ),
    Node(
        stage="archive",
        agent="archive",
        consumes="events-fingerprinted",
        table="archived",
        store="archive",
        attach=archive.attach,
    ),
    Node(
        stage="notify",
        agent="notify",
        consumes="alerts-evaluated",
        attach=notify.attach,
    ),
)

STAGES = tuple(dict.fromkeys(node.stage for node in TOPOLOGY))
EMBEDDED_STAGES = tuple(dict.fromkeys(node.stage for node in TOPOLOGY if not node.cluster_only))


def create_app(config: StageConfig, stages: Collection[str]) -> StageApp:
    """The Faust app of some stages, its agents in flow order."""
    app = StageApp(config)
    for node in TOPOLOGY:
        if node.stage in stages:
            node.attach(app)
    return app
