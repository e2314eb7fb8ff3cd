"""Whether an event is about somebody: by the user as the client sent it, or by what scrubbing left of that. Pure."""

import ipaddress
from collections.abc import Iterator
from typing import Any

import msgspec

from agents.fingerprint.scrub.actions import hashed
from agents.fingerprint.scrub.people import pseudonym
from schemas.lenient import decode_lenient
from schemas.privacy import Subject
from stores.events.where import Where


class _Client(msgspec.Struct, frozen=True):
    """Of a client's payload, where it says whose it is. Whatever has another form than the protocol's is passed over."""

    user: Any = None
    interface: Any = msgspec.field(default=None, name="sentry.interfaces.User")
    request: Any = None


_client = msgspec.json.Decoder(_Client).decode

_USER = "JSONExtractString(event, 'user', '{}')"
_REMOTE = "JSONExtractString(event, 'request', 'env', 'REMOTE_ADDR')"
#: Where each kind of subject is looked for: fields of the client's user, and the SQL of the stored event. What is read from
#: the event's JSON is read only where the event has a user or a request at all.
_FIELDS = {"user_id": ("id",), "email": ("email", "id", "username"), "ip": ("ip_address",)}
_COLUMNS = {
    "user_id": ("user_id",),
    "email": ("user_email", "user_id", _USER.format("username")),
    "ip": (_USER.format("ip_address"), _REMOTE),
}


class Person:
    """One end user, under every form in which a project's events may name one. ``hash_key`` is the project's."""

    def __init__(self, subject: Subject, hash_key: str) -> None:
        """
        Raises:
            ValueError: the subject names nobody, or several, or no address.
        """
        self._kind = subject.kind
        value = subject.value.strip()
        forms = {value, value.lower()} if self._kind == "email" else {value}
        if self._kind == "ip":
            forms |= _addresses(value)
        if not value:
            raise ValueError("An empty text names nobody.")
        self._forms = sorted(forms | {hashed(form, hash_key) for form in (subject.value, *forms)})
        #: How a pseudonym ends, whichever rule has taken the value out.
        self._ending = pseudonym("[]", value, hash_key)[1:]

    def is_in(self, payload: bytes | msgspec.Raw, client_address: str) -> bool:
        """Whether a client's event, as it is archived, is about this person."""
        try:
            client = _client(payload)
        except msgspec.MsgspecError:
            return False
        if self._kind == "ip" and self._is(client_address):
            return True
        return any(self._is(value) for value in self._named(client))

    def may_be_in(self, payload: bytes, client_address: str) -> bool:
        """Whether what a client sent, which need not be an event, is about this person. What cannot be read is, where it has
        one of their names anywhere in it."""
        if self._kind == "ip" and self._is(client_address):
            return True
        try:
            value = decode_lenient(payload)
        except ValueError:
            text = payload.decode("utf-8", "replace").lower()
            return any(form.lower() in text for form in self._forms)
        return isinstance(value, dict) and self.is_in(msgspec.json.encode(value), client_address)

    def add_to(self, where: Where) -> None:
        """Add to a query of ``events`` the condition that they are about this person."""
        forms = where.parameter("Array(String)", self._forms)
        ending = where.parameter("String", self._ending)
        tests = []
        for column in _COLUMNS[self._kind]:
            text = f"trimBoth({column})"
            text = f"lowerUTF8({text})" if self._kind == "email" else text
            tests.append(f"{text} IN {forms} OR (startsWith({text}, '[') AND endsWith({text}, {ending}))")
        where.add(f"({' OR '.join(tests)})")

    def _named(self, client: _Client) -> Iterator[Any]:
        for user in (client.user, client.interface):
            if isinstance(user, dict):
                yield from (user.get(field) for field in _FIELDS[self._kind])
        if self._kind == "ip" and isinstance(client.request, dict):
            environment = client.request.get("env")
            if isinstance(environment, dict):
                yield environment.get("REMOTE_ADDR")

    def _is(self, value: Any) -> bool:
        if value is None or isinstance(value, dict | list):
            return False
        text = str(value).strip()
        if self._kind == "email":
            text = text.lower()
        return text in self._forms or (text.startswith("[") and text.endswith(self._ending))


def _addresses(text: str) -> set[str]:
    """The ways to write an IP address."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise ValueError(f"{text[:100]!r} is no IP address.") from None
    forms = {str(address), address.exploded}
    if isinstance(address, ipaddress.IPv4Address):
        return forms | {f"::ffff:{address}"}
    return forms | ({str(address.ipv4_mapped)} if address.ipv4_mapped else set())
