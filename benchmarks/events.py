"""Realistic error events of four made-up services: 200 kinds, each one bug, in the shapes that SDKs send.

Kinds cycle through Python, JavaScript, Java and Go. In each there are ten domains (orders, invoices, …) and five ways to
fail: three exceptions with their stack traces, one chain of two exceptions, and one message. What varies within a kind
(ids in messages, users, releases, environments, hosts) must not split its issue; the kinds must not share one.
"""

from functools import cache
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson

KINDS = 200

_DOMAINS = (
    "orders",
    "invoices",
    "payments",
    "shipments",
    "customers",
    "products",
    "coupons",
    "refunds",
    "sessions",
    "reports",
)
_WAYS = ("lookup", "validation", "timeout", "chained", "message")
_ENVIRONMENTS = ("production", "production", "production", "staging", "development")
_USERS = 5_000
_HOSTS = 12
_RELEASES = 6
_FILLER = "retrying the upstream call after a pause because the pool had no idle connection and the deadline was near "


class _Service(NamedTuple):
    platform: str
    name: str
    sdk: str
    logger: str
    in_app: str
    library: str
    errors: tuple[str, str, str, str]


_SERVICES = (
    _Service(
        "python",
        "shop-api",
        "sentry.python.django/2.75.0",
        "shop.{domain}",
        "shop.{domain}.{layer}",
        "django.core.handlers.base",
        ("KeyError", "ValidationError", "TimeoutError", "IntegrityError"),
    ),
    _Service(
        "javascript",
        "shop-web",
        "sentry.javascript.react/11.0.0",
        "console",
        "https://shop.example/static/{domain}/{layer}.js",
        "https://shop.example/static/node_modules/react-dom/index.js",
        ("TypeError", "RangeError", "AbortError", "ChunkLoadError"),
    ),
    _Service(
        "java",
        "billing",
        "sentry.java.spring-boot/8.20.0",
        "com.example.billing.{domain}",
        "com.example.billing.{domain}.{Layer}",
        "org.springframework.web.servlet.FrameworkServlet",
        (
            "NullPointerException",
            "IllegalArgumentException",
            "SocketTimeoutException",
            "DataAccessException",
        ),
    ),
    _Service(
        "go",
        "gateway",
        "sentry.go/0.36.0",
        "gateway",
        "example.com/gateway/internal/{domain}/{layer}",
        "net/http",
        ("*errors.errorString", "*fs.PathError", "*url.Error", "*pq.Error"),
    ),
)
_LAYERS = ("routes", "service", "storage")


class _Kind(NamedTuple):
    """What all events of a kind share. ``padding`` fills an event of serial 0 up to the size asked for."""

    service: _Service
    domain: str
    way: str
    exceptions: tuple[dict[str, Any], ...]
    padding: str


def make_event(kind: int, serial: int, size: int = 2048, timestamp: float | None = None) -> dict[str, Any]:
    """An event of one of ``KINDS`` kinds, of about ``size`` bytes of JSON (never less than about 1.6 KiB).

    The same arguments give the same event; each (kind, serial) has an ``event_id`` of its own. ``timestamp`` (Unix seconds)
    is left out unless given, so that the time of receipt counts. Parts are shared between events: do not change them.

    Raises:
        IndexError: there is no such kind.
    """
    if not 0 <= kind < KINDS:
        raise IndexError(f"There is no kind {kind}; there are {KINDS}, from 0.")
    return _event(_kind(kind, size), kind, serial, timestamp)


