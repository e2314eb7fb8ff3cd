"""The data sets behind enrichment, opened once a process: countries of addresses and patterns of user agents."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from agents.fingerprint.enrich.places import Place, country_place, database_lookup
from agents.fingerprint.enrich.user_agents import Client, client_lookup

#: Entries of each cache: some megabytes at most.
CACHED = 8_192


class Enricher:
    """Looks up addresses and user agents, the latest ``CACHED`` of each from memory. It never changes its answers."""

    def __init__(self, place: Callable[[str], Place | None], client: Callable[[str], Client | None]) -> None:
        self.place = lru_cache(CACHED)(place)
        self.client = lru_cache(CACHED)(client)

    @classmethod
    def open(cls, geo_database: Path | None = None) -> "Enricher":
        """With countries from the registries, or places from ``geo_database``, an mmdb file. It takes about 0.1 s of CPU.

        Raises:
            ValueError: the file cannot be read, or is no mmdb file.
        """
        place = country_place if geo_database is None else database_lookup(geo_database)
        return cls(place, client_lookup())
