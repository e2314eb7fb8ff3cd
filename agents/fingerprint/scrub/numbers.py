"""Cards, IBANs and identity numbers: what their check digits and their forms tell from other numbers."""

import re
from datetime import date

from agents.fingerprint.scrub.found import JOINING, Found, Span, Spans
from agents.fingerprint.scrub.rules import default_rules

_DIGIT_GROUPS = re.compile(r"\d+")


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others: ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = ord(digit) - 48
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def mod97(iban: str) -> bool:
    """Whether an IBAN without spaces has the right check digits: ISO 13616-1, ISO/IEC 7064 MOD 97-10."""
    return int("".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])) % 97 == 1


def is_card(digits: str) -> bool:
    """Whether digits are a card number: a known issuer, one of its lengths, and Luhn's check digit."""
    if not 13 <= len(digits) <= 19:
        return False
    issued = any(
        len(digits) in issuer.lengths and issuer.first <= digits[: len(issuer.first)] <= issuer.last
        for issuer in default_rules().issuers
    )
    return issued and luhn(digits) and len(set(digits)) > 1


def card(found: Found) -> Spans:
    """Card numbers, alone or in one of the usual groups, that are no part of a longer number or word."""
    words, offset = found.words, found.value[0]
    if found.before.isalnum() or found.before == "." or found.after.isalnum():
        return ()
    groups = [match.span() for match in _DIGIT_GROUPS.finditer(words)]
    if "%20" in words:
        groups = [(start + 2 * (words[start - 1 : start] == "%"), end) for start, end in groups]
    spans: list[Span] = []
    first = 0
    while first < len(groups):
        last = _card_from(words, groups, first)
        if last:
            spans.append((offset + groups[first][0], offset + groups[last - 1][1]))
        first = last or first + 1
    return tuple(spans)


def _card_from(words: str, groups: list[Span], first: int) -> int:
    """The group after the card that begins with group ``first``; 0 where none begins there. What dots join is a card as a
    whole or not at all: parts of it are the digits of a fraction, of a version, of an object identifier."""
    if first and words[groups[first][0] - 1] == ".":
        return 0
    layout: tuple[int, ...] = ()
    for last in range(first, min(first + 5, len(groups))):
        layout += (groups[last][1] - groups[last][0],)
        if len(layout) > 1 and layout not in default_rules().card_layouts:
            continue
        between = {words[groups[at][1] : groups[at + 1][0]] for at in range(first, last)}
        if "." in between and (len(between) > 1 or words[groups[last][1] : groups[last][1] + 1] == "."):
            continue
        if sum(layout) <= 19 and is_card(
            "".join(words[start:end] for start, end in groups[first : last + 1])
        ):
            return last + 1
    return 0


def iban(found: Found) -> Spans:
    """An IBAN of its country's length with the right check digits, in one piece or in groups."""
    words = found.words.upper()
    length = default_rules().iban_lengths.get(words[:2])
    if length is None:
        return ()
    taken, end = [], 0
    for place, letter in enumerate(words):
        if letter not in " -":
            taken.append(letter)
            if len(taken) == length:
                end = place + 1
                break
    following = words[end : end + 1] or found.after
    if len(taken) < length or following.isalnum() or not mod97("".join(taken)):
        return ()
    return ((found.value[0], found.value[0] + end),)


def us_ssn(found: Found) -> Spans:
    """A United States social security number in groups. It has no check digit; numbers never given out do not count."""
    area, group, serial = found.words.split("-")
    if found.before in JOINING or found.after in JOINING - {"."}:
        return ()
    given = area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"
    return (found.value,) if given else ()


def national_id(found: Found) -> Spans:
    """An identity number whose check digits are right: Brazil, China, Finland, Italy, Sweden."""
    words = found.words
    if len(words) == 16:
        valid = _codice_fiscale(words)
    elif len(words) == 14:
        valid = _cpf(words.replace(".", "").replace("-", ""))
    elif len(words) == 18:
        valid = _resident_id(words)
    else:
        valid = _hetu(words) or _personnummer(words)
    return (found.value,) if valid else ()


def _cpf(digits: str) -> bool:
    """Brazil's CPF: two check digits modulo 11."""
    for length in (9, 10):
        total = sum(int(digit) * (length + 1 - place) for place, digit in enumerate(digits[:length]))
        if int(digits[length]) != total * 10 % 11 % 10:
            return False
    return len(set(digits)) > 1


def _resident_id(words: str) -> bool:
    """China's resident identity number: GB 11643, check digit by ISO/IEC 7064 MOD 11-2, with a date of birth."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(words[:17]))
    return "10X98765432"[total % 11] == words[17] and _is_date(words[6:10], words[10:12], words[12:14])


def _hetu(words: str) -> bool:
    """Finland's personal identity code: the remainder by 31 as a letter."""
    letters = "0123456789ABCDEFHJKLMNPRSTUVWXY"
    digits = words[:6] + words[7:10]
    return (
        digits.isdigit()
        and letters[int(digits) % 31] == words[10]
        and _is_date("2000", words[2:4], words[:2])
    )


def _personnummer(words: str) -> bool:
    """Sweden's personal identity number: Luhn's check digit, with a date of birth."""
    digits = words[:6] + words[7:]
    return digits.isdigit() and luhn(digits) and _is_date("2000", words[2:4], words[4:6])


def _codice_fiscale(words: str) -> bool:
    """Italy's tax code: check letter of D.M. 23 December 1976."""
    odd = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
    total = 0
    for place, letter in enumerate(words[:15]):
        value = int(letter) if letter.isdigit() else ord(letter) - 65
        total += value if place % 2 else odd[value]
    return chr(65 + total % 26) == words[15]


def _is_date(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True
