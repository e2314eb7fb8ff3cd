"""Where a project's source is, so that frames of stack traces lead there."""

from typing import Annotated, Literal

import msgspec

Host = Literal["auto", "github", "gitlab", "bitbucket"]

#: Characters of a path's beginning.
LONGEST_ROOT = 500
MAX_ROOTS = 50

_Root = Annotated[str, msgspec.Meta(max_length=LONGEST_ROOT)]


class SourceRoot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Files whose path in a stack trace begins with ``stack`` lie in the repository under ``source``, which replaces it."""

    stack: Annotated[_Root, msgspec.Meta(min_length=1)]
    source: _Root = ""


class Repository(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A project's repository. ``url`` is the address of its page, empty for none; ``host`` says how the addresses of its files
    look, ``auto`` for as the name of the host says; ``branch`` is what is shown where the commit of a release is not known,
    empty for the default one. Of ``roots`` the first that fits counts."""

    url: Annotated[str, msgspec.Meta(max_length=500)] = ""
    host: Host = "auto"
    branch: Annotated[str, msgspec.Meta(max_length=250)] = ""
    roots: Annotated[tuple[SourceRoot, ...], msgspec.Meta(max_length=MAX_ROOTS)] = ()
