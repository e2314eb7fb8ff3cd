"""Quarantined records about an end user: found, and marked so that nobody sees or redrives them any more."""

import asyncio
from contextlib import suppress

import msgspec

from runtime.context import Context
from runtime.privacy.subject import Person
from runtime.quarantine import EVENT_TOPICS, Quarantined, read_quarantined, waiting_offsets
from schemas.headers import CLIENT_ADDRESS
from topics import DLQ_SUFFIX, declared_topics

#: Seconds for which an erased event is remembered: a log may keep its record for longer than it has to.
_REMEMBERED = 2 * max(declared_topics()[name].dlq_retention for name in EVENT_TOPICS)


class _Fingerprinted(msgspec.Struct, frozen=True):
    """Of a record of events-fingerprinted: what the client sent."""

    payload: msgspec.Raw


_fingerprinted = msgspec.json.Decoder(_Fingerprinted).decode


async def erase_quarantined(context: Context, project: int, person: Person) -> int:
    """Mark the events about a person of which a DLQ keeps a record, redriven ones too; returns how many records wait."""
    erased = 0
    for source in EVENT_TOPICS:
        waiting = await waiting_offsets(context, source)
        for partition, (first, end) in (await context.log.offsets(source + DLQ_SUFFIX)).items():
            async for part in read_quarantined(context, source, partition, first, end):
                found = await asyncio.to_thread(_about, part, source, project, person)
                await context.operational.erased_origins.add({one.origin for one in found}, _REMEMBERED)
                erased += sum(one.record.offset >= waiting[partition][0] for one in found)
    return erased


def _about(part: list[Quarantined], source: str, project: int, person: Person) -> list[Quarantined]:
    return [
        one
        for one in part
        if one.origin and not one.erased and one.project == project and _is_about(one, source, person)
    ]


def _is_about(quarantined: Quarantined, source: str, person: Person) -> bool:
    payload = quarantined.record.value or b""
    if source == "events-fingerprinted":
        # Whatever else it may be is looked through as it is.
        with suppress(msgspec.MsgspecError):
            payload = bytes(_fingerprinted(payload).payload)
    return person.may_be_in(payload, quarantined.header(CLIENT_ADDRESS))
