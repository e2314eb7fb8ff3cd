"""Private keys that stand over several strings: the lines of source around a frame, or a list of lines."""

from collections.abc import Iterator
from typing import Any

from agents.fingerprint.scrub.tree import Edits, Tree

_BEGIN = "-----BEGIN "
_END = "-----END "
_MARKER = "[private key]"


def is_hidden(edits: Edits, container: int, key: str | int) -> bool:
    """Whether a string was found to be a later line of a private key."""
    values = edits.get(container)
    return values is not None and values.get(key) == _MARKER


def hide_rest_of_key(tree: Tree, edits: Edits, container: int, key: str | int) -> None:
    """Where a private key begins in a string and does not end there: hide the lines after it, up to its end.

    A line is hidden once, so the work is linear in the payload however many keys begin in it.
    """
    text = tree.containers[container][key]
    if _BEGIN not in text or _END in text:
        return
    for index, place, line in _following(tree, container, key):
        if line.__class__ is not str:
            continue
        if is_hidden(edits, index, place):
            return
        edits.setdefault(index, {})[place] = _MARKER
        if _END in line:
            return


def _following(tree: Tree, container: int, key: str | int) -> Iterator[tuple[int, str | int, Any]]:
    """The lines after one: the rest of its list, then those of the frame."""
    frame, name = container, key
    if isinstance(key, int):
        lines = tree.containers[container]
        for place in range(key + 1, len(lines)):
            yield container, place, lines[place]
        frame, name = tree.parent(container)
    if frame < 0 or name not in ("pre_context", "context_line"):
        return
    if name == "pre_context":
        yield frame, "context_line", tree.containers[frame].get("context_line")
    after = tree.containers[frame].get("post_context")
    index = tree.index_of(after)
    if index is not None and after.__class__ is list:
        for place, line in enumerate(after):
            yield index, place, line
