"""What a query may cost: bounded before it is run, in time linear in its length.

A field that asks the stores costs ``ASK``, and one more for each item that its page may have; what stands below a page costs
that for each item. Fragments are worked out once each, however often they are spread.
"""

from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
)

MAX_TOKENS = 2_000
MAX_DEPTH = 10
MAX_COST = 10_000
ASK = 10
#: Marks the fields that ask the stores, in their metadata.
ASKS = "asks"
#: Items of a list whose length is not asked for.
ITEMS = 50


class Measure(NamedTuple):
    """How deep a part of a query reaches, and what it costs for each object that it is about."""

    depth: int = 0
    cost: int = 0


def measure(schema: GraphQLSchema, document: DocumentNode, variables: dict[str, Any]) -> Measure:
    """The depth of a valid document, and its cost: the sums of all its operations."""
    return _Measuring(schema, document, variables).all()


def check(measured: Measure) -> None:
    """Refuse what is too deep or costs too much.

    Raises:
        GraphQLError: it is, or does.
    """
    if measured.depth > MAX_DEPTH:
        raise GraphQLError(f"The query is {measured.depth} levels deep; {MAX_DEPTH} are possible.")
    if measured.cost > MAX_COST:
        raise GraphQLError(
            f"The query may cost {measured.cost}; {MAX_COST} is possible. Ask for fewer items, or for less of each."
        )


class _Measuring:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: dict[str, Any]) -> None:
        self._schema = schema
        self._variables = variables
        self._operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
        self._fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        self._known: dict[str, Measure] = {}

    def all(self) -> Measure:
        return _together(
            self._selection(one.selection_set, self._schema.get_root_type(one.operation))
            for one in self._operations
        )

    def _selection(self, selection: SelectionSetNode | None, parent: Any) -> Measure:
        if selection is None or not isinstance(parent, GraphQLObjectType):
            return Measure()
        return _together(self._node(node, parent) for node in selection.selections)

    def _node(self, node: Any, parent: GraphQLObjectType) -> Measure:
        if isinstance(node, FieldNode):
            return self._field(node, parent)
        if isinstance(node, InlineFragmentNode):
            return self._selection(node.selection_set, parent)
        assert isinstance(node, FragmentSpreadNode)
        return self._fragment(node.name.value)

    def _fragment(self, name: str) -> Measure:
        if name not in self._known:
            fragment = self._fragments[name]
            parent = self._schema.get_type(fragment.type_condition.name.value)
            self._known[name] = self._selection(fragment.selection_set, parent)
        return self._known[name]

    def _field(self, node: FieldNode, parent: GraphQLObjectType) -> Measure:
        field = parent.fields.get(node.name.value)
        if field is None:
            return Measure(1)  # what a query of the schema itself asks for
        below = self._selection(node.selection_set, get_named_type(field.type))
        definition = field.extensions.get("strawberry-definition")
        if definition is None or not definition.metadata.get(ASKS):
            return Measure(below.depth + 1, below.cost)
        is_list = isinstance(get_nullable_type(field.type), GraphQLList)
        items = self._items(node) if "first" in field.args else ITEMS if is_list else 1
        return Measure(below.depth + 1, ASK + items + items * below.cost)

    def _items(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value == "first":
                value: Any = argument.value
                if isinstance(value, VariableNode):
                    given = self._variables.get(value.name.value, ITEMS)
                    return given if isinstance(given, int) and given > 0 else ITEMS
                return int(value.value) if isinstance(value, IntValueNode) else ITEMS
        return ITEMS


def _together(measures: Any) -> Measure:
    depth = cost = 0
    for one in measures:
        depth, cost = max(depth, one.depth), cost + one.cost
    return Measure(depth, cost)
