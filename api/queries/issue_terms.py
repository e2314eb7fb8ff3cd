"""The terms of a search that are about issues rather than events."""

from collections.abc import Sequence

from api.errors import ApiError
from api.queries.issue_places import Wanted
from api.queries.issue_states import STATUSES
from stores.operational.merged import MergedIssues
from stores.operational.triage import MAX_ASSIGNED, Triage
from stores.search.issue_syntax import ME, NOBODY, IssueSearch, Named
from stores.search.syntax import Term


def wanted_states(status: str | None, named: Sequence[Named]) -> tuple[str, ...]:
    """The states that a parameter ``status`` and all ``is:`` terms leave; unresolved ones where neither says anything."""
    terms = [term for term in named if term.field == "is" and term.value in STATUSES]
    states = STATUSES[status or ("all" if terms else "unresolved")]
    for term in terms:
        states = tuple(state for state in states if (state in STATUSES[term.value]) != term.negated)
    return states


async def wanted_issues(
    triage: Triage, project: int, search: IssueSearch, states: tuple[str, ...], me: str
) -> Wanted:
    """Which issues a search wants. ``me`` is the caller's name."""
    among: set[str] | None = None
    without: set[str] = set()
    for term in search.named:
        if term.field == "is" and term.value not in ("assigned", "unassigned"):
            continue
        to, negated = _assignee(term, me)
        issues = await triage.assigned(project, to)
        if len(issues) > MAX_ASSIGNED:
            raise ApiError(
                400,
                "bad_search",
                f"More than {MAX_ASSIGNED} issues are assigned so: that is too many to search among.",
                {"parameter": "query", "position": term.position},
            )
        if negated:
            without |= set(issues)
        else:
            among = set(issues) if among is None else among & set(issues)
    ids = None if among is None else sorted(among)
    return Wanted(states, search.between, ids, sorted(without))


def _assignee(term: Named, me: str) -> tuple[str | None, bool]:
    """To whom issues are assigned, None for anybody; and whether they are those that are not."""
    if term.field == "is":
        return None, term.negated != (term.value == "unassigned")
    if term.value == NOBODY:
        return None, not term.negated
    return (me if term.value == ME else term.value), term.negated


def issue_terms(terms: Sequence[Term], merged: MergedIssues) -> tuple[list[Term], list[str] | None]:
    """The terms without those that name an issue, and the ids that these leave; None where there are none.

    An issue stands for all that are merged with it. Terms with wildcards, and those of tags, stay as they are.
    """
    others: list[Term] = []
    ids: list[str] | None = None
    for term in terms:
        if term.field != "issue" or term.is_tag or len(term.parts) != 1:
            others.append(term)
            continue
        members = merged.members(term.parts[0])
        if term.negated:
            others += [term._replace(parts=(member,)) for member in members]
        else:
            ids = members if ids is None else [id for id in ids if id in members]
    return others, ids
