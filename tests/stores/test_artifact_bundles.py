"""Reading uploads: Sentry's artifact bundles, ProGuard mappings, single files; and what is too large or damaged."""

import base64
import contextlib
import json
import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from symbolication_files import DEBUG_ID, MAPPING, PROGUARD_ID, SCRIPT, SOURCE_MAP, app_bundle, bundle

from schemas.artifacts import Artifact, ArtifactName, artifact_url, debug_id
from stores.artifacts import bundle as bundles
from stores.artifacts.bundle import InvalidUpload, read_bundle, read_file
from stores.artifacts.references import inline_map, map_url, reference, script_debug_id


def zipped(files, compression=zipfile.ZIP_DEFLATED):
    made = BytesIO()
    with zipfile.ZipFile(made, "w", compression) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return made.getvalue()


def test_a_bundle_with_debug_ids():
    artifacts = read_bundle(app_bundle())
    assert artifacts == [
        Artifact("minified_source", SCRIPT, DEBUG_ID, "", "", "~/static/app.min.js"),
        Artifact("source_map", SOURCE_MAP, DEBUG_ID, "", "", "~/static/app.min.js.map"),
    ]
    assert list(artifacts[1].names(7)) == [ArtifactName(7, "source_map", DEBUG_ID)]


def test_a_bundle_of_a_release():
    artifacts = read_bundle(b"SYSB\x02\0\0\0" + app_bundle(debug_id=None, release="shop@1.4.0", dist="77"))
    assert [list(artifact.names(1)) for artifact in artifacts] == [
        [ArtifactName(1, "minified_source", "", "shop@1.4.0", "77", "~/static/app.min.js")],
        [ArtifactName(1, "source_map", "", "shop@1.4.0", "77", "~/static/app.min.js.map")],
    ]


def test_a_bundle_with_both_has_both_names():
    (script, _) = read_bundle(app_bundle(release="shop@1.4.0"))
    assert len(list(script.names(1))) == 2


def test_the_header_stands_for_the_comment():
    files = {
        "a.js": (b"a()", {"type": "minified_source", "url": "~/a.js", "headers": {"SourceMap": "maps/a.map"}})
    }
    (script,) = read_bundle(bundle(files, release="1"))
    assert reference(script.body) == "maps/a.map"
    assert script.body.startswith(b"a()\n")


def test_mappings_of_proguard():
    assert read_bundle(zipped({f"proguard/{PROGUARD_ID}.txt": MAPPING, "other.txt": b""})) == [
        Artifact("proguard", MAPPING, PROGUARD_ID)
    ]
    assert read_file(MAPPING) == [Artifact("proguard", MAPPING, PROGUARD_ID)]


def test_single_files():
    place = {"url": "https://cdn.example/static/app.min.js?v=1", "release": "1"}
    assert read_file(SCRIPT, **place) == [
        Artifact("minified_source", SCRIPT, "", "1", "", "~/static/app.min.js")
    ]
    named = b'{"version": 3, "debug_id": "' + DEBUG_ID.upper().encode() + b'"}'
    assert read_file(named) == [Artifact("source_map", named, DEBUG_ID)]
    script = b"a()\n//# debugId=" + DEBUG_ID.encode() + b"\n"
    assert read_file(script) == [Artifact("minified_source", script, DEBUG_ID)]
    with pytest.raises(InvalidUpload, match="no debug id"):
        read_file(SCRIPT, url="~/app.js")


def test_a_map_inside_its_script():
    data = b"data:application/json;base64," + base64.b64encode(SOURCE_MAP)
    script = SCRIPT.replace(b"app.min.js.map", data)
    first, second = read_file(script, url="~/static/app.js", release="1")
    assert second == Artifact("source_map", SOURCE_MAP, "", "1", "", "~/static/app.js.inline.map")
    assert map_url(first.url, reference(first.body)) == second.url
    assert SCRIPT.partition(b"//#")[0] in first.body


def test_a_zip_bomb():
    bomb = zipped({"proguard/" + PROGUARD_ID + ".txt": b"\0" * (bundles.MAX_ARTIFACT_BYTES + 1)})
    assert len(bomb) < 200_000
    with pytest.raises(InvalidUpload, match="too large"):
        read_bundle(bomb)


