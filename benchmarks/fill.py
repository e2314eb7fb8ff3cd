"""Events of a month, written into the tables as the agents would leave them, but not ingested: millions in minutes.

Five projects; the first has four fifths of the events and three quarters of the issues. Issues have events as Zipf's law says:
the first one in fourteen, half of them less than a thousandth of that each. One in three lives for the whole time, the
others for a part of it. Releases, environments, tags and stack traces are those of ``benchmarks.events``, normalised and
grouped by the agents' own steps; users are drawn from 100,000. One in 200 arrives up to six hours late.

Rows go in by blocks of ``_BLOCK``, so that a day is in several parts that the engine merges as it sees fit; those of days
that are over are merged in the end, as the engine does after three hours. Totals, changes and triage of issues are made from
the events.
"""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from agents.fingerprint.config import config_of
from agents.fingerprint.step import fingerprint
from agents.records import Dropped, Incoming
from agents.sinks.clickhouse.encode import EVENT_COLUMNS, Row, event_row_of
from benchmarks.events import KINDS, make_event
from schemas.headers import ORIGIN, Position, Received
from schemas.project import ProjectConfiguration
from settings import Settings
from stores.events.chdb import ChdbStore

DAYS = 30
_DAY = 86_400
_BLOCK = 20_000
_TEMPLATES_OF_KIND = 5
_TEMPLATES = KINDS * _TEMPLATES_OF_KIND
_USERS = 100_000

#: What is not as in the template that an event is made of.
_OWN = {
    "project": "of_project",
    "issue_id": "of_issue",
    "event_id": "own_id",
    "received": "fromUnixTimestamp64Micro(micros + toInt64(if(late % 200 = 0, late % 21600000000, 300000)), 'UTC')",
    "timestamp": "fromUnixTimestamp64Micro(micros, 'UTC')",
    "title": "concat(title, ' in part ', toString(rank))",
    "message": "concat(message, ' in part ', toString(rank))",
    "user_key": "concat('id:', own_user)",
    "user_id": "own_user",
    "user_email": "concat('user', own_user, '@example.com')",
    "search_text": "concat(search_text, ' part', toString(rank), ' request ', own_id)",
    "event": "replaceOne(event, event_id, own_id)",
    "partition": "toUInt16(serial % 4)",
    "generation": "toUInt64(1)",
    "offset": "toUInt64(serial)",
    "origin_partition": "toUInt16(serial % 4)",
    "origin_generation": "toUInt64(1)",
    "origin_offset": "toUInt64(serial)",
}

#: ``{count}`` events of a project on a day; ``{first}`` is the number of the first candidate, and twice as many are looked at,
#: since issues that do not live on that day are passed over.
_EVENTS = """
INSERT INTO events ({columns})
SELECT {values}
FROM
(
    SELECT
        toUInt32({project}) AS of_project,
        number AS serial,
        least(toUInt32(pow({issues}, cityHash64(number, 1) / 18446744073709551616.)), {issues}) AS rank,
        lower(hex(MD5(concat('{project}:', toString(rank))))) AS of_issue,
        lower(hex(MD5(concat('event ', toString(number))))) AS own_id,
        toInt64({start}) * 1000000 + toInt64(cityHash64(number, 2) % (toUInt64({seconds}) * 1000000)) AS micros,
        cityHash64(number, 3) AS late,
        toString(cityHash64(number, 4) % {users}) AS own_user,
        toUInt64((rank % {kinds}) * {of_kind} + cityHash64(number, 5) % {of_kind}) AS chosen
    FROM numbers({first}, {candidates})
    WHERE rank % 3 = 0 OR ({day} + rank) % 30 < 1 + cityHash64(rank, 6) % 30
    LIMIT {count}
) AS own
JOIN templates ON templates.offset = own.chosen
SETTINGS max_block_size = {block}, min_insert_block_size_rows = {block}, max_insert_threads = 1
"""

#: One issue in eight was resolved and one in sixteen muted, a day after it was seen first.
_ISSUES = """
INSERT INTO issues (project, issue_id, id, change, at, event_id, title, culprit, level, platform, release, environment,
    status, triage_version, sequence, decided)
SELECT project, issue_id, concat(issue_id, step.1), step.1, seen + toIntervalDay(step.3) AS moment, first.1, first.2, first.3,
    first.4, first.5, first.6, first.7, step.2, step.3, 0, if(step.3 > 0, moment, toDateTime64(0, 6))
FROM
(
    SELECT project, issue_id, min(timestamp) AS seen,
        argMin((event_id, title, culprit, level, platform, release, environment), timestamp) AS first
    FROM events WHERE project = {project} GROUP BY project, issue_id
)
ARRAY JOIN arrayConcat(
    [('created', 'unresolved', 0)],
    multiIf(cityHash64(issue_id) % 16 < 2, [('resolved', 'resolved', 1)],
        cityHash64(issue_id) % 16 = 2, [('muted', 'muted', 1)], [])
) AS step
"""

