"""What decides whether the match of a pattern is a secret, by its form and by what stands around it.

A check takes the match as ``Found`` and gives the spans of the text to replace: none where nothing is secret. Each looks at
a bounded number of characters around the match, and at those of the match a bounded number of times.
"""

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable

from agents.fingerprint.scrub.found import JOINING, Found, Span, Spans
from agents.fingerprint.scrub.keys import Sensitivity
from agents.fingerprint.scrub.numbers import card, iban, national_id, us_ssn
from agents.fingerprint.scrub.rules import default_rules

Check = Callable[[Found], Spans]

#: An opening quote, perhaps escaped, perhaps after the prefix of one of Python's literals.
_QUOTED = re.compile(r"[bfruBFRU]{0,2}(\\?[\"'`])")
#: ``request.headers.token``
_ATTRIBUTE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
#: Words are shorter than this, keys are not.
_WORD = 12
_OPENING = frozenset("([")
_COMPARISONS = frozenset({"==", "===", "!=", "!=="})
#: What follows a method or a symbol, and no e-mail address.
_AFTER_NAME = frozenset("(@")
_BEFORE_VERSION = frozenset("/-_.:")
_VERSION = re.compile(r"v?\d+(?:x|\.\d)")
#: ``//host``, as Oracle has it, or a host with a port.
_HOST = re.compile(r"//\w|[\w.-]+:\d{2,5}(?![\w.-])")
_LONGEST_HOST = 260
_REPEATED = re.compile(r"^(.)\1*$")


def email(found: Found) -> Spans:
    """An e-mail address; not ``icon@2x.png``, ``react@18.2.0-rc.x``, ``git@host:path``, ``ssh://user@host`` or ``a@b.c()``."""
    for sign in ("@", "%40", "\\u0040", "&#64;"):
        local, separator, domain = found.words.partition(sign)
        if separator:
            break
    ending = domain.lower().rpartition(".")[2]
    if local == "git" or ending in default_rules().file_endings or _VERSION.match(domain):
        return ()
    rest = found.text[found.whole[1] : found.whole[1] + 2]
    if rest[:1] in _AFTER_NAME or (rest[:1] in JOINING and rest[1:].isalnum() and rest[:1] != "/"):
        return ()
    # Who logs in to which machine, without a password.
    start = found.whole[0]
    return () if found.text[max(start - 3, 0) : start] == "://" else (found.value,)


def credentials(found: Found) -> Spans:
    """``user:password`` of a URL."""
    password = found.words.partition(":")[2]
    return (found.value,) if password and not found.keys.harmless(password) else ()


def key_material(found: Found) -> Spans:
    """One whole line of PEM in a source file: base64 of the usual width, and no hexadecimal hash."""
    words = found.words
    mixed = any(map(str.isupper, words)) and any(map(str.islower, words)) and any(map(str.isdigit, words))
    return (found.value,) if mixed and found.code else ()


def key_format(found: Found) -> Spans:
    """A key of a known form; not one letter over and over, as in documentation, nor plain words with hyphens."""
    words = found.words
    rest = words.partition("_" if "_" in words[:12] else "-")[2]
    if found.after.isalnum() or _REPEATED.match(rest or words):
        return ()
    return (found.value,) if any(map(str.isdigit, words[3:])) or any(map(str.isupper, rest or words)) else ()


def authorization(found: Found) -> Spans:
    """Credentials after the name of a scheme of HTTP authentication; not "basic authentication" or "bearer token"."""
    words = found.words
    if found.keys.harmless(words):
        return ()
    if found.text[found.whole[0] : found.whole[0] + 5].lower() == "basic":
        try:
            decoded = base64.b64decode(words.replace("%3D", "=") + "==")
        except binascii.Error:
            return ()
        return (found.value,) if b":" in decoded else ()
    if found.text[found.whole[0] : found.whole[0] + 5].lower() == "token":
        return (found.value,) if len(words) >= 16 and any(map(str.isdigit, words)) else ()
    signs = len(words) > 12 and any(sign in words.rstrip(".") for sign in "_.=+/")
    secret = any(map(str.isdigit, words)) or len(words) >= 24 or signs
    return (found.value,) if secret else ()


def argument(found: Found) -> Spans:
    """What follows an option of a command line."""
    return () if found.code or found.keys.harmless(found.words) else (found.value,)


def login(found: Found) -> Spans:
    """What follows the option for a password of a well-known program."""
    return () if found.keys.harmless(found.words) else (found.value,)


