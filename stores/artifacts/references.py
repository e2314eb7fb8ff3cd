"""What a file says of its source map and of its debug id. All linear in the file, of which only the ends are looked at."""

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes, urljoin

import msgspec

from schemas.artifacts import artifact_url, debug_id

#: Bytes at the start and at the end of a script in which its comments are looked for. A source map in a data URL is
#: longer, and is found all the same: what is looked for is where its line begins.
_ENDS = 64 * 1024
_REFERENCE = re.compile(rb"^[ \t]*//[#@][ \t]*sourceMappingURL=", re.MULTILINE)
_DEBUG_ID = re.compile(rb"^[ \t]*//#[ \t]*debugId=([0-9a-fA-F-]{32,36})[ \t\r]*$", re.MULTILINE)
_LONGEST_REFERENCE = 2048


class _DebugIds(msgspec.Struct):
    debug_id: object = None
    debugId: object = None


_DEBUG_IDS = msgspec.json.Decoder(_DebugIds)


def map_debug_id(source_map: bytes) -> str | None:
    """The debug id that a source map holds (``debugId`` of ECMA-426's proposal, or ``debug_id``).

    Raises:
        ValueError: the map is no JSON object.
    """
    try:
        found = _DEBUG_IDS.decode(source_map)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"the source map is no JSON object: {error}") from error
    return debug_id(found.debugId) or debug_id(found.debug_id)


def script_debug_id(script: bytes) -> str | None:
    """The debug id of the comment ``//# debugId=``."""
    for part in (script[-_ENDS:], script[:_ENDS]):
        if found := _DEBUG_ID.findall(part):
            return debug_id(found[-1].decode())
    return None


def reference(script: bytes) -> str | None:
    """The URL of the comment ``//# sourceMappingURL=``, the last if there are several; None without one, and for a map in
    a data URL (see ``inline_map``)."""
    found = _reference(script)
    if found is None or len(found) > _LONGEST_REFERENCE or found.startswith(b"data:"):
        return None
    return found.decode("utf-8", "replace") or None


def inline_map(script: bytes) -> bytes | None:
    """The source map that a script holds as a data URL; None where there is none, or it cannot be read."""
    found = _reference(script)
    if found is None or not found.startswith(b"data:"):
        return None
    head, _, data = found.partition(b",")
    if not head.endswith(b";base64"):
        return unquote_to_bytes(data)
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        return None


def map_url(script_url: str, referred: str) -> str | None:
    """The ``~/path`` of the map to which the script at ``~/path`` refers; None where that is no URL."""
    try:
        joined = urljoin(f"https://host{script_url[1:]}", referred)
    except ValueError:
        return None
    return artifact_url(joined)


def _reference(script: bytes) -> bytes | None:
    found = None
    # The last one of the whole script counts: tools append theirs, and an earlier one may be in a string.
    place = script.rfind(b"sourceMappingURL=")
    if place >= 0:
        line = script.rfind(b"\n", 0, place) + 1
        if match := _REFERENCE.match(script, line, place + 64):
            end = script.find(b"\n", match.end())
            found = script[match.end() : end if end >= 0 else len(script)].strip()
    return found
