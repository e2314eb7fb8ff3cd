"""The fixture ``edge``; a test module may override ``settings``."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from edge_server import RunningEdge, run_edge

from settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of the edge."""
    return Settings(data=tmp_path)


@pytest.fixture
async def edge(settings: Settings) -> AsyncIterator[RunningEdge]:
    """A running edge."""
    async with run_edge(settings) as running:
        yield running
