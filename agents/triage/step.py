"""The pure step of triage: the later of two decisions, and the change that it is."""

from schemas.records import IssueChange
from schemas.triage import Decision


def triage(decision: Decision, known: Decision | None) -> IssueChange | None:
    """The change that a decision makes; None where it, or a later one, is known already."""
    if known is not None and decision.version <= known.version:
        return None
    return IssueChange(
        id=f"{decision.issue_id}:{decision.status}:{decision.version}",
        project=decision.project,
        issue_id=decision.issue_id,
        change=decision.status,
        at=decision.decided,
        event_id="",
        title=decision.title,
        culprit=decision.culprit,
        level=decision.level,
        platform=decision.platform,
        status=decision.status,
        triage_version=decision.version,
        decided=decision.decided,
        muted_until=decision.mute.until if decision.mute else None,
    )
