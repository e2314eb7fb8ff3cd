"""From what Sentry's own tool uploads to one issue for two builds."""

from symbolication_events import javascript_event
from symbolication_files import CALLS, DEBUG_ID, FOLDER, ORIGINAL, SCRIPT, SOURCE_MAP, debug_meta

from agents.fingerprint.grouping_v1 import group
from agents.fingerprint.symbolicate import MapLoader, needed_maps, read_images, symbolicate
from schemas.artifacts import Artifact
from stores.artifacts.bundle import read_bundle
from stores.artifacts.folder import FolderArtifacts

#: The id that sentry-cli made of the script's contents.
INJECTED_ID = "020e9670-ec59-55b0-8869-54ff98be527a"
INJECTED_URL = "https://cdn.example/static/app.4f2a9c1b.min.js"


def injected_event():
    """The same error in the script as sentry-cli changed it: two lines lower, at another URL."""
    calls = [
        {"abs_path": INJECTED_URL, "filename": INJECTED_URL, "function": name, "lineno": 3, "colno": column}
        for name, column in CALLS
    ]
    exception = {"type": "TypeError", "value": "no price for pear", "stacktrace": {"frames": calls}}
    return javascript_event(exception={"values": [exception]}, release="shop@1.4.0", dist="77")


async def test_a_bundle_of_sentry_cli(tmp_path):
    store = FolderArtifacts(tmp_path)
    uploaded = read_bundle((FOLDER / "sentry-cli-bundle.zip").read_bytes())
    own = [Artifact("minified_source", SCRIPT, DEBUG_ID), Artifact("source_map", SOURCE_MAP, DEBUG_ID)]
    for artifact in (*uploaded, *own):
        for name in artifact.names(1):
            await store.put(name, artifact.body)
    loader = MapLoader(store, 1_000_000)

    groupings = []
    image = {"type": "sourcemap", "code_file": INJECTED_URL, "debug_id": INJECTED_ID}
    for event, meta in (
        (injected_event(), {"images": [image]}),
        (javascript_event(), debug_meta("sourcemap")),
    ):
        images = read_images(meta)
        maps = await loader.load(needed_maps(event, images, 1))
        done = symbolicate(event, images, 1, maps).event
        frames = done.exceptions[0].stacktrace.frames
        assert [(frame.filename, frame.function, frame.lineno) for frame in frames] == ORIGINAL
        groupings.append(group(done))
        assert group(event).fingerprint != groupings[-1].fingerprint
    assert groupings[0].fingerprint == groupings[1].fingerprint
    assert groupings[0].culprit == groupings[1].culprit


async def test_the_same_bundle_by_release_and_url(tmp_path):
    """A client that knows nothing of debug ids."""
    store = FolderArtifacts(tmp_path)
    for artifact in read_bundle((FOLDER / "sentry-cli-bundle.zip").read_bytes()):
        for name in artifact.names(1):
            await store.put(name, artifact.body)
    frames = [
        {
            "abs_path": "https://other.example/static/app.min.js?v=2",
            "function": name,
            "lineno": 3,
            "colno": column,
        }
        for name, column in CALLS
    ]
    exception = {"type": "TypeError", "value": "no price for pear", "stacktrace": {"frames": frames}}
    event = javascript_event(exception={"values": [exception]}, release="shop@1.4.0", dist="77")
    images = read_images(None)
    maps = await MapLoader(store, 1_000_000).load(needed_maps(event, images, 1))
    found = symbolicate(event, images, 1, maps).event.exceptions[0].stacktrace.frames
    assert [(frame.filename, frame.function, frame.lineno) for frame in found] == ORIGINAL
