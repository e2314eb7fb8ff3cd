"""Enrichment: what an event implies but does not say. The country of its user, their browser, the order of releases."""

from agents.fingerprint.enrich.enricher import Enricher
from agents.fingerprint.enrich.releases import Release, parse_release, release_key, release_order
from agents.fingerprint.enrich.step import enrich

__all__ = ["Enricher", "Release", "enrich", "parse_release", "release_key", "release_order"]
