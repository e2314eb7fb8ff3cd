"""The loader: what it asks of the store, what it keeps, and what hostile files do to it."""

import json
import os

import pytest
from symbolication_files import DEBUG_ID, MAPPING, PROGUARD_ID, RELEASE, SCRIPT, SOURCE_MAP, StoredInMemory

from agents.fingerprint.symbolicate import MapLoader
from agents.fingerprint.symbolicate.loader import MISSING_SECONDS, UPLOADS_SECONDS
from agents.fingerprint.symbolicate.reading import UnusableMap, read_proguard, read_source_map
from schemas.artifacts import ArtifactName
from stores.errors import StoreUnavailable

BY_DEBUG_ID = ArtifactName(1, "source_map", DEBUG_ID)
SCRIPT_BY_ID = BY_DEBUG_ID._replace(kind="minified_source")
BY_URL = ArtifactName(1, "minified_source", "", RELEASE, "", "~/static/app.min.js")
MAP_BY_URL = BY_URL._replace(kind="source_map", url="~/static/app.min.js.map")
BY_UUID = ArtifactName(1, "proguard", PROGUARD_ID)
BOTH = {BY_DEBUG_ID: SOURCE_MAP, SCRIPT_BY_ID: SCRIPT}


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


async def test_maps_are_read_once():
    store = StoredInMemory({**BOTH, BY_UUID: MAPPING})
    loader = MapLoader(store, 1_000_000)
    first = await loader.load([BY_DEBUG_ID, BY_UUID])
    assert set(first) == {BY_DEBUG_ID, BY_UUID}
    asked = len(store.asked)
    assert await loader.load([BY_UUID, BY_DEBUG_ID]) == first
    assert len(store.asked) == asked
    assert first[BY_DEBUG_ID].lookup(1, 47, False).function == "priceOfLine"


@pytest.mark.parametrize("dist", ["", "77"])
async def test_by_release_and_url(dist):
    """A map uploaded without a dist serves all of them."""
    loader = MapLoader(StoredInMemory({BY_URL: SCRIPT, MAP_BY_URL: SOURCE_MAP}), 1_000_000)
    name = BY_URL._replace(dist=dist)
    assert (await loader.load([name]))[name].lookup(1, 47, False).function == "priceOfLine"


async def test_the_map_beside_a_script_that_was_not_uploaded():
    loader = MapLoader(StoredInMemory({MAP_BY_URL: SOURCE_MAP}), 1_000_000)
    assert (await loader.load([BY_URL]))[BY_URL].lookup(1, 47, False).line == 4


async def test_a_map_that_arrives_late():
    store, clock = StoredInMemory(), Clock()
    loader = MapLoader(store, 1_000_000, clock)
    assert await loader.load([BY_DEBUG_ID]) == {}
    store.artifacts.update(BOTH)
    clock.now += UPLOADS_SECONDS
    assert await loader.load([BY_DEBUG_ID]) == {}
    assert len(store.asked) == 1
    store.uploads += 1
    clock.now += UPLOADS_SECONDS
    assert BY_DEBUG_ID in await loader.load([BY_DEBUG_ID])


async def test_a_map_that_was_not_announced():
    store, clock = StoredInMemory(), Clock()
    loader = MapLoader(store, 1_000_000, clock)
    assert await loader.load([BY_DEBUG_ID]) == {}
    store.artifacts.update(BOTH)
    clock.now += MISSING_SECONDS + 1
    assert BY_DEBUG_ID in await loader.load([BY_DEBUG_ID])


async def test_an_upload_replaces_what_another_build_may_have_changed():
    store, clock = StoredInMemory({**BOTH, BY_URL: SCRIPT, MAP_BY_URL: SOURCE_MAP}), Clock()
    other = BY_DEBUG_ID._replace(project=2)
    store.artifacts |= {other: SOURCE_MAP}
    loader = MapLoader(store, 1_000_000, clock)
    before = await loader.load([BY_DEBUG_ID, BY_URL, other])
    store.asked.clear()
    store.uploads += 1
    store.artifacts[other._replace(kind="minified_source")] = SCRIPT
    clock.now += UPLOADS_SECONDS
    after = await loader.load([BY_DEBUG_ID, BY_URL, other])
    assert after[BY_DEBUG_ID] is before[BY_DEBUG_ID]
    assert store.asked == [BY_URL, MAP_BY_URL, other, other._replace(kind="minified_source")]
    assert before[other].lookup(1, 47, False).function is None
    assert after[other].lookup(1, 47, False).function == "priceOfLine"


