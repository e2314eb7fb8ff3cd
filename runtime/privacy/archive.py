"""Archived events: found, and taken out of their objects."""

import asyncio
from collections.abc import Collection

from agents.sinks.archive.encode import Entry, decode_object, encode_object
from runtime.privacy.subject import Person
from stores.errors import StoreRejected
from stores.ports import Archive, ArchiveName


async def entries_about(archive: Archive, name: ArchiveName, person: Person) -> list[Entry]:
    """What an object holds about a person; nothing where the object has gone meanwhile."""
    try:
        body = await archive.get(name)
    except StoreRejected:
        return []
    return await asyncio.to_thread(lambda: [entry for entry in decode_object(body) if _is_in(entry, person)])


async def erase_entries(
    archive: Archive, name: ArchiveName, person: Person, known: Collection[str]
) -> list[str]:
    """Take what is about a person, and the events whose ids are ``known``, out of an object; returns their ids.

    The object is written anew under a name with the new count, and then removed under its old one: after a crash in between
    both are there, and doing it again removes the old one. An object that has nothing left is removed.
    """
    try:
        body = await archive.get(name)
    except StoreRejected:
        return []
    erased, left, changed = await asyncio.to_thread(_without, body, person, frozenset(known))
    if not erased:
        return []
    if left:
        await archive.put(name._replace(count=left), changed)
    await archive.drop(name)
    return erased


def _without(body: bytes, person: Person, known: frozenset[str]) -> tuple[list[str], int, bytes]:
    """The ids of what is to go, and how much is left in which bytes."""
    entries = decode_object(body)
    left = [entry for entry in entries if entry.event_id not in known and not _is_in(entry, person)]
    kept = {entry.offset for entry in left}
    erased = [entry.event_id for entry in entries if entry.offset not in kept]
    return erased, len(left), encode_object(left) if erased else b""


def _is_in(entry: Entry, person: Person) -> bool:
    return person.is_in(entry.payload, entry.client_address)
