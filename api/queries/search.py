"""From a parameter of the URL to the terms of a search."""

from api.declarations import Parameter
from api.errors import ApiError
from api.parameters import Query
from stores.search.syntax import SearchSyntaxError, Term, parse_search


def search_terms(query: Query, parameter: Parameter) -> list[Term]:
    """The terms of a search; none where the parameter is not given.

    Raises:
        ApiError: 400, with the position of the mistake.
    """
    try:
        return parse_search(query.get(parameter.name, ""))
    except SearchSyntaxError as error:
        raise ApiError(
            400,
            "bad_search",
            f"Parameter {parameter.name!r} cannot be read at position {error.position}: {error}",
            {"parameter": parameter.name, "position": error.position},
        ) from error
