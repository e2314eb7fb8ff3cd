"""What a project does not want to keep of its events. The default keeps everything."""

from typing import Annotated, Literal

import msgspec

Level = Literal["debug", "info", "warning", "error", "fatal"]

#: Most globs of one list, networks, and rules of sampling.
MAX_ENTRIES = 200
Globs = Annotated[tuple[str, ...], msgspec.Meta(max_length=MAX_ENTRIES)]


class SamplingRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Keep the fraction ``rate`` of the events that match all lists that are not empty.

    ``errors`` are globs as in ``Filters``; the values of ``tags`` are globs.
    """

    name: str
    rate: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
    releases: Globs = ()
    environments: Globs = ()
    levels: tuple[Level, ...] = ()
    loggers: Globs = ()
    transactions: Globs = ()
    errors: Globs = ()
    tags: tuple[tuple[str, str], ...] = ()


class Filters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Inbound filters of one project. In globs ``*`` is any text and ``?`` any one character; letter case is ignored.

    ``errors`` are globs of messages and of exceptions, written ``Type: value``; one without a colon is tried on the type and
    on the value too. ``networks`` are addresses or networks in CIDR form. Events below ``least_level`` are dropped. Of the
    rules of ``sampling`` the first that matches decides.
    """

    releases: Globs = ()
    environments: Globs = ()
    errors: Globs = ()
    networks: Globs = ()
    least_level: Level = "debug"
    localhost: bool = False
    legacy_browsers: bool = False
    browser_extensions: bool = False
    crawlers: bool = False
    sampling: Annotated[tuple[SamplingRule, ...], msgspec.Meta(max_length=MAX_ENTRIES)] = ()