def test_a_bundle_whose_files_are_too_large_together(monkeypatch):
    monkeypatch.setattr(bundles, "MAX_BUNDLE_BYTES", 1_500)
    with pytest.raises(InvalidUpload, match="too large"):
        read_bundle(app_bundle())


def test_a_zip_that_lies_about_its_sizes():
    data = bytearray(zipped({"proguard/" + PROGUARD_ID + ".txt": b"a" * 100_000}))
    place = data.rfind(b"PK\x01\x02") + 24
    data[place : place + 4] = (10).to_bytes(4, "little")
    with pytest.raises(InvalidUpload):
        read_bundle(bytes(data))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no zip",
        app_bundle()[:-30],
        zipped({"other.txt": b"x"}),
        zipped({"manifest.json": b"[1]"}),
        zipped({"manifest.json": b"{" * 100_000}),
        zipped({"manifest.json": json.dumps({"files": {"a": {"type": "source_map"}}}).encode()}),
        bundle({"a.js": (b"", {"type": "minified_source", "url": "~/" + "a" * 1000})}, release="1"),
        bundle({"a.js": (b"", {"type": "minified_source", "url": "~/a.js"})}, release="r" * 1000),
    ],
)
def test_what_is_no_bundle(data):
    with pytest.raises(InvalidUpload):
        read_bundle(data)


def test_too_many_files(monkeypatch):
    monkeypatch.setattr(bundles, "MAX_FILES", 2)
    with pytest.raises(InvalidUpload, match="2 files"):
        read_bundle(app_bundle())


@given(st.binary(max_size=200), st.integers(0, 2_000), st.binary(min_size=1, max_size=4))
def test_damaged_bundles(tail, place, patch):
    data = app_bundle()
    place = min(place, len(data) - len(patch))
    for damaged in (data[:place] + patch + data[place + len(patch) :], data + tail, tail):
        with contextlib.suppress(InvalidUpload):
            read_bundle(damaged)


@given(
    st.binary(max_size=300)
    | st.text(alphabet="/#@ sourceMappingURL=debugId\nabc-", max_size=300).map(str.encode)
)
def test_any_script(data):
    reference(data)
    inline_map(data)
    script_debug_id(data)
    with contextlib.suppress(InvalidUpload):
        read_file(data, url="~/a.js", release="1")


def test_the_last_reference_counts():
    assert reference(b"//# sourceMappingURL=a.map\nx()\n//@ sourceMappingURL=b.map") == "b.map"
    assert reference(b'x("sourceMappingURL=a.map")') is None
    assert reference(b"//# sourceMappingURL=") is None
    assert map_url("~/js/a.js", "../maps/a.map?x") == "~/maps/a.map"
    assert map_url("~/js/a.js", "https://other.example/a.map") == "~/a.map"
    assert map_url("~/js/a.js", "http://[") is None


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://cdn.example/a/b.js?v=1#x", "~/a/b.js"),
        ("app:///main.bundle", "~/main.bundle"),
        ("~/a.js", "~/a.js"),
        ("/srv/a.js", None),
        ("a.js", None),
        ("https://cdn.example/", None),
        ("http://[/a.js", None),
        ("", None),
    ],
)
def test_urls(text, url):
    assert artifact_url(text) == url


def test_debug_ids():
    assert debug_id(DEBUG_ID.replace("-", "").upper()) == DEBUG_ID
    for text in ("", "x" * 32, DEBUG_ID + "0", "1" * 10_000, None, 5):
        assert debug_id(text) is None


TEXTS = st.text(max_size=60)


@given(TEXTS.filter(bool), TEXTS, TEXTS.filter(bool))
def test_names_come_back(release, dist, url):
    name = ArtifactName(3, "source_map", "", release, dist, url)
    try:
        release.encode() + dist.encode() + url.encode()
    except UnicodeEncodeError:
        assert name.path
        return
    assert ArtifactName.parse(name.path) == name
    assert not {"", ".", ".."} & set(name.path.split("/"))
    assert all(len(part) <= 255 for part in name.path.split("/"))


@given(st.text(max_size=80))
def test_paths_that_name_nothing(path):
    with contextlib.suppress(ValueError):
        ArtifactName.parse(path)