async def test_the_oldest_maps_make_room():
    store = StoredInMemory({**BOTH, BY_UUID: MAPPING})
    loader = MapLoader(store, 15 * len(MAPPING))
    held = await loader.load([BY_DEBUG_ID])
    await loader.load([BY_UUID])
    store.asked.clear()
    await loader.load([BY_UUID])
    assert store.asked == []
    await loader.load([BY_DEBUG_ID])
    assert store.asked == [BY_DEBUG_ID, SCRIPT_BY_ID]
    assert held[BY_DEBUG_ID].lookup(1, 47, False).function == "priceOfLine"


async def test_a_map_larger_than_the_memory_for_all_is_not_read():
    loader = MapLoader(StoredInMemory({**BOTH, BY_UUID: MAPPING}), 5_000)
    assert set(await loader.load([BY_UUID, BY_DEBUG_ID])) == {BY_DEBUG_ID}


async def test_made_up_ids_ask_the_store_a_bounded_number_of_times():
    store = StoredInMemory({**BOTH, BY_DEBUG_ID._replace(project=2): SOURCE_MAP})
    loader = MapLoader(store, 1_000_000)
    for number in range(2_000):
        await loader.load([BY_DEBUG_ID._replace(debug_id=f"{number:032x}")])
    assert len(store.asked) == 500
    assert await loader.load([BY_DEBUG_ID]) == {}
    assert await loader.load([BY_DEBUG_ID._replace(project=2)]) != {}


async def test_a_store_that_is_away_is_no_missing_map():
    class Away(StoredInMemory):
        async def get(self, name):
            raise StoreUnavailable("away")

    with pytest.raises(StoreUnavailable):
        await MapLoader(Away(), 1).load([BY_DEBUG_ID])


HOSTILE_SCRIPTS = {
    "brackets": b"(" * 300_000,
    "functions": b"function a(){" * 100_000 + b"}" * 100_000,
    "chain": b"a" + b".b" * 300_000,
    "conditions": b"if(a){}else " * 100_000 + b"{}",
}


@pytest.mark.parametrize("script", HOSTILE_SCRIPTS.values(), ids=HOSTILE_SCRIPTS.keys())
async def test_a_script_that_overflows_the_parser_ends_another_process(script, monkeypatch):
    """Read here, the first three would end this one; the last would take more than 20 s."""
    monkeypatch.setattr("agents.fingerprint.symbolicate.reading._TRIAL_SECONDS", 2.0)
    with pytest.raises(UnusableMap):
        await read_source_map(script, SOURCE_MAP)


HOSTILE_MAPS = {
    "empty": b"",
    "no JSON": b"\0\xff" * 1000,
    "a list": b"[]",
    "nested": b"[" * 1_000_000,
    "sections in sections": b'{"version":3,"sections":[' * 100_000,
    "bad mappings": json.dumps({"version": 3, "sources": [], "names": [], "mappings": "!!!!"}).encode(),
}


@pytest.mark.parametrize("source_map", HOSTILE_MAPS.values(), ids=HOSTILE_MAPS.keys())
async def test_a_map_that_is_none(source_map):
    loader = MapLoader(StoredInMemory({**BOTH, BY_DEBUG_ID: source_map}), 1_000_000)
    assert await loader.load([BY_DEBUG_ID]) == {}


@pytest.mark.parametrize(
    "mappings",
    ["gggggggggB", "AAAA" + ";" * 100_000, "A" * 100_000, "AAAA," * 100_000, "AggggggEA,AAAAggggggE"],
    ids=["far", "lines", "runs", "repeats", "indices out of range"],
)
async def test_odd_mappings_are_bounded(mappings):
    source_map = {
        "version": 3,
        "sources": ["a"],
        "names": ["b"],
        "mappings": mappings,
        "sourcesContent": [None],
    }
    try:
        found = await read_source_map(b"a()", json.dumps(source_map).encode())
    except UnusableMap:
        return
    for line, column in ((1, 1), (1, 2**32 - 1), (2**32 - 1, 1), (99_999, 1)):
        found.lookup(line, column, True)


async def test_a_mapping_of_very_many_candidates_is_asked_once():
    body = b"a.A -> a:\n" + b"".join(b"    1:1:void m%d():1:1 -> a\n" % number for number in range(20_000))
    mapping = await read_proguard(body)
    assert len(mapping.calls("a", "a", 1)) == 64
    assert mapping.calls("a", "a", 1) == ()


async def test_nothing_is_left_on_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    await read_proguard(MAPPING)
    await read_source_map(SCRIPT, SOURCE_MAP)
    assert os.listdir(tmp_path) == []  # noqa: PTH208
