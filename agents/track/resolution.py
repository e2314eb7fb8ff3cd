"""Whether an event contradicts that its issue is resolved."""

from agents.event_view import EventView
from agents.fingerprint.enrich.releases import parse_release, release_order
from schemas.triage import Resolution


def contradicts(resolution: Resolution | None, decided: float, event: EventView) -> bool:
    """Whether an event shows that a resolved issue is not. ``decided`` is when it was resolved, in Unix seconds.

    Resolved now: any event whose own time is after that. In a release: one of that release or a later one. In the next
    release: one of a release after the latest one of then. An event without a release, or of another package, says nothing
    about releases. Where names hold no order (hashes), only the named release itself speaks against ``in_release``; against
    ``in_next_release`` any other one that comes after the decision.
    """
    if resolution is None or resolution.kind == "now" or resolution.release is None:
        return event.timestamp > decided
    if event.release is None or _package(event.release) != _package(resolution.release):
        return False
    order = release_order(event.release, resolution.release)
    if resolution.kind == "in_release":
        return order is not None and order >= 0
    return event.timestamp > decided if order is None else order > 0


def _package(release: str) -> str:
    return parse_release(release).package
