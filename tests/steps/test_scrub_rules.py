"""What a project can configure, what is noted, and that scrubbing is pure, idempotent and linear."""

import time
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrubbing import SECRETS

from agents.fingerprint.scrub import Scrubber, scrubber_for
from agents.fingerprint.scrub.checks import CHECKS
from agents.fingerprint.scrub.numbers import luhn, mod97
from agents.fingerprint.scrub.paths import matches, segments
from agents.fingerprint.scrub.rules import default_rules
from agents.users import user_key
from schemas.event import User
from schemas.scrubbing import CustomRule, Scrubbed, Scrubbing

SCRUBBER = scrubber_for(Scrubbing())
SAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "event-samples"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30)
    | st.sampled_from([text for text, _ in SECRETS.values()]),
    lambda inner: st.lists(inner, max_size=5)
    | st.dictionaries(st.sampled_from(["a", "password", "token", "value", "key", "params", "message", "logentry"]), inner)
    | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=25,
)  # fmt: skip


def scrubbed(data: Any, **config: Any) -> Any:
    return Scrubber(Scrubbing(**config)).payload(data).data


def test_what_was_removed_is_noted_with_rule_and_path() -> None:
    clean = SCRUBBER.payload({"user": {"email": "a@example.com"}, "extra": {"list": [{"password": "x-1"}]}})
    assert set(clean.scrubbed) == {Scrubbed("email", "user.email"), Scrubbed("key", "extra.list.0.password")}
    assert clean.data == {
        "user": {"email": "[email a0c95602a3fc4368]"},
        "extra": {"list": [{"password": "[Filtered]"}]},
    }


def test_notes_are_bounded_and_hold_no_secret() -> None:
    clean = SCRUBBER.payload({"extra": {"x@example.com": ["b@example.com"] * 500}})
    assert len(clean.scrubbed) == 100
    assert "@" not in str(clean)


def test_rules_can_be_switched_off() -> None:
    data = {"user": {"email": "a@example.com"}, "extra": {"password": "x-1"}}
    assert scrubbed(data, disabled=("email",))["user"] == data["user"]
    assert scrubbed(data, disabled=("key",))["extra"] == data["extra"]
    assert scrubbed(data, defaults=False) == data


def test_names_can_be_added_and_allowed() -> None:
    data = {"extra": {"nickname": "bobby", "visitorToken": "abc"}}
    assert scrubbed(data, sensitive_keys=("nick-name", "nickname"))["extra"]["nickname"] == "[Filtered]"
    assert scrubbed(data, allow_keys=("visitor_token",)) == data


def test_paths_and_values_can_be_allowed() -> None:
    data = {"user": {"email": "a@example.com"}, "message": "from b@example.com and support@acme.com"}
    kept = scrubbed(data, allow_paths=("user",), allow_values=(r".*@acme\.com",))
    assert kept == {"user": data["user"], "message": "from [email] and support@acme.com"}


@pytest.mark.parametrize(
    ("action", "whole", "part"),
    [
        ("replace", "[gone]", "order [gone] failed"),
        ("remove", None, "order  failed"),
        ("mask", "*****6789", "order *****6789 failed"),
    ],
)
def test_custom_rules_by_path_and_by_pattern(action: Any, whole: Any, part: str) -> None:
    by_path = CustomRule("r", paths=("extra.*.number",), action=action, replacement="[gone]")
    by_pattern = CustomRule("r", pattern=r"order (?P<value>A-\d+)", action=action, replacement="[gone]")
    data = {"extra": {"x": {"number": "A-1236789"}}, "message": "order A-1236789 failed"}
    clean = scrubbed(data, rules=(by_path, by_pattern))
    assert clean == {"extra": {"x": {"number": whole}}, "message": part}


def test_hashes_are_keyed_and_equal_for_equal_values() -> None:
    rule = CustomRule("r", paths=("user.**",), action="hash")
    data = {"user": {"id": "a@example.com", "name": {"x": "a@example.com"}}}
    one, other = (scrubbed(data, rules=(rule,), hash_key=key) for key in ("k", "l"))
    assert one["user"] != other["user"]
    assert "example" not in str(one)


def test_a_pattern_with_paths_applies_there_only() -> None:
    rule = CustomRule("r", paths=("extra.**",), pattern=r"A-\d+")
    data = {"extra": {"a": ["A-1x"]}, "message": "A-1x", "tags": {"abcde": "A-12345"}}
    assert scrubbed(data, rules=(rule,)) == {
        **data,
        "extra": {"a": data["extra"]["a"]},
    }  # too short to be looked at
    data["extra"]["a"] = ["A-12345"]
    assert scrubbed(data, rules=(rule,)) == {**data, "extra": {"a": ["[Filtered]"]}}


def test_bad_patterns_are_refused() -> None:
    with pytest.raises(ValueError, match="rule 'r'"):
        Scrubber(Scrubbing(rules=(CustomRule("r", pattern=r"(?=x)"),)))


@pytest.mark.parametrize(
    ("mode", "address", "version_6"),
    [("truncate", "203.0.113.0", "2001:db8:1::"), ("remove", "[address]", "[address]")],
)
def test_addresses(mode: Any, address: str, version_6: str) -> None:
    data = {
        "user": {"ip_address": "203.0.113.9"},
        "request": {"headers": {"X-Forwarded-For": "203.0.113.9, 2001:db8:1:2::3"}},
        "message": "no answer from 203.0.113.9:80",
        "contexts": {"os": {"version": "10.0.19.45"}},
        "modules": {"a": "1.2.3.4"},
        "extra": {"agent": "Chrome/120.0.0.0 Safari", "auto": "{{auto}}"},
    }
    clean = scrubbed(data, addresses=mode)
    assert clean == {
        **data,
        "user": {"ip_address": address},
        "request": {"headers": {"X-Forwarded-For": f"{address}, {version_6}"}},
        "message": f"no answer from {address}:80",
    }


