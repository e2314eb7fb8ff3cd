"""GraphQL types with the fields of the API's Structs."""

import types
from collections.abc import Callable
from datetime import datetime
from inspect import cleandoc
from typing import Annotated, Any, Literal, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
import strawberry

C = TypeVar("C")

#: A count: GraphQL's own Int has 32 bits.
Long = NewType("Long", int)
LONG = strawberry.scalar(name="Long", description="A whole number.", serialize=int, parse_value=int)

_PLAIN = {str: "str", bool: "bool", float: "float", int: "Long", datetime: "datetime"}


def of(struct: type[msgspec.Struct], *without: str) -> Callable[[type[C]], type[C]]:
    """A class decorator: the GraphQL type of a Struct, with its fields but those ``without``, and those of the class.

    Its objects are the Structs themselves. What GraphQL has no types for is JSON. A type that the Struct refers to must be
    in the class's module, under the same name.
    """

    def decorate(cls: type[C]) -> type[C]:
        hints = get_type_hints(struct, include_extras=True)
        fields = {name: _annotation(hint) for name, hint in hints.items() if name not in without}
        # As text, which Strawberry reads once all types are there: they refer to one another.
        cls.__annotations__ = fields | cls.__annotations__
        return strawberry.type(cls, description=cleandoc(struct.__doc__ or ""))

    return decorate


def _annotation(hint: Any) -> str:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _annotation(arguments[0])
    if origin is Literal:
        return "str"
    if origin in (Union, types.UnionType):
        others = [_annotation(one) for one in arguments if one not in (types.NoneType, msgspec.UnsetType)]
        return f"{others[0] if len(others) == 1 else 'JSON'} | None"
    if origin is list or (origin is tuple and arguments[1:] == (...,)):
        return f"list[{_annotation(arguments[0])}]"
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return hint.__name__
    return _PLAIN.get(hint, "JSON")