#: The totals of a day of a project: ``{table}``'s own columns, buckets of ``{width}`` seconds, and users where it has them.
_TOTALS = """
INSERT INTO {table} (project, bucket, environment, release, level, partition, opened, total{more})
SELECT project, toDateTime(intDiv(toUnixTimestamp(timestamp), {width}) * {width}, 'UTC') AS bucket, environment, release,
    level, partition, concat(toString(partition), ':1:', toString(min(offset))), count(){values}
FROM events WHERE project = {project} AND timestamp >= toDateTime({start}, 'UTC') AND timestamp < toDateTime({end}, 'UTC')
GROUP BY project, bucket, environment, release, level, partition{by}
"""
_USERS_SEEN = "groupUniqArray(bitShiftRight(cityHash64(user_key), 11))"
_TABLES = (
    ("error_counts", 10, ", issue_id, width", ", issue_id, 10", ", issue_id"),
    ("issue_error_counts", 900, ", issue_id, seen_users", f", issue_id, {_USERS_SEEN}", ", issue_id"),
    ("project_error_counts", 900, ", seen_users", f", {_USERS_SEEN}", ""),
)


class Share(NamedTuple):
    """What one project has."""

    project: int
    events: int
    issues: int


def shares(projects: list[int], events: int, issues: int) -> list[Share]:
    """The first project has four fifths of the events and three quarters of the issues, the others the rest."""
    first, *others = projects
    large = Share(first, events * 4 // 5, issues * 3 // 4)
    events_left, issues_left = events - large.events, issues - large.issues
    return [
        large,
        *(Share(one, events_left // len(others), issues_left // len(others)) for one in others),
    ]


async def fill(store: ChdbStore, wanted: list[Share], until: int) -> None:
    """Store the events of the ``DAYS`` that end at ``until`` (Unix seconds), and what follows from them."""
    await store.command(
        "CREATE TABLE templates ENGINE = MergeTree ORDER BY offset AS SELECT * FROM events LIMIT 0"
    )
    await store.insert("templates", EVENT_COLUMNS, [_template(number) for number in range(_TEMPLATES)])
    first = 0
    for day in range(DAYS):
        start = until - (DAYS - day) * _DAY
        for share in wanted:
            count = share.events // DAYS
            for begin in range(0, count, _BLOCK):
                await _add_events(store, share, day, start, first, min(_BLOCK, count - begin))
                first += 4 * _BLOCK
            await _add_totals(store, share.project, start)
    for share in wanted:
        await store.command(_ISSUES.format(project=share.project))
    await store.command("DROP TABLE templates SYNC")
    for day in range(DAYS):
        partition = datetime.fromtimestamp(until - (DAYS - day) * _DAY, UTC).strftime("%Y%m%d")
        await store.command(f"OPTIMIZE TABLE events PARTITION ID '{partition}' FINAL")


async def _add_events(store: ChdbStore, share: Share, day: int, start: int, first: int, count: int) -> None:
    await store.command(
        _EVENTS.format(
            columns=", ".join(EVENT_COLUMNS),
            values=", ".join(f"{_OWN.get(name, name)} AS {name}_" for name in EVENT_COLUMNS),
            project=share.project,
            issues=share.issues,
            start=start,
            seconds=_DAY,
            users=_USERS,
            kinds=KINDS,
            of_kind=_TEMPLATES_OF_KIND,
            day=day,
            first=first,
            candidates=4 * _BLOCK,
            count=count,
            block=_BLOCK,
        )
    )


async def _add_totals(store: ChdbStore, project: int, start: int) -> None:
    for table, width, more, values, by in _TABLES:
        await store.command(
            _TOTALS.format(
                table=table,
                width=width,
                more=more,
                values=values,
                by=by,
                project=project,
                start=start,
                end=start + _DAY,
            )
        )


def _template(number: int) -> Row:
    """The row of an event as the agents make it, at the offset ``number``."""
    event = make_event(number // _TEMPLATES_OF_KIND, number % _TEMPLATES_OF_KIND * 1_000 + number, 2048)
    received = Received(1, 1, event["event_id"], time.time(), "", "127.0.0.1", "bench/1", "envelope")
    config = config_of(ProjectConfiguration(project=1), Settings(), None)
    made = fingerprint(received, msgspec.json.encode(event), config)
    assert not isinstance(made, Dropped)
    position = Position(0, 1, number)
    headers = [*received.encode(), (ORIGIN, position.encode())]
    return event_row_of(Incoming(position, b"", msgspec.json.encode(made), headers))


def make_folder(data: Path, wanted: list[Share], until: int) -> None:
    """Fill the analytical store of an installation that is not running.

    Raises:
        StoreError: the folder has been filled before, or is in use.
    """

    async def run() -> None:
        store = ChdbStore(data / "clickhouse")
        try:
            await store.migrate()
            await fill(store, wanted, until)
        finally:
            await store.close()

    asyncio.run(run())
