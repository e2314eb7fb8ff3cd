"""What topics exist against what is declared."""

from typing import Any

from embedded.context import Context, create_topics
from embedded.operation import operation
from topics import all_topics


@operation
async def topics_create(context: Context) -> list[str]:
    """Make the declared topics that are missing; returns their names."""
    missing = sorted(set(all_topics()) - set(await context.log.topics()))
    create_topics(context.log, context.settings)
    return missing


@operation
async def topics_state(context: Context) -> list[dict[str, Any]]:
    """One row a topic: name, declared, partitions, records kept, and what is wrong (empty: nothing)."""
    declared = all_topics()
    existing = await context.log.topics()
    rows = []
    for name in sorted({*declared, *existing}):
        offsets = await context.log.offsets(name)
        problem = ""
        if name not in existing:
            problem = "missing"
        elif name in declared and len(offsets) != context.settings.partitions:
            problem = f"has {len(offsets)} partitions, the setting says {context.settings.partitions}"
        rows.append(
            {
                "topic": name,
                "declared": name in declared,
                "partitions": len(offsets),
                "records": sum(end - first for first, end in offsets.values()),
                "problem": problem,
            }
        )
    return rows
