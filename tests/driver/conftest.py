import uuid
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def make_error() -> Callable[..., dict[str, Any]]:
    """An event of a small Python program; events of one ``where`` belong to one issue."""

    def make(where: str = "add", **fields: Any) -> dict[str, Any]:
        frame = {
            "module": "shop.cart",
            "function": where,
            "filename": "shop/cart.py",
            "lineno": 3,
            "in_app": True,
        }
        error = {"type": "ValueError", "value": f"no {where}", "stacktrace": {"frames": [frame]}}
        return {
            "event_id": uuid.uuid4().hex,
            "platform": "python",
            "exception": {"values": [error]},
            **fields,
        }

    return make
