"""The stream itself: its live topology, and its quarantined records.

It belongs to the installation, not to a project: whoever looks into it sees records of all. So it takes a token of the whole
installation, or the scope in the only organisation that there is.
"""

from typing import Any

import msgspec

from api.call import Call
from api.declarations import BETWEEN, PAGED, most
from api.errors import ApiError
from api.models import Page
from api.parameters import cursor, encode_cursor, limit
from api.route import Route
from faust_app import TOPOLOGY
from runtime.operation import OperationBlocked, OperationError
from runtime.operations import dlq
from runtime.operations.topology import node_as_json
from runtime.tuning import Installation, Tuned, agent_tuning, topic_tuning
from schemas.accounts import ADMIN
from schemas.rebalance import NotedRebalance
from topics import DLQ_SUFFIX, declared_topics

#: Records that one page shows, and that one call may send again or drop: each may be as large as an event.
MOST_SHOWN = 100
MOST_WORKED_OFF = 1_000

_REBALANCES_SPAN = 7 * 86_400


class Topology(msgspec.Struct, frozen=True):
    """Agents in flow order, each as ``stacktide topology --live --format json`` prints it, and the topics between them."""

    nodes: list[dict[str, Any]]
    topics: list[dict[str, Any]]


class Tunings(msgspec.Struct, frozen=True):
    """Of agents and of topics, in the order of the topology: the settings that concern them, as this process has them, and
    what a change would do; ``cluster``: whether others may have set them otherwise."""

    agents: list[Tuned]
    topics: list[Tuned]
    cluster: bool


class WaitingRecords(msgspec.Struct, frozen=True):
    """How many records wait on the DLQ of each topic."""

    items: list[dict[str, Any]]


class WorkedOff(msgspec.Struct, frozen=True):
    """How many records were sent again or dropped, those of erased events among them, and how many wait now."""

    records: int
    waiting: int


async def show_topology(call: Call) -> Topology:
    """The topology with live figures: rate and lag of each agent, and of those in this process batch size and CPU time."""
    await _see_installation(call)
    figures = await call.api.live.get()
    nodes = [node_as_json(node, figures.get(node.agent)) for node in TOPOLOGY]
    return Topology(nodes, [await _topic(call, name) for name in declared_topics()])


async def _topic(call: Call, name: str) -> dict[str, Any]:
    declared = declared_topics()[name]
    offsets = await call.api.log.offsets(name)
    return {
        "topic": name,
        "description": declared.description,
        "producer": declared.producer,
        "consumers": declared.consumers,
        "followers": declared.followers,
        "retention_days": declared.retention_days,
        "partitions": len(offsets),
        "records": sum(end - first for first, end in offsets.values()),
    }


async def show_tuning(call: Call) -> Tunings:
    """The settings that tune the topology: what each does, what another value would do by the figures of now, and how it is
    changed. In a cluster the values are those of the process that answers; give all processes the same."""
    await _see_installation(call)
    api = call.api
    figures = await api.live.get()
    partitions = {name: len(await api.log.offsets(name)) for name in declared_topics()}
    where = Installation(api.settings, api.stages)
    return Tunings(
        [
            agent_tuning(node, figures.get(node.agent), partitions[node.consumes], where)
            for node in TOPOLOGY
            if node.stage in api.stages
        ],
        [topic_tuning(name, number, where) for name, number in partitions.items()],
        where.is_cluster,
    )


async def list_rebalances(call: Call) -> Page[NotedRebalance]:
    """The rebalances of all workers, the latest noted first; the last 1,000 are kept."""
    await _see_installation(call)
    size = limit(call.query)
    start, end = call.time_range(_REBALANCES_SPAN)
    after = cursor(call.query, "rebalances")
    found = await call.api.operational.rebalances.find(start, end, after[0] if after else None, size + 1)
    following = encode_cursor("rebalances", int(found[size - 1].id), "") if len(found) > size else None
    return Page(found[:size], following)


async def list_waiting(call: Call) -> WaitingRecords:
    """How many records are quarantined, by topic."""
    await _see_installation(call)
    waiting = await dlq.dlq_waiting(call.api)
    return WaitingRecords([{"topic": topic, "waiting": count} for topic, count in waiting.items()])


async def list_records(call: Call) -> Page[dict[str, Any]]:
    """The quarantined records of a topic, the oldest of each partition first, and what they hold as text."""
    await _see_installation(call)
    size = min(limit(call.query), MOST_SHOWN)
    after = cursor(call.query, "dlq", of_ids=False)
    position = f"{after[1]}:{after[0]}" if after else ""
    try:
        found = await dlq.dlq_records(call.api, _topic_name(call), size + 1, position)
    except OperationError as error:
        raise _refused(error) from error
    if len(found) <= size:
        return Page(found, None)
    partition, _, offset = found[size - 1]["position"].partition(":")
    return Page(found[:size], encode_cursor("dlq", int(offset), partition))


async def redrive_records(call: Call) -> WorkedOff:
    """Send the oldest quarantined records of a topic through the pipeline again."""
    return await _work_off(call, dlq.dlq_redrive)


async def drop_records(call: Call) -> WorkedOff:
    """Give up the oldest quarantined records of a topic."""
    return await _work_off(call, dlq.dlq_drop)


async def _work_off(call: Call, operation: Any) -> WorkedOff:
    await _see_installation(call)
    topic = _topic_name(call)
    try:
        result = await operation(call.api, topic, limit(call.query, MOST_WORKED_OFF))
    except OperationError as error:
        raise _refused(error) from error
    waiting = await dlq.dlq_waiting(call.api)
    return WorkedOff(sum(result.values()), waiting[topic.removesuffix(DLQ_SUFFIX)])


async def _see_installation(call: Call) -> None:
    """See that the caller may look at what belongs to all.

    Raises:
        ApiError: 404, as for everything that the caller may not see.
    """
    if any(
        grant.organisation is None and grant.projects is None and grant.has(ADMIN)
        for grant in call.caller.grants
    ):
        return
    organisations = await call.api.operational.organisations.all()
    if len(organisations) == 1 and call.caller.may_in(ADMIN, int(organisations[0].id)):
        return
    raise ApiError(
        404,
        "not_found",
        "The stream is the installation's: where there are several organisations it takes a token of all of them, which "
        "`stacktide token add` makes.",
    )


def _topic_name(call: Call) -> str:
    return call.parts["topic"]


def _refused(error: OperationError) -> ApiError:
    if isinstance(error, OperationBlocked):
        return ApiError(409, "refused", str(error))
    return ApiError(404, "not_found", str(error))


_DLQ = "/api/v1/dlq"
_MOST = most("How many records at most, the oldest first.", MOST_WORKED_OFF)
ROUTES = (
    Route("GET", "/api/v1/topology", show_topology, ADMIN, gives=Topology),
    Route("GET", "/api/v1/topology/tuning", show_tuning, ADMIN, gives=Tunings),
    Route(
        "GET",
        "/api/v1/topology/rebalances",
        list_rebalances,
        ADMIN,
        gives=Page[NotedRebalance],
        query=(*BETWEEN, *PAGED),
    ),
    Route("GET", _DLQ, list_waiting, ADMIN, gives=WaitingRecords),
    Route("GET", f"{_DLQ}/{{topic}}", list_records, ADMIN, gives=Page[dict[str, Any]], query=PAGED),
    Route("POST", f"{_DLQ}/{{topic}}/redrive", redrive_records, ADMIN, gives=WorkedOff, query=(_MOST,)),
    Route("POST", f"{_DLQ}/{{topic}}/drop", drop_records, ADMIN, gives=WorkedOff, query=(_MOST,)),
)
