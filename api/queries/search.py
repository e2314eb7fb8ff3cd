"""From a parameter of the URL to a search."""

from collections.abc import Callable
from typing import TypeVar

from api.declarations import Parameter
from api.errors import ApiError
from api.parameters import Query
from stores.search.issue_syntax import IssueSearch, parse_issue_search
from stores.search.syntax import SearchSyntaxError, Term, parse_search

T = TypeVar("T")


def search_terms(query: Query, parameter: Parameter) -> list[Term]:
    """The terms of a search of events; none where the parameter is not given.

    Raises:
        ApiError: 400, with the position of the mistake.
    """
    return _read(parse_search, query.get(parameter.name, ""), parameter.name)


def issue_search(text: str, now: float, name: str = "query") -> IssueSearch:
    """A search of issues, given as the parameter ``name``.

    Raises:
        ApiError: 400, with the position of the mistake.
    """
    return _read(lambda text: parse_issue_search(text, now), text, name)


def _read(parse: Callable[[str], T], text: str, name: str) -> T:
    try:
        return parse(text)
    except SearchSyntaxError as error:
        raise ApiError(
            400,
            "bad_search",
            f"Parameter {name!r} cannot be read at position {error.position}: {error}",
            {"parameter": name, "position": error.position},
        ) from error
