"""Messages with their variable parts replaced, so that ``user 17 not found`` and ``user 18 not found`` are one issue.

One pass of one pattern. Each alternative is bounded, so that the whole is linear in the message's length.
"""

import re

#: Only this much of a message counts: what comes later is data more often than not.
_LONGEST = 1000
_URL_HOST = re.compile(
    r"^([a-z][a-z0-9+.-]{1,20}://)(?:[^/@\s]{0,256}@)?([^/:?#]{0,256})[^/?#]{0,20}", re.IGNORECASE
)

#: No message without one of these has a variable part.
_MAYBE_VARIABLE = re.compile(r"[0-9\"'`@\u201c\u2018\u00ab/\\\[]")
_VARIABLE = re.compile(
    r"(?P<scrubbed>\[(?:email|ip|hash:[0-9a-f]{1,128})\])"  # what scrubbing left: groups as what it took out
    r"|(?P<url>\b[a-zA-Z][a-zA-Z0-9+.-]{1,20}://[^\s\"'<>`]{1,1000})"
    r"|(?P<email>(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5})"
    r"|(?P<uuid>(?<![0-9a-fA-F])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9a-fA-F]))"
    r"|(?P<day>\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? (?:\d{1,2} [A-Z][a-z]{2}|[A-Z][a-z]{2} {1,2}\d{1,2}),?"
    r" (?:\d{4} )?\d\d:\d\d(?::\d\d)?(?: \d{4}| [A-Z]{3,4}(?: \d{4})?| [+-]\d{4})?)"
    r"|(?P<date>(?<!\d)\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?(?!\d))"
    r"|(?P<time>(?<![\d:])\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?![\d:]))"
    r"|(?P<ip>(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?![\w.]*\w)"
    r"|(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{1,4}(?![\w:]))"
    r"|(?P<path>(?<![\w/.:-])(?:[A-Za-z]:\\[^\s\"'<>|`]{1,300}"
    r"|/(?:home|Users|var|srv|opt|usr|tmp|etc|app|data|mnt|root|private|Library|proc|run)/[^\s\"'<>`,;:()]{1,300}))"
    r"|(?P<quoted>\"[^\"\n]{0,300}\"|(?<!\w)'[^'\n]{0,300}'(?!\w)|`[^`\n]{0,300}`"
    r"|\u201c[^\u201d\n]{0,300}\u201d|\u2018[^\u2019\n]{0,300}\u2019|\u00ab[^\u00bb\n]{0,300}\u00bb)"
    r"|(?P<hex>\b0x[0-9a-fA-F]{1,64}\b)"
    r"|(?P<hash>\b[0-9a-fA-F]{8,128}\b)"
    r"|(?P<id>\b(?:\w{20,200}|[A-Za-z0-9]{8,19}|[0-9a-f]{6,7}|[a-z]{2,6}_[A-Za-z0-9]{5,19})\b)"
    r"|(?P<counted>\b(?!(?:sha|aes|rsa|utf|int|uint|float|win|md|arm|base|latin|cp|iso)\d)[a-z]{2,30}\d{3,30}\b)"
    r"|(?P<number>(?<![A-Za-z\d])[-+]?\d{1,200}(?:[.,]\d{1,200}){0,5})"
)
_RUNS = re.compile(r"\d+")
_NUMBER = re.compile(r"(?<![A-Za-z\d])\d+|(?<=[a-z]{2})\d{3,}$")


def without_variables(message: str) -> str:
    """A message in which ``<number>``, ``<uuid>``, ``<quoted>`` and so on stand for what varies."""
    message = message[:_LONGEST]
    if not _MAYBE_VARIABLE.search(message):
        return message.strip()
    return _VARIABLE.sub(_placeholder, message).strip()


def _placeholder(match: re.Match[str]) -> str:
    found = match.group()
    kind = match.lastgroup
    if kind == "scrubbed":
        return f"<{found[1:-1].split(':', 1)[0]}>"
    if kind == "url":
        return _clean_url(found)
    if kind == "id":
        return "<id>" if _looks_random(found) else _NUMBER.sub("<number>", found)
    if kind == "hash" and not any(character.isdigit() for character in found):
        return found
    if kind == "day":
        return "<date>"
    if kind == "counted":
        return found.rstrip("0123456789") + "<number>"
    if kind == "hash" and found.isdigit():
        return "<number>"
    return f"<{kind}>"


def _looks_random(word: str) -> bool:
    """Whether a word is an identifier rather than a name: digits in two places, or any in a long word."""
    runs = len(_RUNS.findall(word))
    return runs >= 2 or (runs == 1 and len(word) >= 20)


def _clean_url(url: str) -> str:
    """Scheme, host and the path's fixed segments; port, credentials, query, and segments with digits go."""
    url = url.rstrip(".,;:)]}")
    base = _URL_HOST.match(url)
    if base is None:
        return "<url>"
    path = url[base.end() :].split("?", 1)[0].split("#", 1)[0]
    segments = ["<id>" if any(c.isdigit() for c in part) else part for part in path.split("/")]
    host = "<ip>" if base.group(2).replace(".", "").isdigit() else _RUNS.sub("<number>", base.group(2))
    return base.group(1) + host + "/".join(segments)
