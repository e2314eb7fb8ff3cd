"""Whether an event is kept: each filter of a project in turn, and then its sampling. Pure, and linear in the event."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple
from urllib.parse import urlsplit

from agents.fingerprint.filters.lists import Globs, Network, default_lists, networks, within
from agents.records import Dropped
from schemas.event import Event
from schemas.filters import Filters, SamplingRule
from schemas.headers import Received

#: Ranks of levels, the least first.
_RANKS = {"debug": 0, "info": 1, "warning": 2, "error": 3, "fatal": 4}
#: Of a longer user agent only the beginning is looked at.
_USER_AGENT = 1024


class _Sampling(NamedTuple):
    rule: SamplingRule
    releases: Globs
    environments: Globs
    loggers: Globs
    transactions: Globs
    errors: Globs
    tags: tuple[tuple[str, Globs], ...]


class _Compiled(NamedTuple):
    config: Filters
    releases: Globs
    environments: Globs
    errors: Globs
    networks: tuple[Network, ...]
    sampling: tuple[_Sampling, ...]


def filter_event(event: Event, received: Received, config: Filters) -> Dropped | None:
    """None for an event that is kept; else why it is not.

    The reason is one of ``release``, ``environment``, ``level``, ``error``, ``network``, ``localhost``, ``crawler``,
    ``legacy_browser``, ``browser_extension`` and ``sampled``.
    ``received`` holds the client's address as it came, before it is truncated.

    Raises:
        ValueError: a network of the configuration is none. ``check_filters`` says so before a configuration is saved.
    """
    if config == _NOTHING:
        return None
    filters = _compiled(config)
    for reason, applies in _FILTERS:
        if applies(filters, event, received):
            return Dropped("filtered", reason)
    return Dropped("filtered", "sampled") if _is_left_out(filters, event) else None


def check_filters(config: Filters) -> None:
    """Refuse a configuration that cannot be used.

    Raises:
        ValueError: a network is none, or the globs are too large; the message says which.
    """
    _compiled(config)


def _release(filters: _Compiled, event: Event, _received: Received) -> bool:
    return filters.releases.match(event.release)


def _environment(filters: _Compiled, event: Event, _received: Received) -> bool:
    return filters.environments.match(event.environment)


def _level(filters: _Compiled, event: Event, _received: Received) -> bool:
    return _RANKS.get(event.level, _RANKS["error"]) < _RANKS[filters.config.least_level]


def _error(filters: _Compiled, event: Event, _received: Received) -> bool:
    return bool(filters.errors) and any(map(filters.errors.match, _errors(event)))


def _network(filters: _Compiled, event: Event, received: Received) -> bool:
    user = event.user.ip_address if event.user is not None else None
    return within(received.client_address, filters.networks) or within(user, filters.networks)


def _localhost(filters: _Compiled, event: Event, _received: Received) -> bool:
    return filters.config.localhost and _is_local(_url(event))


def _crawler(filters: _Compiled, event: Event, _received: Received) -> bool:
    return filters.config.crawlers and default_lists().crawlers.search(_user_agent(event)) is not None


def _legacy_browser(filters: _Compiled, event: Event, _received: Received) -> bool:
    if not filters.config.legacy_browsers or not (agent := _user_agent(event)):
        return False
    for pattern, least in default_lists().browsers:
        if (match := pattern.search(agent)) is not None:
            return int(match.group(1)[:6]) < least
    return False


def _browser_extension(filters: _Compiled, event: Event, _received: Received) -> bool:
    if not filters.config.browser_extensions:
        return False
    lists = default_lists()
    for exception in event.exceptions:
        frames = exception.stacktrace.frames if exception.stacktrace is not None else ()
        # Extensions wrap the page's functions, so theirs are often among the callers; who threw is the last.
        place = (frames[-1].abs_path or frames[-1].filename or "") if frames else ""
        if place.startswith(lists.extension_origins):
            return True
    return any(map(lists.extension_errors.match, _errors(event)))


_FILTERS: tuple[tuple[str, Callable[[_Compiled, Event, Received], bool]], ...] = (
    ("release", _release),
    ("environment", _environment),
    ("level", _level),
    ("error", _error),
    ("network", _network),
    ("localhost", _localhost),
    ("crawler", _crawler),
    ("legacy_browser", _legacy_browser),
    ("browser_extension", _browser_extension),
)
_NOTHING = Filters()


def _is_left_out(filters: _Compiled, event: Event) -> bool:
    for sampling in filters.sampling:
        if _matches(sampling, event):
            return _fraction(event.event_id) >= sampling.rule.rate
    return False


def _matches(sampling: _Sampling, event: Event) -> bool:
    return (
        (not sampling.releases or sampling.releases.match(event.release))
        and (not sampling.environments or sampling.environments.match(event.environment))
        and (not sampling.rule.levels or event.level in sampling.rule.levels)
        and (not sampling.loggers or sampling.loggers.match(event.logger))
        and (not sampling.transactions or sampling.transactions.match(event.transaction))
        and (not sampling.errors or any(map(sampling.errors.match, _errors(event))))
        and all(globs.match(event.tags.get(name)) for name, globs in sampling.tags)
    )


def _fraction(event_id: str) -> float:
    """Where an event stands in [0, 1): by its id alone, so that a repeat of it meets the same fate."""
    return int.from_bytes(blake2b(event_id.encode(), digest_size=8).digest()) / 2**64


def _errors(event: Event) -> Iterator[str]:
    """What globs of errors are tried on."""
    if event.message:
        yield event.message
    for exception in event.exceptions:
        if exception.type and exception.value:
            yield f"{exception.type}: {exception.value}"
        if exception.type:
            yield exception.type
        if exception.value:
            yield exception.value


def _user_agent(event: Event) -> str:
    headers = (event.request or {}).get("headers")
    if not isinstance(headers, dict):
        return ""
    found = next((value for name, value in headers.items() if name.lower() == "user-agent"), "")
    return found[:_USER_AGENT] if isinstance(found, str) else ""


def _url(event: Event) -> str:
    url = (event.request or {}).get("url")
    return url if isinstance(url, str) else ""


def _is_local(url: str) -> bool:
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return False
    lists = default_lists()
    return (
        host in lists.local_names or host.endswith(lists.local_endings) or within(host, lists.local_networks)
    )


@lru_cache(maxsize=1024)
def _compiled(config: Filters) -> _Compiled:
    return _Compiled(
        config,
        Globs(config.releases),
        Globs(config.environments),
        Globs(config.errors),
        networks(config.networks),
        tuple(
            _Sampling(
                rule,
                Globs(rule.releases),
                Globs(rule.environments),
                Globs(rule.loggers),
                Globs(rule.transactions),
                Globs(rule.errors),
                tuple((name, Globs((glob,))) for name, glob in rule.tags),
            )
            for rule in config.sampling
        ),
    )