def test_the_clients_address() -> None:
    assert Scrubber(Scrubbing()).address("203.0.113.9") == "203.0.113.9"
    truncate = Scrubber(Scrubbing(addresses="truncate"))
    assert truncate.address("::ffff:203.0.113.9") == "203.0.113.0"
    assert truncate.address("2001:db8:1:2::3") == "2001:db8:1::"
    assert truncate.address("nonsense") == ""
    assert Scrubber(Scrubbing(addresses="remove")).address("203.0.113.9") == ""


def test_every_check_of_the_data_exists() -> None:
    rules = default_rules()
    assert {rule.check for rule in rules.values if rule.check} | {rules.addresses.check} == set(CHECKS)
    assert len({rule.name for rule in rules.values}) == len(rules.values)


def test_check_digits() -> None:
    assert luhn("79927398713")
    assert not luhn("79927398714")
    assert mod97("GB82WEST12345698765432")
    assert not mod97("GB82WEST12345698765433")


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("a.b", ("a", "b"), True),
        ("a.*", ("a", 0), True),
        ("a.*", ("a",), False),
        ("**.b", ("b",), True),
        ("a.**", ("a",), True),
        ("A.**.c", ("a", "x", 1, "C"), True),
        ("a.**.c", ("a", "x"), False),
        ("**.**.x.**", ("x",), True),
    ],
)
def test_paths(pattern: str, path: tuple[str | int, ...], expected: bool) -> None:
    assert matches(segments(pattern), path) is expected


@given(JSON)
@settings(max_examples=300, deadline=None)
def test_scrubbing_changes_nothing_of_its_input_and_comes_to_an_end(data: Any) -> None:
    before = deepcopy(data)
    clean = SCRUBBER.payload(data)
    assert data == before
    msgspec.json.encode(clean)
    # A name that was scrubbed may tell of its value only then: {"key": "jwt [JWT]", "value": …}.
    again = SCRUBBER.payload(clean.data).data
    assert SCRUBBER.payload(again).data == again


@given(st.text(max_size=300))
@settings(max_examples=500, deadline=None)
def test_any_text_can_be_scrubbed(text: str) -> None:
    SCRUBBER.text(text)
    SCRUBBER.payload({"context_line": text, text: text, "logentry": {"message": text, "params": [text]}})


@given(
    st.text(max_size=40, alphabet="ab1 "),
    st.sampled_from(sorted(SECRETS)),
    st.text(max_size=40, alphabet="ab1 é\n"),
)
@settings(max_examples=200, deadline=None)
def test_a_secret_goes_whatever_stands_around_it(before: str, name: str, after: str) -> None:
    text, secret = SECRETS[name]
    assert secret not in SCRUBBER.text(f"{before} ({text}) {after}")


@pytest.mark.parametrize(
    "part",
    [
        "a", "a@", "a@b.co ", "4", "4 ", "4111 1111 1111 1111 ", "password=",
        "password: ", "token:", '"password":"', '\\"', "a://",
        "http://a:", "eyJ", "-----BEGIN PRIVATE KEY-----", "{", '{"token":', "<token",
        "DE89", "\0", "é@", "insert into x (", "('token', '",
        "basic aaaa ", "cookie: ", 'name="token"\r\n', "[", "-u a:b ",
    ],
)  # fmt: skip
def test_hostile_text_takes_linear_time(part: str) -> None:
    text = (part * (300_000 // len(part) + 1))[:300_000]
    began = time.process_time()
    SCRUBBER.payload({"message": text})
    # About 0.4 s at worst; what is not linear takes minutes.
    assert time.process_time() - began < 5


def test_hostile_structures_take_linear_time() -> None:
    deep: Any = "a@b.example"
    for _ in range(190):
        deep = {"a": [deep]}
    began = time.process_time()
    SCRUBBER.payload(deep)
    SCRUBBER.payload({"a": ["-----BEGIN PRIVATE KEY-----"] * 20_000})
    SCRUBBER.payload({"a": ["-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"] * 10_000})
    SCRUBBER.payload({"a": ["[[[ x@y.example"] * 10_000})
    SCRUBBER.payload([{"pre_context": ["-----BEGIN PRIVATE KEY-----"], "post_context": ["x"]}] * 5_000)
    assert time.process_time() - began < 10


@pytest.mark.skipif(not SAMPLES.exists(), reason="the sample events are not here")
def test_little_is_touched_in_the_samples() -> None:
    for path in SAMPLES.rglob("*.json"):
        data = orjson.loads(path.read_bytes())
        clean = SCRUBBER.payload(data)
        assert {note.rule for note in clean.scrubbed} <= {"email", "key", "assignment"}, path
        assert len(clean.scrubbed) <= 3, path


def test_users_whose_address_is_not_kept_are_told_apart() -> None:
    def clean(email: str, scrubber: Scrubber = SCRUBBER) -> str:
        data = scrubber.payload({"user": {"email": email, "username": email, "name": email}}).data["user"]
        assert data["name"].strip() == "[email]"
        assert data["username"] == data["email"]
        assert scrubber.payload({"user": data}).data["user"] == data
        key = user_key(User(email=data["email"]))
        assert key == f"email:{data['email']}"
        return key

    people = [clean(f"person{number}@example.com") for number in range(50)]
    assert len(set(people)) == 50
    assert clean(" Person7@Example.com") == people[7]
    assert clean("person7@example.com", Scrubber(Scrubbing(hash_key="k"))) != people[7]
    assert user_key(User(id="[Filtered]", email="[email]")) == ""
