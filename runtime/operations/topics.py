"""What topics exist against what is declared."""

from typing import Any

from runtime.context import Context
from runtime.operation import operation
from stores.ports import TopicState
from topics import TopicPlan, planned_topics


@operation
async def topics_create(context: Context) -> list[str]:
    """Make the declared topics that are missing; returns their names."""
    return await context.log.create_topics(planned_topics(context.partitions))


@operation
async def topics_state(context: Context) -> list[dict[str, Any]]:
    """One row a topic: name, declared, partitions, replication, records kept, and what is wrong (empty: nothing)."""
    plans = {plan.name: plan for plan in planned_topics(context.settings.partitions or context.partitions)}
    existing = await context.log.describe_topics()
    rows = []
    for name in sorted({*plans, *existing}):
        state = existing.get(name)
        offsets = await context.log.offsets(name) if state else {}
        rows.append(
            {
                "topic": name,
                "declared": name in plans,
                "partitions": state.partitions if state else 0,
                "replication": state.replication if state else 0,
                "records": sum(end - first for first, end in offsets.values()),
                "problem": drift(plans.get(name), state),
            }
        )
    return rows


def drift(plan: TopicPlan | None, state: TopicState | None) -> str:
    """How a topic differs from its declaration; empty where it does not, or where none declares it."""
    if plan is None:
        return ""
    if state is None:
        return "missing"
    found = []
    if state.partitions != plan.partitions:
        found.append(f"has {state.partitions} partitions, declared are {plan.partitions}")
    if state.retention != plan.retention and not plan.compacted:
        found.append(f"keeps records {_kept(state.retention)}, declared is {_kept(plan.retention)}")
    if state.compacted != plan.compacted:
        found.append("is compacted" if state.compacted else "is not compacted")
    return "; ".join(found)


def _kept(retention: float | None) -> str:
    return "for ever" if retention is None else f"for {retention / 86_400:g} days"
