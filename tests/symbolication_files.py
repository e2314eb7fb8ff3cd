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
URL = "https://cdn.example/static/app.min.js"
RELEASE = "shop@1.4.0"

#: What Node.js 20 says when it runs the script: function, column (the line is 1), the outermost first.
CALLS = [("<anonymous>", 356), (None, 350), ("c", 345), ("u", 312), ("e.total", 216), (None, 232), ("o", 47)]
#: What the sources say of the same calls.
ORIGINAL = [
    ("src/main.ts", "<anonymous>", 14),
    ("src/main.ts", "<anonymous>", 14),
    ("src/main.ts", "onClick", 11),
    ("src/main.ts", "checkOut", 7),
    ("src/cart.ts", "Cart.total", 11),
    ("src/cart.ts", "<anonymous>", 11),
    ("src/price.ts", "priceOfLine", 4),
]


class StoredInMemory:
    """A store of artifacts for tests of the loader; it counts what is asked of it."""

    def __init__(self, artifacts: dict[ArtifactName, bytes] | None = None) -> None:
        self.artifacts = dict(artifacts or {})
        self.asked: list[ArtifactName] = []
        self.uploads = 0

    async def get(self, name: ArtifactName) -> bytes | None:
        self.asked.append(name)
        return self.artifacts.get(name)

    async def latest_upload(self, project: int) -> str:
        return str(self.uploads)


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


def debug_meta(kind: str) -> dict[str, Any]:
    """What SDKs send of the files of a kind."""
    if kind == "proguard":
        return {"images": [{"type": "proguard", "uuid": PROGUARD_ID}]}
    return {"images": [{"type": "sourcemap", "code_file": URL, "debug_id": DEBUG_ID}]}
