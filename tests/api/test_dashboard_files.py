"""The dashboard's files, as browsers get them."""

import gzip
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from runtime.dashboard import Dashboard
from runtime.fallback import add_fallback_routes

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SCRIPT = b"console.log('tide')"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Stacktide</title>")
    (tmp_path / "assets" / "index-abc.js").write_bytes(SCRIPT)
    (tmp_path / "assets" / "index-abc.js.gz").write_bytes(gzip.compress(SCRIPT))
    (tmp_path / ".sources").write_text("digest")
    return tmp_path


@pytest.fixture
async def client(built):
    app = web.Application()
    add_fallback_routes(app, Dashboard.load(built))
    async with TestClient(TestServer(app), auto_decompress=False) as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/", "/projects/default/issues", "/projects/default/issues/0f%2F..%2F..", "/stream"]
)
async def test_each_page_is_the_same_file(client, path):
    answer = await client.get(path, headers=BROWSER)
    assert answer.status == 200
    assert "<title>Stacktide" in await answer.text()
    assert answer.headers["Cache-Control"] == "no-cache"


async def test_nothing_runs_in_the_page_but_its_own_files(client):
    answer = await client.get("/", headers=BROWSER)
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("offered", "encoding"),
    [("gzip, br", "gzip"), ("br", None), ("", None), ("gzip;q=0, identity", None), ("gzip;q=what", None)],
)
async def test_an_asset_comes_compressed_to_those_who_take_it(client, offered, encoding):
    answer = await client.get("/assets/index-abc.js", headers={"Accept-Encoding": offered})
    body = await answer.read()
    assert answer.headers.get("Content-Encoding") == encoding
    assert (gzip.decompress(body) if encoding else body) == SCRIPT
    assert answer.content_type in ("text/javascript", "application/javascript")
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/api/v1/nothing", BROWSER),
        ("GET", "/projects/default/issues", {"Accept": "application/json"}),
        ("POST", "/projects/default/issues", BROWSER),
        ("GET", "/assets/other.js", {"Accept": "*/*"}),
        ("GET", "/.sources", {"Accept": "*/*"}),
        ("GET", "/assets/../../../etc/hosts", {"Accept": "*/*"}),
    ],
)
async def test_programs_are_told_what_is_not_there(client, method, path, headers):
    answer = await client.request(method, path, headers=headers)
    assert answer.status == 404
    assert (await answer.json())["error"]["code"] == "not_found"


async def test_without_a_build_there_is_a_small_page(tmp_path):
    assert Dashboard.load(tmp_path) is None
    app = web.Application()
    add_fallback_routes(app, None)
    async with TestClient(TestServer(app)) as client:
        assert "make dashboard" in await (await client.get("/")).text()
        assert (await client.get("/stream", headers=BROWSER)).status == 404