@cache
def _kind(kind: int, size: int) -> _Kind:
    service = _SERVICES[kind % 4]
    domain = _DOMAINS[kind // 4 % 10]
    way = _WAYS[kind // 40]
    bare = _Kind(service, domain, way, _exceptions(service, domain, way), "")
    missing = size - len(orjson.dumps(_event(bare, kind, 0, 0.5)))
    return bare._replace(padding=(_FILLER * (max(missing, 0) // len(_FILLER) + 1))[: max(missing, 0)])


def _event(kind: _Kind, number: int, serial: int, timestamp: float | None) -> dict[str, Any]:
    service, domain = kind.service, kind.domain
    identity = blake2b(b"%d:%d" % (number, serial), digest_size=16).hexdigest()
    user = (serial * 7919 + number) % _USERS
    name, version = service.sdk.split("/")
    event: dict[str, Any] = {
        "event_id": identity,
        "platform": service.platform,
        "level": "error" if kind.way != "message" else "warning",
        "logger": service.logger.format(domain=domain),
        "release": f"{service.name}@1.{serial // 1000 % _RELEASES}.0",
        "environment": _ENVIRONMENTS[serial % len(_ENVIRONMENTS)],
        "server_name": f"{service.name}-{serial % _HOSTS}",
        "transaction": f"/{domain}/{{id}}",
        "sdk": {"name": name, "version": version},
        "user": {
            "id": str(user),
            "email": f"user{user}@example.com",
            "ip_address": f"203.0.113.{user % 250}",
        },
        "tags": {
            "region": ("eu", "us", "ap")[serial % 3],
            "service": service.name,
            "tenant": f"t{user % 40}",
        },
        "request": {"url": f"https://shop.example/{domain}/{user}", "method": "POST"},
        "contexts": {"trace": {"trace_id": identity[::-1], "span_id": identity[:16]}},
        "breadcrumbs": {
            "values": [{"category": "query", "message": f"SELECT * FROM {domain} WHERE id = {user}"}]
        },
    }
    if timestamp is not None:
        event["timestamp"] = timestamp
    if kind.padding:
        event["extra"] = {"log_tail": kind.padding}
    _add_error(event, kind, serial)
    return event


def _add_error(event: dict[str, Any], kind: _Kind, serial: int) -> None:
    """The message or the exceptions, with what varies from one event to the next."""
    message = _message(kind, serial)
    if kind.way != "message":
        *causes, outermost = kind.exceptions
        event["exception"] = {"values": [*causes, {**outermost, "value": message}]}
    elif kind.service.platform == "javascript":
        # As captureMessage of version 11 does: an exception without a type.
        made_up = {
            **kind.exceptions[0],
            "value": message,
            "mechanism": {"type": "generic", "synthetic": True},
        }
        event["exception"] = {"values": [made_up]}
    elif kind.service.platform == "python":
        template = f"{kind.service.name} dropped %s of {kind.domain} after %d attempts"
        event["logentry"] = {"message": template, "params": [serial % 900, serial % 7], "formatted": message}
    else:
        event["message"] = message


def _message(kind: _Kind, serial: int) -> str:
    service, domain = kind.service, kind.domain
    if kind.way == "message":
        return f"{service.name} dropped {serial % 900} of {domain} after {serial % 7} attempts"
    if kind.way == "lookup":
        return f"{domain}: no entry for id {serial}"
    if kind.way == "validation":
        return f"field 'amount' of {domain} must be positive, not -{serial % 97}.50"
    if kind.way == "timeout":
        return f"https://{domain}.internal/v1/items/{serial}?try=2 did not answer within {serial % 30 + 1} s"
    return f"could not store {domain} 0x{serial:08x}: the connection was closed"


def _exceptions(service: _Service, domain: str, way: str) -> tuple[dict[str, Any], ...]:
    if way == "message":
        if service.platform != "javascript":
            return ()
        return ({"stacktrace": {"frames": _frames(service, domain, way)}},)
    outermost: dict[str, Any] = {
        "type": service.errors[_WAYS.index(way)],
        "mechanism": {"type": "generic", "handled": way != "chained"},
        "stacktrace": {"frames": _frames(service, domain, way)},
    }
    if way != "chained":
        return (outermost,)
    cause = {
        "type": "ConnectionResetError",
        "value": "connection reset by peer",
        "stacktrace": {"frames": [_frame(service, service.library, "connect", 512, in_app=False)]},
    }
    return cause, outermost


def _frames(service: _Service, domain: str, way: str) -> list[dict[str, Any]]:
    """Oldest call first: the framework's frame, and one for each layer of the service."""
    frames = [_frame(service, service.library, "dispatch", 186, in_app=False)]
    for depth, layer in enumerate(_LAYERS):
        place = service.in_app.format(domain=domain, layer=layer, Layer=layer.capitalize())
        function = (
            f"{way}_{domain}_{layer}"
            if service.platform in ("python", "go")
            else f"{way}{domain.title()}{depth}x"
        )
        frames.append(_frame(service, place, function, 40 + depth * 17, in_app=True))
    return frames


def _frame(service: _Service, place: str, function: str, lineno: int, in_app: bool) -> dict[str, Any]:
    if service.platform == "python":
        path = place.replace(".", "/") + ".py"
        folder = "/srv/shop" if in_app else "/usr/lib/python3.11/site-packages"
        frame = {"module": place, "filename": path, "abs_path": f"{folder}/{path}"}
    elif service.platform == "javascript":
        frame = {"filename": place, "abs_path": place}
    elif service.platform == "java":
        frame = {"module": place, "filename": place.rpartition(".")[2] + ".java"}
    else:
        frame = {"module": place, "abs_path": f"/go/src/{place}.go"}
    frame["function"] = function
    details: dict[str, Any] = {"lineno": lineno, "in_app": in_app}
    if in_app and service.platform in ("python", "go"):
        details["context_line"] = f"    return {function}(request, deadline)"
    if in_app and service.platform == "python":
        details["vars"] = {"self": "<Service object>", "attempt": 2}
    return frame | details
