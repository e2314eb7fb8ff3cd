"""The files of tests/symbolication."""

import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

from schemas.artifacts import ArtifactName

FOLDER = Path(__file__).parent / "symbolication"
SCRIPT = (FOLDER / "app.min.js").read_bytes()
SOURCE_MAP = (FOLDER / "app.min.js.map").read_bytes()
MAPPING = (FOLDER / "mapping.txt").read_bytes()

DEBUG_ID = "3f2a9c1b-0d4e-4b6f-8a7c-5e6d7f809102"
PROGUARD_ID = "01079f3a-a3bd-5415-a981-b2880c80f4e0"


class StoredInMemory:
    """A store of artifacts for tests of the loader; it counts what is asked of it."""

    def __init__(self, artifacts: dict[ArtifactName, bytes] | None = None) -> None:
        self.artifacts = dict(artifacts or {})
        self.asked: list[ArtifactName] = []

    async def get(self, name: ArtifactName) -> bytes | None:
        self.asked.append(name)
        return self.artifacts.get(name)


def bundle(files: dict[str, tuple[bytes, dict[str, Any]]], **manifest: Any) -> bytes:
    """A zip in the form of Sentry's artifact bundles."""
    entries = {path: entry for path, (_, entry) in files.items()}
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, (body, _) in files.items():
            archive.writestr(path, body)
        archive.writestr("manifest.json", json.dumps({**manifest, "files": entries}))
    return made.getvalue()


def app_bundle(debug_id: str | None = DEBUG_ID, **manifest: Any) -> bytes:
    """The bundle of the script and its map."""
    identity = {"debug-id": debug_id} if debug_id else {}
    script = {"type": "minified_source", "url": "~/static/app.min.js"}
    source_map = {"type": "source_map", "url": "~/static/app.min.js.map"}
    return bundle(
        {
            "files/_/_/app.min.js": (
                SCRIPT,
                {**script, "headers": {**identity, "Sourcemap": "app.min.js.map"}},
            ),
            "files/_/_/app.min.js.map": (SOURCE_MAP, {**source_map, "headers": identity}),
        },
        **manifest,
    )
