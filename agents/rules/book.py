"""All rules that hold now, as the agents look them up."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from agents.followed import FollowedTopic
from agents.rules.compiled import CompiledRule, compile_rule
from agents.stage import StageApp
from schemas.rules import CrashFree, Quiet, Rule, RuleConfiguration

TOPIC = "rules-configured"

_decode = msgspec.json.Decoder(RuleConfiguration).decode


class RuleBook(NamedTuple):
    """The rules that are enabled: by id, by project those that count events, those that
    wait for a change of an issue and those about sessions; and the
    quiet times by project."""

    rules: dict[int, CompiledRule]
    counting: dict[int, list[CompiledRule]]
    waiting: dict[int, list[CompiledRule]]
    of_sessions: dict[int, list[CompiledRule]]
    quiets: dict[int, list[Quiet]]

    def is_quiet(self, rule: Rule, scope: Mapping[str, str], at: float) -> bool:
        """Whether a rule's alerts of a scope are held back at a time. A maintenance window of an environment holds back
        the alerts that are about this environment alone."""
        environment = rule.environment or scope.get("environment", "")
        return any(
            quiet.start <= at < quiet.end
            and (
                (quiet.rule == rule.id and quiet.scope == scope)
                if quiet.rule
                else quiet.environment in ("", environment)
            )
            for quiet in self.quiets.get(rule.project, ())
        )


def book_of(configured: Iterable[CompiledRule | Quiet | None]) -> RuleBook:
    """A book of what is configured."""
    book = RuleBook({}, {}, {}, {}, {})
    for item in configured:
        if isinstance(item, Quiet):
            book.quiets.setdefault(item.project, []).append(item)
        elif item is not None and item.rule.enabled:
            book.rules[item.rule.id] = item
            by_project = book.waiting if item.change else book.counting
            if isinstance(item.rule.condition, CrashFree):
                by_project = book.of_sessions
            by_project.setdefault(item.rule.project, []).append(item)
    return book


class FollowedRules:
    """The book, as configured."""

    def __init__(self, app: StageApp) -> None:
        self._followed: FollowedTopic[CompiledRule | Quiet | None] = app.follow(TOPIC, _compiled)
        self._changes = -1
        self._book = book_of(())

    async def current(self, *, anew: bool = False) -> RuleBook:
        """What holds now; ``anew``: as of this moment, whatever was read a short time ago.

        Raises:
            StoreUnavailable: nothing is known yet, and the log cannot be read.
        """
        configured = await self._followed.current(anew=anew)
        if self._followed.changes != self._changes:
            self._book = book_of(configured.values())
            self._changes = self._followed.changes
        return self._book


def _compiled(value: bytes) -> CompiledRule | Quiet | None:
    configuration = _decode(value)
    return configuration.quiet if configuration.rule is None else compile_rule(configuration.rule)
