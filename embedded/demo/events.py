"""Makes the demo's events. Pure: what is random comes from the generator that is given, and time is a parameter."""

import random
import uuid
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

#: Seconds for which a release of a service runs before the next one.
RELEASE_SECONDS = 1800
#: Every so often one error comes in a flood, for so long, so many times as often.
SPIKE_EVERY, SPIKE_SECONDS, SPIKE_FACTOR = 1500, 90, 25
_RELEASES_OF_A_ROUND = 4
_USERS = 400

Frame = tuple[Any, ...]


class Error(msgspec.Struct, frozen=True):
    """One bug of a service. ``absent`` are the releases of a round (1 to 4) in which it is mended."""

    type: str
    value: str
    share: float
    frames: list[Frame]
    module: str | None = None
    level: str = "error"
    absent: list[int] = []
    cause: dict[str, str] | None = None


class Service(msgspec.Struct, frozen=True):
    """One service."""

    name: str
    platform: str
    sdk: str
    server_names: list[str]
    transactions: list[str]
    share: float
    errors: list[Error]
    browsers: list[str] = []


@cache
def services() -> list[Service]:
    """The services of ``services.yaml``."""
    text = (Path(__file__).parent / "services.yaml").read_text()
    return msgspec.convert(yaml.safe_load(text), list[Service])


def release_of(service: Service, at: float) -> tuple[int, str]:
    """The place in its round (1 to 4) and the version of the release that runs at a time (Unix seconds)."""
    number = int((at + 97 * len(service.name)) // RELEASE_SECONDS)
    return number % _RELEASES_OF_A_ROUND + 1, f"{service.name}@{number // 100 % 100}.{number % 100}.0"


def is_spike(at: float) -> bool:
    """Whether one error comes in a flood at a time."""
    return at % SPIKE_EVERY < SPIKE_SECONDS


def make_event(chance: random.Random, at: float) -> dict[str, Any]:
    """An event of the Sentry protocol at a time (Unix seconds)."""
    every = services()
    if is_spike(at) and chance.random() < 1 - 1 / SPIKE_FACTOR:
        service = every[int(at // SPIKE_EVERY) % len(every)]
        error = service.errors[0]
    else:
        service = _one_of(chance, every)
        place = release_of(service, at)[0]
        error = _one_of(chance, [error for error in service.errors if place not in error.absent])
    return _event(chance, service, error, at)


def _one_of(chance: random.Random, choices: list[Any]) -> Any:
    return chance.choices(choices, [choice.share for choice in choices])[0]


def _event(chance: random.Random, service: Service, error: Error, at: float) -> dict[str, Any]:
    name, _, version = service.sdk.rpartition("/")
    transaction = chance.choice(service.transactions)
    event: dict[str, Any] = {
        "event_id": uuid.UUID(int=chance.getrandbits(128)).hex,
        "timestamp": at,
        "platform": service.platform,
        "level": error.level,
        "release": release_of(service, at)[1],
        "environment": "production" if chance.random() < 0.85 else "staging",
        "transaction": transaction,
        "server_name": chance.choice(service.server_names) or None,
        "sdk": {"name": name, "version": version},
        "tags": {"service": service.name, "region": chance.choice(["eu-central", "us-east", "ap-south"])},
        "user": _user(chance),
        "exception": {"values": _exceptions(chance, error)},
        "breadcrumbs": {"values": _breadcrumbs(chance, transaction, at)},
    }
    if service.browsers:
        url = "https://shop.example.com" + transaction.replace(":slug", "blue-mug")
        event["request"] = {"url": url, "headers": {"User-Agent": chance.choice(service.browsers)}}
    return event


def _exceptions(chance: random.Random, error: Error) -> list[dict[str, Any]]:
    raised = {
        "type": error.type,
        "value": _filled(chance, error.value),
        "module": error.module,
        "mechanism": {"type": "generic", "handled": error.level != "fatal"},
        "stacktrace": {"frames": [_frame(frame) for frame in error.frames]},
    }
    return [raised] if error.cause is None else [error.cause, raised]


def _frame(frame: Frame) -> dict[str, Any]:
    file, function, line, source, *rest = frame
    module, _, name = function.rpartition(".")
    made: dict[str, Any] = {
        "filename": file.rpartition("/")[2] if file.endswith(".java") else file,
        "function": name if file.endswith(".java") else function,
        "lineno": line or None,
        "in_app": "lib" not in rest,
    }
    if file.endswith(".java"):
        made["module"] = module
    if source:
        made |= {"context_line": source, "pre_context": [""], "post_context": [""]}
    if rest and isinstance(rest[0], dict):
        made["vars"] = rest[0]
    return made


def _filled(chance: random.Random, value: str) -> str:
    for name, text in (
        ("{number}", str(chance.randrange(1000, 99999))),
        ("{small}", str(chance.randrange(3, 30))),
        ("{hex}", f"{chance.getrandbits(36):012x}"),
    ):
        value = value.replace(name, text)
    return value


def _user(chance: random.Random) -> dict[str, Any]:
    number = min(int(chance.expovariate(6 / _USERS)), _USERS - 1)
    # The same user comes from the same address.
    place = random.Random(number)
    address = ".".join(str(place.randrange(*bounds)) for bounds in ((11, 126), (1, 255), (1, 255), (1, 255)))
    return {"id": str(1000 + number), "ip_address": address}


def _breadcrumbs(chance: random.Random, transaction: str, at: float) -> list[dict[str, Any]]:
    steps = [
        ("navigation", "default", f"opened {transaction}"),
        ("http", "http", f"GET /api/session/{chance.randrange(1000)} [200]"),
        ("ui.click", "user", "button.primary"),
        ("http", "http", f"POST /api/track [{chance.choice([200, 200, 204, 500])}]"),
    ]
    return [
        {"category": category, "type": type, "message": message, "timestamp": at - 2.0 * (len(steps) - place)}
        for place, (category, type, message) in enumerate(steps)
    ]
