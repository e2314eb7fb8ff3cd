"""``stacktide migrate``: brings every store to the current schema, and makes the topics."""

from collections.abc import AsyncIterator

from runtime.context import Context
from stores.operational.bootstrap import Bootstrap, bootstrap
from topics import planned_topics


async def migrate(context: Context) -> AsyncIterator[str]:
    """Migrate one store after the other; yields what has been done. Safe to run twice and from several places at once.

    Raises:
        StoreError: a store cannot be reached, or refuses.
    """
    made = await context.log.create_topics(planned_topics(context.partitions))
    yield f"Kafka: {len(made)} topics made" if made else "Kafka: all topics exist"
    await context.operational.migrate()
    yield "PostgreSQL: current"
    await context.events.migrate()
    yield "ClickHouse: current"
    if context.search_sink is not None:
        await context.search_sink.migrate()
        yield "OpenSearch: current"
    await context.archive.migrate()
    if context.artifacts is not None:
        await context.artifacts.migrate()
    yield "S3: the buckets are there"


async def first_project(context: Context) -> Bootstrap:
    """Make the first project and its key, unless there is one.

    Raises:
        StoreError: PostgreSQL cannot be reached.
    """
    return await bootstrap(context.operational, context.settings)
