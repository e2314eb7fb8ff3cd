import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.driver.topology_driver import TopologyDriver


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.servers)])
def topology(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., TopologyDriver]:
    """Makes a driver, on either log; the arguments are the driver's from ``stages`` on."""
    server = None if request.param == "embedded" else request.getfixturevalue("kafka_server")
    return partial(TopologyDriver, tmp_path, server=server)


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
