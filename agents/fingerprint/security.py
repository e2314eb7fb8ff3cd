"""Browser security reports as events of the protocol, to be normalised like any other.

Forms: Content-Security-Policy ``report-uri`` (``{"csp-report": …}``), the Reporting API (a list of ``{"type", "body", …}``),
``Expect-CT``, ``Expect-Staple`` and HTTP public key pins. Sources: W3C CSP Level 3, W3C Reporting API, RFC 9163, RFC 7469.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

Report = dict[str, Any]


def event_of_report(data: Any) -> dict[str, Any] | None:
    """The event of the first report that ``data`` holds; None where it holds none.

    A report that is one of several in a list says in ``errors`` how many others were left out.
    """
    reports = [
        item for item in (data if isinstance(data, list) else [data]) if isinstance(item, dict) and item
    ]
    if not reports:
        return None
    event = _event(reports[0])
    if len(reports) > 1:
        event["errors"] = [f"report: {len(reports) - 1} further reports of the same request were left out."]
    return event


def _event(report: Report) -> dict[str, Any]:
    for name, make in _MAKERS.items():
        if isinstance(report.get(name), dict):
            return make(report[name])
    body = report.get("body")
    if isinstance(body, dict):
        body = {"document-uri": report.get("url"), **body}
        if report.get("type") == "csp-violation":
            return _content_security(body)
        return _browser_report(_word(report.get("type")) or "unknown", body)
    if "known-pins" in report or "noted-hostname" in report:
        return _public_key_pins(report)
    return _browser_report("unknown", report)


def _content_security(report: Report) -> dict[str, Any]:
    directive = _word(
        report.get("effective-directive")
        or report.get("effectiveDirective")
        or report.get("violated-directive")
        or report.get("violatedDirective")
    )
    directive = directive.split()[0] if directive.split() else "unknown"
    blocked = _word(report.get("blocked-uri") or report.get("blockedURL") or report.get("blocked_url"))
    document = _word(report.get("document-uri") or report.get("documentURL") or report.get("document_url"))
    host = _blocked_host(blocked, document)
    resource = directive.removesuffix("-elem").removesuffix("-attr").removesuffix("-src")
    event = _shaped("csp", f"Blocked '{resource}' from '{host}'", (directive, host), document, report)
    event["tags"] = {"effective-directive": directive, "blocked-host": host}
    if blocked:
        event["tags"]["blocked-uri"] = blocked
    return event


def _expect_ct(report: Report) -> dict[str, Any]:
    host = _word(report.get("hostname")) or "unknown"
    event = _shaped("expect-ct", f"Expect-CT failed for '{host}'", (host,), "", report)
    event["tags"] = {"hostname": host}
    return event


def _expect_staple(report: Report) -> dict[str, Any]:
    host = _word(report.get("hostname")) or "unknown"
    event = _shaped("expect-staple", f"Expect-Staple failed for '{host}'", (host,), "", report)
    event["tags"] = {"hostname": host}
    return event


def _public_key_pins(report: Report) -> dict[str, Any]:
    host = _word(report.get("hostname")) or "unknown"
    event = _shaped("hpkp", f"Public key pinning validation failed for '{host}'", (host,), "", report)
    event["tags"] = {"hostname": host}
    return event


def _browser_report(kind: str, report: Report) -> dict[str, Any]:
    document = _word(report.get("document-uri"))
    words = _word(report.get("message")) or _word(report.get("id")) or _word(report.get("reason"))
    message = f"Browser report of type '{kind}'" + (f": {words}" if words else "")
    return _shaped("browser-report", message, (kind, words), document, report)


_MAKERS: dict[str, Callable[[Report], dict[str, Any]]] = {
    "csp-report": _content_security,
    "expect-ct-report": _expect_ct,
    "expect-staple-report": _expect_staple,
}


def _shaped(
    logger: str, message: str, identity: tuple[str, ...], document: str, report: Report
) -> dict[str, Any]:
    """The event that all reports share. Its fingerprint is the logger and what the report is about."""
    event: dict[str, Any] = {
        "platform": "javascript",
        "level": "error",
        "logger": logger,
        "message": message,
        "fingerprint": [logger, *identity],
        "extra": {"report": report},
    }
    if document:
        event["request"] = {"url": document}
    return event


def _blocked_host(blocked: str, document: str) -> str:
    """Host of what was blocked; ``self`` for the document's own; keywords such as ``inline`` and schemes as they are."""
    host = _host(blocked)
    if host:
        return "self" if host == _host(document) else host
    return blocked.split(":", 1)[0] or "self"


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "") if "://" in url else ""
    except ValueError:
        return ""


def _word(value: Any) -> str:
    return value.strip()[:1024] if isinstance(value, str) else ""
