"""The wiring of every agent that matches: a batch and what holds now give what is sent to rules-matched."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from agents.batches import Linger, own_time, run_batches
from agents.guard import Guard, until_available
from agents.records import Incoming, Outgoing
from agents.rules.book import FollowedRules, RuleBook
from agents.rules.merged import FollowedMerges
from agents.stage import StageApp

Known = TypeVar("Known")

DESTINATION = "rules-matched"

#: Rules, and the root of each merged issue.
RulesAndRoots = tuple[RuleBook, Mapping[str, str]]


def attach_matcher(
    app: StageApp,
    name: str,
    source: str,
    current: Callable[[], Awaitable[Known]],
    match: Callable[[list[Incoming], Guard, Known, float], list[Outgoing]],
    linger: Linger = Linger(0.0, 0.0),  # noqa: B008
) -> None:
    """Add an agent to a stage. ``match`` gets a batch, the guard, what ``current`` knows, and the time in Unix seconds."""
    settings = app.config.settings
    guard = Guard(name, source, settings)

    async def handle(batch: list[Incoming]) -> None:
        known = await until_available(name, current)
        with own_time(name):
            outgoing = match(batch, guard, known, app.config.clock())
        outgoing += guard.take_bad(len(batch))
        await until_available(name, lambda: app.send_records(outgoing))

    @app.agent(app.source(source), name=name)  # type: ignore[untyped-decorator]
    async def match_records(stream: Any) -> None:
        await run_batches(stream, name, handle, settings.batch_size, linger)


def rules_and_roots(app: StageApp) -> Callable[[], Awaitable[RulesAndRoots]]:
    """What tells the rules and merges that hold now."""
    rules, merges = FollowedRules(app), FollowedMerges(app)

    async def current() -> RulesAndRoots:
        return await rules.current(), await merges.current()

    return current
