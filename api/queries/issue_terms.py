"""The terms of a search that are about issues rather than events: ``is:`` and ``issue:``."""

from collections.abc import Sequence

from api.errors import ApiError
from api.queries.issue_states import STATES, STATUSES
from stores.operational.merged import MergedIssues
from stores.search.syntax import Term


def state_terms(terms: Sequence[Term]) -> tuple[list[Term], tuple[str, ...] | None]:
    """The other terms, and the states that all ``is:`` terms together leave; None where there are none.

    Raises:
        ApiError: 400 for a state that there is not.
    """
    others: list[Term] = []
    wanted: tuple[str, ...] | None = None
    for term in terms:
        if term.field != "is" or term.is_tag:
            others.append(term)
            continue
        states = STATUSES.get("*".join(term.parts))
        if states is None:
            raise ApiError(
                400,
                "bad_search",
                f"Parameter 'query' cannot be read at position {term.position}: 'is:' takes one of {', '.join(STATUSES)}.",
                {"parameter": "query", "position": term.position},
            )
        wanted = tuple(
            state for state in (STATES if wanted is None else wanted) if (state in states) != term.negated
        )
    return others, wanted


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
