"""Uploads, lists and removals of artifacts."""

import zipfile
from io import BytesIO

import pytest
from symbolication_files import DEBUG_ID, MAPPING, PROGUARD_ID, SCRIPT, SOURCE_MAP, app_bundle

from api import uploads

ALL = "token-of-all"
PATH = "/api/v1/projects/1/artifacts"


@pytest.fixture
def send(served):
    async def send(method, body=b"", token=ALL, path=PATH, **params):
        response = await served.client.request(
            method, path, data=body, params=params, headers={"Authorization": f"Bearer {token}"}
        )
        return response.status, await response.json()

    return send


async def test_a_bundle(send, served):
    status, body = await send("POST", app_bundle(release="shop@1"))
    assert status == 201
    kinds = [(item["kind"], item["debug_id"], item["release"], item["url"]) for item in body["items"]]
    assert ("source_map", DEBUG_ID, None, None) in kinds
    assert ("minified_source", None, "shop@1", "~/static/app.min.js") in kinds
    assert await served.api.artifacts.latest_upload(1) != ""
    _, listed = await send("GET")
    assert sorted(listed["items"], key=str) == sorted(body["items"], key=str)
    assert (await send("GET", path="/api/v1/projects/2/artifacts"))[1]["items"] == []


async def test_single_files(send):
    status, body = await send("POST", MAPPING)
    assert (status, body["items"][0]["debug_id"]) == (201, PROGUARD_ID)
    status, body = await send("POST", SCRIPT, url="https://cdn.example/a.js", release="1", dist="7")
    assert (status, body["items"][0]["url"], body["items"][0]["dist"]) == (201, "~/a.js", "7")


async def test_pages_and_filters(send):
    for number in range(5):
        await send("POST", SOURCE_MAP, url=f"~/a{number}.js.map", release=f"r{number % 2}")
    found, cursor = [], None
    while True:
        _, page = await send("GET", limit="2", **({"cursor": cursor} if cursor else {}))
        found += [item["url"] for item in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert len(found) == len(set(found)) == 5
    _, page = await send("GET", release="r1")
    assert [item["url"] for item in page["items"]] == ["~/a1.js.map", "~/a3.js.map"]


async def test_removals(send):
    _, body = await send("POST", app_bundle(release="shop@1"))
    assert (await send("DELETE"))[0] == 400
    assert await send("DELETE", release="shop@1") == (200, {"removed": 2})
    first = next(item for item in body["items"] if item["debug_id"])
    assert await send("DELETE", id=first["id"]) == (200, {"removed": 1})
    assert await send("DELETE", debug_id=DEBUG_ID) == (200, {"removed": 1})
    assert (await send("GET"))[1]["items"] == []


def zip_of(**files):
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return made.getvalue()


BOMB = zip_of(**{f"proguard/{PROGUARD_ID}.txt": bytes(65 * 1024 * 1024)})


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "debug id"),
        (b"PK\x03\x04 no zip", "no zip"),
        (zip_of(a=b"b"), "neither"),
        (BOMB, "too large when unpacked"),
        (SCRIPT, "debug id"),
        (b'{"version": 3', "no source map"),
    ],
    ids=["empty", "no zip", "nothing in it", "bomb", "no name", "damaged"],
)
async def test_what_is_refused(send, body, says):
    status, answer = await send("POST", body)
    assert (status, answer["error"]["code"]) == (400, "bad_upload")
    assert says in answer["error"]["message"]
    assert (await send("GET"))[1]["items"] == []


async def test_too_large(send, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_UPLOAD", 100)
    assert (await send("POST", SOURCE_MAP))[0] == 413


async def test_who_may(send, served):
    await served.api.operational.add_token("build", ["artifacts"], projects=[1], secret="build")
    assert (await send("POST", MAPPING, token="build"))[0] == 201
    assert (await send("POST", MAPPING, token="token-that-may-not-read"))[0] == 201
    assert (await send("GET", token="build"))[0] == 403
    assert (await send("POST", MAPPING, token="token-of-project-two"))[0] == 403
    assert (await send("POST", MAPPING, token="build", path="/api/v1/projects/2/artifacts"))[0] == 404


async def test_without_a_store(send, served):
    served.api.artifacts = None
    assert (await send("POST", MAPPING))[0] == 501
