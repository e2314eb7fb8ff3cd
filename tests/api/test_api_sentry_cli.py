"""What sentry-cli 2.58.6 sends, request by request, as recorded of it."""

import gzip
import hashlib

import pytest
from aiohttp import FormData
from symbolication_files import DEBUG_ID, FOLDER, MAPPING, PROGUARD_ID, app_bundle

from api import pieces
from tests.api.test_api_artifacts import zip_of

ALL = {"Authorization": "Bearer token-of-all"}
CHUNKS = "/api/0/organizations/default/chunk-upload/"
ASSEMBLE = "/api/0/organizations/default/artifactbundle/assemble/"


@pytest.fixture
def call(served):
    async def call(method, path, headers=ALL, **arguments):
        response = await served.client.request(method, path, headers=headers, **arguments)
        return response.status, await response.json()

    return call


def sha1(body):
    return hashlib.sha1(body).hexdigest()


def form(*bodies, packed=True):
    made = FormData()
    for body in bodies:
        name = "file_gzip" if packed else "file"
        made.add_field(name, gzip.compress(body) if packed else body, filename=sha1(body))
    return made


async def kinds(served):
    return sorted([(name.kind, name.debug_id, name.release) async for name in served.api.artifacts.list(1)])


@pytest.mark.parametrize("packed", [True, False])
async def test_a_bundle_in_pieces(served, call, packed):
    bundle = (FOLDER / "sentry-cli-bundle.zip").read_bytes()
    parts = [bundle[:400], bundle[400:]]
    _, options = await call("GET", CHUNKS)
    assert options["url"].endswith(CHUNKS) and "artifact_bundles" in options["accept"]
    wanted = {
        "checksum": sha1(bundle),
        "chunks": [sha1(part) for part in parts],
        "projects": ["1"],
        "version": "shop@1.4.0",
        "dist": None,
    }
    assert await call("POST", ASSEMBLE, json=wanted) == (
        200,
        {"state": "not_found", "missingChunks": wanted["chunks"], "detail": None},
    )
    assert (await call("POST", CHUNKS, data=form(*parts, packed=packed)))[0] == 200
    assert (await call("POST", ASSEMBLE, json=wanted))[1]["state"] == "ok"
    assert len(await kinds(served)) == 4
    assert (await call("POST", ASSEMBLE, json=wanted))[1]["state"] == "not_found", "pieces are not kept"


async def test_a_release_is_announced_once(served, call):
    path = "/api/0/projects/default/1/releases/"
    body = {"version": "shop@1.4.0", "projects": ["1"]}
    commits = {"version": "shop@1.4.0", "commits": [{"id": "a"}]}
    await call("POST", "/api/v1/projects/1/releases", json=commits)
    status, answer = await call("POST", path, json=body)
    assert (status, answer["version"]) == (201, "shop@1.4.0")
    (known,) = await served.api.operational.releases.find(1, ["shop@1.4.0"])
    assert len(known.commits) == 1


async def test_mappings(served, call):
    made = FormData()
    made.add_field("file", zip_of(**{f"proguard/{PROGUARD_ID}.txt": MAPPING}), filename="a.zip")
    status, (found,) = await call("POST", "/api/0/projects/default/1/files/dsyms/", data=made)
    assert (status, found["debugId"], found["objectName"]) == (200, PROGUARD_ID, "proguard-mapping")
    assert await kinds(served) == [("proguard", PROGUARD_ID, "")]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b"--"),
        ("multipart/form-data; boundary=a", b"no such boundary"),
        ("multipart/form-data; boundary=a", b'--a\r\nContent-Disposition: form-data; name="\x01"\r\n\r\nabc'),
        ("multipart/form-data; boundary=a", b"--a\r\nContent-Disposition: form-data; filename=x"),
        ("multipart/form-data; boundary=a", b"--a\r\nContent-Disposition: form-data; filename=x\r\n\r\nabc"),
    ],
)
async def test_a_body_that_is_no_form(call, kind, body):
    status, answer = await call("POST", CHUNKS, {**ALL, "Content-Type": kind}, data=body)
    assert status == 400 and answer["error"]["code"] in ("bad_body", "bad_upload")


async def test_what_is_wrong_with_pieces(call, monkeypatch):
    made = FormData()
    made.add_field("file", b"abc", filename="0" * 40)
    assert (await call("POST", CHUNKS, data=made))[0] == 400
    made = FormData()
    made.add_field("file_gzip", b"no gzip", filename="0" * 40)
    assert (await call("POST", CHUNKS, data=made))[0] == 400
    assert (await call("POST", CHUNKS, data=form(bytes(pieces.MAX_PIECE + 1))))[0] == 413
    monkeypatch.setattr(pieces, "MAX_HELD", 5)
    assert (await call("POST", CHUNKS, data=form(b"123456")))[0] == 503


async def test_what_is_wrong_with_a_bundle(served, call):
    body = b"PK\x03\x04 no zip"
    wanted = {"checksum": "0" * 40, "chunks": [sha1(body)], "projects": ["1"]}
    for checksum, says in (("0" * 40, "not those"), (sha1(body), "no zip")):
        await call("POST", CHUNKS, data=form(body))
        _, answer = await call("POST", ASSEMBLE, json={**wanted, "checksum": checksum})
        assert answer["state"] == "error" and says in answer["detail"]
    assert await kinds(served) == []


async def test_only_projects_that_the_token_may_see(served, call):
    await served.api.operational.add_token("build", ["artifacts"], projects=[2], secret="build")
    body = app_bundle()
    build = {"Authorization": "Bearer build"}
    wanted = {"checksum": sha1(body), "chunks": [sha1(body)], "projects": ["1"]}
    await call("POST", CHUNKS, build, data=form(body))
    assert (await call("POST", ASSEMBLE, build, json=wanted))[0] == 404
    assert (await call("POST", ASSEMBLE, build, json={**wanted, "projects": ["2"]}))[1]["state"] == "ok"
    assert [name.debug_id async for name in served.api.artifacts.list(2)] == [DEBUG_ID] * 2


def test_old_pieces_are_forgotten():
    now = 0.0
    held = pieces.Pieces(lambda: now)
    held.add(sha1(b"abc"), b"abc")
    assert held.missing([sha1(b"abc")]) == []
    now = 3_601.0
    assert held.missing([sha1(b"abc")]) == [sha1(b"abc")]
    held.close()
