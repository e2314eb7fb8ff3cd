"""Symbolication in the stream: late maps, maps that are missing, a store that is away, and secrets in lines of source."""

from dataclasses import replace

import pytest
from symbolication_files import (
    CALLS,
    DEBUG_ID,
    ORIGINAL,
    RELEASE,
    SCRIPT,
    SOURCE_MAP,
    URL,
    app_bundle,
    debug_meta,
)

from agents.fingerprint.symbolicate import loader
from agents.stage import Stores
from schemas.artifacts import ArtifactName
from stores.archive.folder import FolderArchive
from stores.artifacts.bundle import read_bundle
from stores.artifacts.folder import FolderArtifacts
from stores.errors import StoreUnavailable
from tests.driver.test_replay import context_of, issues, replay
from tests.driver.test_sinks import STAGES, stored

SETTINGS = {"archive_linger": 0.05, "events_retention": 1e10}


@pytest.fixture
def stores(analytical_store, tmp_path):
    artifacts = FolderArtifacts(tmp_path / "artifacts")
    return Stores(analytical_store, FolderArchive(tmp_path / "archive"), artifacts=artifacts)


@pytest.fixture(autouse=True)
def uploads_are_noticed_at_once(monkeypatch):
    monkeypatch.setattr(loader, "UPLOADS_SECONDS", 0.0)


def javascript_payload(number, **fields):
    frames = [
        {"abs_path": URL, "filename": URL, "function": name, "lineno": 1, "colno": column, "in_app": True}
        for name, column in CALLS
    ]
    error = {"type": "TypeError", "value": "no price", "stacktrace": {"frames": frames}}
    return {
        "event_id": f"{number:032x}",
        "platform": "javascript",
        "exception": {"values": [error]},
        "debug_meta": debug_meta("sourcemap"),
        **fields,
    }


async def upload(artifacts, bundle):
    for artifact in read_bundle(bundle):
        for name in artifact.names(1):
            await artifacts.put(name, artifact.body)
    await artifacts.announce(1)


def places(value):
    frames = value["event"]["exceptions"][-1]["stacktrace"]["frames"]
    return [(frame["filename"], frame["function"], frame["lineno"]) for frame in frames]


async def test_a_late_map_applies_to_what_comes_and_a_replay_mends_what_came(topology, stores):
    async with topology(STAGES, stores, **SETTINGS) as driver:
        for number in range(3):
            await driver.pipe_event(javascript_payload(number))
        await driver.settle()
        (before,) = await issues(stores.events)
        assert any("no usable source map" in note for note in (await events(driver))[0]["event"]["errors"])
        await upload(stores.artifacts, app_bundle())
        await driver.pipe_event(javascript_payload(7))
        await driver.settle()
        late = next(v for v in await events(driver) if v["event"]["event_id"] == f"{7:032x}")
        assert places(late) == ORIGINAL
        assert late["event"]["exceptions"][0]["stacktrace"]["frames"][-1]["raw"]["colno"] == 47
        assert await issues(stores.events) == {before: 3, late["issue_id"]: 1}

        assert await replay(driver, context_of(driver, stores)) == 4
        assert await issues(stores.events) == {late["issue_id"]: 4}
        assert await stored(stores.events) == (4, 4)


async def events(driver):
    return await driver.read_json("events-fingerprinted")


async def test_a_store_that_is_away_is_waited_for(topology, stores):
    failures = 2

    class Away(FolderArtifacts):
        async def get(self, name):
            nonlocal failures
            if failures:
                failures -= 1
                raise StoreUnavailable("away, says the test")
            return await super().get(name)

    await upload(stores.artifacts, app_bundle())
    away = replace(stores, artifacts=Away(stores.artifacts._path))
    async with topology(["process"], away) as driver:
        await driver.pipe_event(javascript_payload(1))
        await driver.settle()
        (value,) = await events(driver)
        assert places(value) == ORIGINAL
        assert failures == 0


async def test_a_broken_map_keeps_no_event_back(topology, stores, make_error):
    await stores.artifacts.put(ArtifactName(1, "source_map", DEBUG_ID), b"no map")
    async with topology(["process"], stores) as driver:
        await driver.pipe_event(javascript_payload(1))
        await driver.pipe_event(make_error())
        await driver.settle()
        values = {value["event"]["platform"]: value for value in await events(driver)}
        assert set(values) == {"javascript", "python"}
        assert any("no usable source map" in note for note in values["javascript"]["event"]["errors"])


async def test_secrets_in_lines_of_source_are_scrubbed(topology, stores):
    secret = "ghp_" + "a1B2" * 9
    source_map = SOURCE_MAP.replace(b"return line.cents * line.amount;", f"x('{secret}');".encode())
    assert source_map != SOURCE_MAP
    url = ArtifactName(1, "minified_source", "", RELEASE, "", "~/static/app.min.js")
    await stores.artifacts.put(url, SCRIPT)
    await stores.artifacts.put(url._replace(kind="source_map", url="~/static/app.min.js.map"), source_map)
    async with topology(["process"], stores) as driver:
        await driver.pipe_event(javascript_payload(1, release=RELEASE, debug_meta={}))
        await driver.settle()
        (record,) = await driver.read("events-fingerprinted")
        assert secret.encode() not in record.value
        (value,) = await events(driver)
        paths = [note["path"] for note in value["event"]["scrubbed"]]
        assert paths == ["exception.values.0.stacktrace.frames.6.post_context.1"]
