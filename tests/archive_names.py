"""Names of archive objects for tests."""

from typing import Any

from stores.ports import Archive, ArchiveName

NAMES = [
    ArchiveName(project, day, partition, 1_700_000_000_000, first, first + 9, 10)
    for project in (1, 12)
    for day in ("2026-01-31", "2026-02-01")
    for partition in (0, 1)
    for first in (0, 10)
]


async def listed(archive: Archive, **only: Any) -> list[ArchiveName]:
    """The names that an archive lists, sorted."""
    return sorted([name async for name in archive.list(**only)])
