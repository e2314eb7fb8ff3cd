"""``stacktide topology``: the graph of topics, agents, tables and stores."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from commands.options import Data
from commands.output import console, print_json, print_table
from commands.perform import perform


class Format(StrEnum):
    """How the graph is printed."""

    text = "text"
    mermaid = "mermaid"
    dot = "dot"
    json = "json"


def topology(
    format: Annotated[Format, typer.Option(help="text, mermaid, dot or json.")] = Format.text,
    live: Annotated[
        bool, typer.Option("--live", help="With rates, lag, batch size and CPU time of each agent.")
    ] = False,
    data: Data = None,
) -> None:
    """The graph of topics, agents, tables and stores, in flow order.

    Example: stacktide topology --live
    """
    from commands import graph
    from faust_app import TOPOLOGY
    from runtime.operations.topology import node_as_json

    figures = perform(data, "topology_live") if live else {}
    if format is Format.json:
        print_json({"nodes": [node_as_json(node, figures.get(node.agent)) for node in TOPOLOGY]})
    elif format is Format.text:
        _print_text(TOPOLOGY, figures, graph.store_name)
    else:
        source = graph.mermaid() if format is Format.mermaid else graph.dot()
        console.print(source, markup=False, highlight=False, soft_wrap=True)


def _cell(figures: dict[str, Any], name: str) -> Any:
    """A figure, or a dash where this process cannot know it."""
    value = figures.get(name)
    return "-" if value is None else int(value) if name == "lag" else float(value)


def _print_text(nodes: Any, figures: dict[str, Any], store_name: Any) -> None:
    """One line an agent, in flow order; live, with its figures."""
    columns = ["stage", "agent", "consumes", "produces", "table or store"]
    if figures:
        columns += ["events/s", "lag", "batch", "CPU µs"]
    rows = []
    for node in nodes:
        kept = store_name(node) if node.store else node.table
        row: list[Any] = [node.stage, node.agent, node.consumes, "\n".join(node.produces), kept]
        if figures:
            row += [_cell(figures.get(node.agent, {}), name) for name in ("rate", "lag", "batch", "cpu_us")]
        rows.append(row)
    print_table(columns, rows, "")
