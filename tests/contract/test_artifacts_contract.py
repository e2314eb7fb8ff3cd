"""The port ``Artifacts``: what is put is found again, under exactly its name."""

import uuid

import pytest

from schemas.artifacts import ArtifactName
from stores.artifacts.encoding import MAX_ARTIFACT_BYTES
from stores.artifacts.folder import FolderArtifacts
from stores.artifacts.s3 import S3Artifacts
from stores.errors import StoreRejected
from tests.contract.conftest import s3_settings

BY_ID = ArtifactName(1, "source_map", "3f2a9c1b-0d4e-4b6f-8a7c-5e6d7f809102")
NAMES = [
    BY_ID,
    BY_ID._replace(kind="minified_source"),
    BY_ID._replace(project=12),
    ArtifactName(1, "source_map", "", "shop@1.0", "", "~/a.js.map"),
    ArtifactName(1, "source_map", "", "shop@1.0", "7", "~/a.js.map"),
    ArtifactName(1, "source_map", "", "..", ".", "~/../../ü/" + "a" * 250),
    ArtifactName(1, "source_map", "", "..", ".", "~/../../ü/" + "a" * 450),
]


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.servers)])
async def artifacts(request, tmp_path):
    if request.param == "folder":
        store = FolderArtifacts(tmp_path / "artifacts")
    else:
        server = request.getfixturevalue("s3_server")
        store = S3Artifacts(s3_settings(server, s3_prefix="some/where"), f"b-{uuid.uuid4().hex[:12]}")
    await store.migrate()
    yield store
    await store.close()


async def listed(store, project):
    return sorted([name async for name in store.list(project)])


async def test_each_name_is_its_own(artifacts):
    for name in NAMES:
        await artifacts.put(name, repr(name).encode())
    for name in NAMES:
        assert await artifacts.get(name) == repr(name).encode()
    assert await listed(artifacts, 1) == sorted(name for name in NAMES if name.project == 1)
    assert await listed(artifacts, 12) == [NAMES[2]]
    assert await listed(artifacts, 2) == []


async def test_what_is_not_there(artifacts):
    assert await artifacts.get(BY_ID) is None
    assert await artifacts.get(BY_ID._replace(debug_id="", release="1", url="u" * 2_000)) is None
    await artifacts.drop(BY_ID)


async def test_the_same_name_again_replaces(artifacts):
    await artifacts.put(BY_ID, b"one")
    await artifacts.put(BY_ID, b"two")
    assert await artifacts.get(BY_ID) == b"two"
    assert await listed(artifacts, 1) == [BY_ID]


async def test_what_is_dropped_is_gone(artifacts):
    for name in NAMES:
        await artifacts.put(name, b"x")
    await artifacts.drop(NAMES[3])
    await artifacts.drop(NAMES[5])
    assert await listed(artifacts, 1) == sorted(
        name for name in NAMES if name.project == 1 and name not in (NAMES[3], NAMES[5])
    )


async def test_what_is_refused(artifacts):
    with pytest.raises(StoreRejected, match="too long"):
        await artifacts.put(BY_ID._replace(debug_id="", release="1", url="u" * 2_000), b"")
    with pytest.raises(StoreRejected, match="bytes"):
        await artifacts.put(BY_ID, bytes(MAX_ARTIFACT_BYTES + 1))
    assert await listed(artifacts, 1) == []


async def test_migrating_again(artifacts):
    await artifacts.put(BY_ID, b"x")
    await artifacts.migrate()
    assert await artifacts.get(BY_ID) == b"x"


async def test_changes_are_announced(artifacts):
    assert await artifacts.latest_upload(1) == ""
    await artifacts.announce(1)
    first = await artifacts.latest_upload(1)
    assert first and await artifacts.latest_upload(1) == first
    await artifacts.announce(1)
    assert await artifacts.latest_upload(1) not in ("", first)
    assert await artifacts.latest_upload(12) == ""
    assert await listed(artifacts, 1) == []
