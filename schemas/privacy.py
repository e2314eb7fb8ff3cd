"""Requests to export or erase what is known of one end user, or of a whole project, and the receipts of them."""

from typing import Annotated, Literal

import msgspec

SubjectKind = Literal["user_id", "email", "ip"]
#: ``user``: one end user's events. ``project``: all that a project has.
ErasureKind = Literal["user", "project"]
ErasureState = Literal["waiting", "running", "done"]

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class Subject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose data is asked for: exactly one of these.

    ``user_id`` is an event's ``user.id``; ``email`` is compared without regard to letter case with ``user.email``, ``user.id``
    and ``user.username``; ``ip`` with the address of the user, and with that from which the event came.
    """

    user_id: _Text | None = None
    email: _Text | None = None
    ip: _Text | None = None

    @property
    def kind(self) -> SubjectKind:
        """By what the user is known.

        Raises:
            ValueError: by none of these, or by several.
        """
        given: list[SubjectKind] = [
            name for name in ("user_id", "email", "ip") if getattr(self, name) is not None
        ]
        if len(given) != 1:
            raise ValueError("Name the user by one of user_id, email and ip.")
        return given[0]

    @property
    def value(self) -> str:
        """The id, the e-mail or the address."""
        value: str = getattr(self, self.kind)
        return value


class Remainder(msgspec.Struct, frozen=True):
    """What an erasure leaves, and until when (Unix seconds; None: it holds no personal data, and is kept as ever)."""

    where: str
    until: float | None


class Receipt(msgspec.Struct, frozen=True):
    """What was erased: events by store, and when (Unix seconds). It names nobody."""

    erased: dict[str, int]
    started: float
    finished: float
    remains: list[Remainder]


class Erasure(msgspec.Struct, frozen=True):
    """A request to erase. ``subject`` says by what the user was named, not who it is, and is null for a project; ``step`` of
    ``steps`` is how far it has come, ``problem`` why it is tried again. Times are Unix seconds."""

    id: str
    project: str
    kind: ErasureKind
    subject: SubjectKind | None
    actor: str
    requested: float
    state: ErasureState
    step: int
    steps: int
    problem: str
    receipt: Receipt | None
