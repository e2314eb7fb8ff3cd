"""Symbolication: frames of real maps, what is kept, what is missing, and what is hostile."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from symbolic.sourcemapcache import SourceMapCache
from symbolication_events import java_event, javascript_event
from symbolication_files import (
    CALLS,
    DEBUG_ID,
    MAPPING,
    ORIGINAL,
    PROGUARD_ID,
    RELEASE,
    SCRIPT,
    SOURCE_MAP,
    URL,
    debug_meta,
)

from agents.fingerprint import limits
from agents.fingerprint.symbolicate import needed_maps, read_images, symbolicate
from agents.fingerprint.symbolicate.images import NO_IMAGES
from agents.fingerprint.symbolicate.javascript import source_path
from agents.fingerprint.symbolicate.maps import SourceMap
from agents.fingerprint.symbolicate.reading import read_proguard, read_source_map
from schemas.artifacts import ArtifactName
from schemas.event import RawFrame

BY_DEBUG_ID = ArtifactName(1, "source_map", DEBUG_ID)
BY_URL = ArtifactName(1, "minified_source", "", RELEASE, "", "~/static/app.min.js")
BY_UUID = ArtifactName(1, "proguard", PROGUARD_ID)
SCRIPTS = read_images(debug_meta("sourcemap"))
#: For properties, which take no fixture of one test.
MAP = SourceMap(SourceMapCache.from_bytes(SCRIPT, SOURCE_MAP))
MAPPINGS = read_images(debug_meta("proguard"))


@pytest.fixture
async def source_map():
    return await read_source_map(SCRIPT, SOURCE_MAP)


@pytest.fixture
async def mapping():
    return await read_proguard(MAPPING)


def frames_of(event):
    return event.exceptions[0].stacktrace.frames


def test_a_script_known_by_its_debug_id(source_map):
    event = javascript_event()
    assert needed_maps(event, SCRIPTS, 1) == {BY_DEBUG_ID}
    done = symbolicate(event, SCRIPTS, 1, {BY_DEBUG_ID: source_map})
    frames = frames_of(done.event)
    assert [(frame.filename, frame.function, frame.lineno) for frame in frames] == ORIGINAL
    assert frames[-1].context_line == '    throw new TypeError("no price for " + line.article);'
    assert frames[-1].pre_context[-1] == "  if (line.cents === undefined) {"
    assert frames[-1].post_context[0] == "  }"
    assert all(frame.in_app for frame in frames)
    assert frames[-1].raw == RawFrame(URL, URL, "o", None, 1, 47)
    assert done.event.errors == event.errors


def test_a_script_known_by_release_and_url(source_map):
    event = javascript_event(release=RELEASE)
    assert needed_maps(event, NO_IMAGES, 1) == {BY_URL}
    done = symbolicate(event, NO_IMAGES, 1, {BY_URL: source_map})
    assert [(frame.filename, frame.function, frame.lineno) for frame in frames_of(done.event)] == ORIGINAL


def test_a_missing_map_is_noted():
    event = javascript_event()
    done = symbolicate(event, SCRIPTS, 1, {})
    assert done.event == replace(
        event, errors=(*event.errors, f"symbolication: no usable source map with debug id {DEBUG_ID}.")
    )
    assert symbolicate(done.event, SCRIPTS, 1, {}).event == done.event
    assert symbolicate(event, NO_IMAGES, 1, {}).event is event


def test_java_frames_with_what_was_inlined(mapping):
    event = java_event(("a.a.d", "a", 1), ("a.a.b", "a", 2))
    assert needed_maps(event, MAPPINGS, 1) == {BY_UUID}
    done = symbolicate(event, MAPPINGS, 1, {BY_UUID: mapping})
    assert [
        (frame.module, frame.function, frame.lineno, frame.filename) for frame in frames_of(done.event)
    ] == [
        ("com.example.shop.CheckOut", "onClick", 11, None),
        ("com.example.shop.Cart", "total", 27, "Cart.kt"),
        ("com.example.shop.Prices", "priceOfLine", 15, None),
    ]
    raw = RawFrame("SourceFile", None, "a", "a.a.b", 2, None)
    assert [frame.raw for frame in frames_of(done.event)[1:]] == [raw, raw]
    exception = done.event.exceptions[0]
    assert (exception.module, exception.type) == ("com.example.shop", "MissingPrice")


def test_java_frames_of_which_little_is_known(mapping):
    event = java_event(("a.a.e", "a", None), ("a.a.b", "zz", 7), ("java.lang.Thread", "run", 5), type="Other")
    done = symbolicate(event, MAPPINGS, 1, {BY_UUID: mapping})
    assert [(frame.module, frame.function, frame.lineno) for frame in frames_of(done.event)] == [
        ("com.example.shop.Unlined", "plain", None),
        ("com.example.shop.Cart", "zz", 7),
        ("java.lang.Thread", "run", 5),
    ]
    assert done.event.exceptions[0].type == "Other"
    assert [frame.raw is None for frame in frames_of(done.event)] == [False, False, True]


def test_many_inlined_frames_are_bounded(mapping):
    event = java_event(*[("a.a.b", "a", 2)] * limits.MAX_FRAMES)
    frames = frames_of(symbolicate(event, MAPPINGS, 1, {BY_UUID: mapping}).event)
    assert len(frames) == limits.MAX_FRAMES
    assert frames[-1].function == "priceOfLine"


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("webpack:///./src/cart/Cart.tsx?1f2e", "src/cart/Cart.tsx"),
        ("webpack://shop/./node_modules/react/index.js", "node_modules/react/index.js"),
        ("../../src/a.ts", "src/a.ts"),
        ("src/.hidden/a.ts", "src/.hidden/a.ts"),
        ("/srv/build/a.ts", "/srv/build/a.ts"),
        ("https://cdn.example/src/a.ts", "https://cdn.example/src/a.ts"),
        ("./", "./"),
    ],
)
def test_paths_of_sources(source, path):
    assert source_path(source) == path


async def test_sources_of_others_are_not_in_app():
    source_map = SOURCE_MAP.replace(b"../src/price.ts", b"webpack://shop/./node_modules/price/index.ts")
    maps = {BY_DEBUG_ID: await read_source_map(SCRIPT, source_map)}
    frames = frames_of(symbolicate(javascript_event(), SCRIPTS, 1, maps).event)
    assert [frame.in_app for frame in frames] == [True] * 6 + [False]
    assert frames[-1].filename == "node_modules/price/index.ts"


async def test_without_the_script_functions_keep_their_names():
    maps = {BY_DEBUG_ID: await read_source_map(b"", SOURCE_MAP)}
    frames = frames_of(symbolicate(javascript_event(), SCRIPTS, 1, maps).event)
    assert [frame.function for frame in frames] == [name for name, _ in CALLS]
    assert frames[-1].lineno == 4


@given(line=st.integers(0, 2**53), column=st.integers(0, 2**53), path=st.text(max_size=20))
def test_any_position(line, column, path):
    event = javascript_event(release=RELEASE)
    exception = event.exceptions[0]
    frames = tuple(
        replace(frame, lineno=line, colno=column, abs_path=choice)
        for frame, choice in zip(exception.stacktrace.frames, (URL, path, f"https://{path}"), strict=False)
    )
    event = replace(event, exceptions=(replace(exception, stacktrace=type(exception.stacktrace)(frames)),))
    symbolicate(event, SCRIPTS, 1, {BY_DEBUG_ID: MAP})


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=40),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["images", "type", "code_file", "debug_id", "uuid"]), inner, max_size=4
            )
        ),
        max_leaves=12,
    )
)
def test_any_debug_meta(value):
    read_images(value)
    read_images({"images": [value, {"type": "sourcemap", "code_file": value, "debug_id": value}]})


async def test_one_long_line_in_a_source_is_asked_once():
    """Each look-up in it would cost every event as much as the first."""
    huge = b"x" * 2_000_000
    source_map = SOURCE_MAP.replace(b"return line.cents * line.amount;", huge)
    found = await read_source_map(SCRIPT, source_map)
    assert found.lookup(1, 47, True) is not None
    assert found.lookup(1, 47, True) is None


async def test_hundreds_of_frames_stay_cheap(source_map):
    event = javascript_event(CALLS * 40)
    started = time.process_time()
    done = symbolicate(event, SCRIPTS, 1, {BY_DEBUG_ID: source_map})
    assert time.process_time() - started < 0.5
    frames = frames_of(done.event)
    assert len(frames) == limits.MAX_FRAMES
    assert frames[-1].pre_context and not frames[0].pre_context
