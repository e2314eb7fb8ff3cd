"""Which maps an event's code belongs to, as the SDK says in ``debug_meta.images``."""

from typing import Any

import msgspec

from schemas.artifacts import debug_id

#: Images that are looked at. Bundlers make some hundred files; native images are passed over and cost nothing.
MAX_IMAGES = 1_000
#: Longest ``code_file``; a longer one cannot be a frame's path.
_LONGEST_FILE = 1_024


class DebugImages(msgspec.Struct, frozen=True, omit_defaults=True):
    """Debug ids of scripts by the path that frames have (``code_file``), and the UUIDs of ProGuard mappings, in order."""

    source_maps: dict[str, str] = {}
    proguard: tuple[str, ...] = ()


NO_IMAGES = DebugImages()


def read_images(debug_meta: Any) -> DebugImages:
    """The images of ``debug_meta`` as a client sent it; what has another form is passed over."""
    images = debug_meta.get("images") if debug_meta.__class__ is dict else None
    if not images or images.__class__ is not list:
        return NO_IMAGES
    source_maps: dict[str, str] = {}
    proguard: dict[str, None] = {}
    for image in images[:MAX_IMAGES]:
        if image.__class__ is not dict:
            continue
        kind = image.get("type")
        if kind == "sourcemap":
            file, identity = image.get("code_file"), debug_id(image.get("debug_id"))
            if identity and isinstance(file, str) and 0 < len(file) <= _LONGEST_FILE:
                source_maps[file] = identity
        elif kind == "proguard":
            identity = debug_id(image.get("uuid")) or debug_id(image.get("debug_id"))
            if identity:
                proguard[identity] = None
    return DebugImages(source_maps, tuple(proguard)) if source_maps or proguard else NO_IMAGES