def database_login(found: Found) -> Spans:
    """The password of ``user/password@host``, where the program or the form of the host says that it is one: a branch, a
    version and an image are written alike."""
    before = found.text[found.whole[0] : found.value[0]].lstrip("\"'=( \t\r\n")
    named = any(sign in before for sign in " =:")
    host = _HOST.match(found.text[found.whole[1] : found.whole[1] + _LONGEST_HOST])
    return login(found) if named or host else ()


def prose(found: Found) -> Spans:
    """What follows "password" in a sentence, where it is quoted or has both letters and digits."""
    words = found.words
    bare = words.strip("\"'").rstrip(".!?:")
    if bare.lower() in default_rules().prose or found.keys.harmless(words) or words[0] in "=:<>-+*/|&@#":
        return ()
    if words[0] in "\"'":
        return (_inner(found),) if " " not in bare else ()
    return (found.value,) if _is_mixed(bare) and not found.code else ()


def address(found: Found) -> Spans:
    """An IP address that stands alone; not one after a slash or a letter, as the versions in user agents do."""
    start = found.whole[0]
    after_scheme = found.text[max(start - 3, 0) : start] == "://"
    if (
        found.before.isalnum()
        or found.after.isalnum()
        or (found.before in _BEFORE_VERSION and not after_scheme)
    ):
        return ()
    try:
        ipaddress.ip_address(found.words)
    except ValueError:
        return ()
    return (found.value,)


def assignment(found: Found) -> Spans:
    """The value in ``name=value``, ``name: value`` and their kin, for a name that is a secret's."""
    words, operator = found.words, found.operator.strip()
    quoted = _QUOTED.match(words)
    bare = words[quoted.end() if quoted else 0 :].strip("\\\"'`")
    if found.keys.harmless(bare):
        return ()
    sentence = operator == ":" and found.operator[-1:].isspace() and not found.closing
    if quoted:
        # As in: Unexpected token: 'else'
        word = not any(map(str.isdigit, bare)) and len(bare) < _WORD
        return () if sentence and word and not _is_strong(found) else (_inner(found),)
    if operator in _COMPARISONS:
        return ()
    bare = bare.rstrip(".")
    if found.code or found.after in _OPENING:
        literal = _is_mixed(bare) and len(bare) >= 6 and found.after not in _OPENING
        return (found.value,) if literal and not _names_secret(found, bare) else ()
    if (sentence or found.operator[:1].isspace()) and _ATTRIBUTE.fullmatch(bare):
        return ()
    if sentence:
        return (found.value,) if _secret_in_prose(found, bare) else ()
    return () if bare.lower() == found.key.lower() else (found.value,)


def inserted(found: Found) -> Spans:
    """The values of an INSERT into a column with the name of a secret."""
    statement = found.text[found.whole[0] : found.value[0]]
    columns = statement[statement.find("(") + 1 : statement.rfind(")")].split(",")
    names = (column.strip(" \t\r\n`\"'[]") for column in columns)
    secret = any(found.keys.sensitivity(name) is not Sensitivity.PLAIN for name in names)
    return (found.value,) if secret else ()


def _secret_in_prose(found: Found, bare: str) -> bool:
    """Whether the word after "Password: " is a secret and not the beginning of a sentence."""
    if bare.lower() in default_rules().prose:
        return False
    if " " in bare:
        return True
    if _is_strong(found):
        rest = found.text[found.value[1] : found.value[1] + 2]
        return not bare.isalpha() or rest[:1] != " " or not rest[1:].isalpha()
    return len(bare) >= 20 or (len(bare) >= 6 and any(map(str.isdigit, bare)))


def _is_strong(found: Found) -> bool:
    return found.keys.sensitivity(found.key) is Sensitivity.STRONG


def _names_secret(found: Found, bare: str) -> bool:
    return bare.isidentifier() and found.keys.sensitivity(bare) is not Sensitivity.PLAIN


def _is_mixed(words: str) -> bool:
    return any(map(str.isdigit, words)) and any(map(str.isalpha, words))


def _inner(found: Found) -> Span:
    """The span between the quotes."""
    start, end = found.value
    opening = _QUOTED.match(found.words)
    if opening is None:
        return found.value
    closed = end - start > opening.end() and found.words.endswith(opening.group(1))
    return start + opening.end(), end - (len(opening.group(1)) if closed else 0)


CHECKS: dict[str, Check] = {
    "address": address,
    "argument": argument,
    "assignment": assignment,
    "authorization": authorization,
    "card": card,
    "credentials": credentials,
    "database_login": database_login,
    "email": email,
    "iban": iban,
    "inserted": inserted,
    "key_format": key_format,
    "key_material": key_material,
    "login": login,
    "national_id": national_id,
    "prose": prose,
    "us_ssn": us_ssn,
}
