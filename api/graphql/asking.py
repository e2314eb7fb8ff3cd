"""From a field of the graph to the route of the API that answers it."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec
import strawberry
from multidict import MultiDict
from strawberry.dataloader import DataLoader

from api.call import Call, ask
from api.graphql.limits import ASKS
from api.issue_list import issues_by_id
from api.models import Issue
from api.route import Handler, Route
from api.routes.rates import rates_of, show_error_rates

#: Declares a field that asks the stores.
asking = partial(strawberry.field, metadata={ASKS: True})
changing = partial(strawberry.mutation, metadata={ASKS: True})


class Asking:
    """What the fields of one query share: who asks, and what is looked up for all of them at once."""

    def __init__(self, call: Call, routes: Sequence[Route]) -> None:
        self._call = call
        self._routes = {route.handler: route for route in routes}
        self.issues: DataLoader[str, Issue | None] = DataLoader(load_fn=self._issues)

    async def route(self, handler: Handler, parts: dict[str, str], body: Any = None, **query: Any) -> Any:
        """What the route of a handler answers. Of its parameters, those that are None are not given."""
        return await self._ask(self._routes[handler], parts, body, query)

    async def rates(self, parts: dict[str, str], **query: Any) -> Any:
        """Error rates, of which the route answers in several formats."""
        return await self._ask(self._routes[show_error_rates]._replace(handler=rates_of), parts, None, query)

    async def _ask(self, route: Route, parts: dict[str, str], body: Any, query: dict[str, Any]) -> Any:
        given: MultiDict[str] = MultiDict()
        for name, value in query.items():
            for one in value if isinstance(value, list) else [] if value is None else [value]:
                given.add(name.rstrip("_"), str(one))
        return await ask(self._call, route, parts, given, body)

    async def _issues(self, ids: list[str]) -> list[Issue | None]:
        found = await issues_by_id(self._call, ids)
        return [found.get(id) for id in ids]


class PageInfo(msgspec.Struct, frozen=True):
    """Whether there is more, and what to give as ``after`` to get it."""

    has_next_page: bool
    end_cursor: str | None


class Connection(msgspec.Struct, frozen=True):
    """A page of a list."""

    nodes: list[Any]
    page_info: PageInfo
