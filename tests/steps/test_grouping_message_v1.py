"""What of a message varies, and is replaced."""

import pytest

from agents.fingerprint.grouping_v1.message import without_variables


@pytest.mark.parametrize(
    ("message", "cleaned"),
    [
        ("connection refused", "connection refused"),
        ("user 17 not found", "user <number> not found"),
        ("took 1.5s, -3 of 1,000", "took <number>s, <number> of <number>"),
        ("cart_12345 is empty", "cart_<number> is empty"),
        ("utf8 and sha256 and x-y", "utf8 and sha256 and x-y"),
        ("id 74e45def-dd8e-4b7a-b5a7-fab97a534875!", "id <uuid>!"),
        ("at 0x7fe00fb21810", "at <hex>"),
        ("commit fb54ad9453c2c41a5810a6b3ee37e4a9eb943410", "commit <hash>"),
        ("a facade and a deadbeef", "a facade and a deadbeef"),
        ("on 2024-01-02T03:04:05.678Z and 2024-01-02", "on <date> and <date>"),
        ("on 2024-01-02 03:04:05,678+01:00.", "on <date>."),
        ("at 22:31:45 sharp", "at <time> sharp"),
        ("from 10.0.0.7:5432 failed", "from <ip> failed"),
        ("from 2001:db8::ff00:42:8329 failed", "from <ip> failed"),
        ("mail to ann.b+c@example.co.uk bounced", "mail to <email> bounced"),
        (
            "GET https://api.example:8443/users/17/cart?x=1 gave 502",
            "GET https://api.example/users/<id>/cart gave <number>",
        ),
        ("no attribute 'total' in \"Cart\"", "no attribute <quoted> in <quoted>"),
        ("can't open what isn't there", "can't open what isn't there"),
        ("token eyJhbGciOiJIUzI1NiIsInR5 expired", "token <id> expired"),
        ("order A17X22Q9 failed", "order <id> failed"),
        ("customer cus_8fK2xQ7 is gone", "customer <id> is gone"),
        ("node1234 is down", "node<number> is down"),
        ("sha256 and utf16 and TypeScript5", "sha256 and utf16 and TypeScript5"),
        ("cannot read /srv/shop/releases/42/config.yml", "cannot read <path>"),
        ("cannot read C:\\Users\\ann\\config.yml", "cannot read <path>"),
        ("GET /api/carts/17 failed", "GET /api/carts/<number> failed"),
        ("since Sun Nov 22 23:51:50 UTC 2026", "since <date>"),
        ("mail to [email] bounced", "mail to <email> bounced"),
        ("key [hash:0a1b2c] expired", "key <hash> expired"),
        ("Error during cleanup of %s: %s", "Error during cleanup of %s: %s"),
    ],
)
def test_variable_parts(message: str, cleaned: str) -> None:
    assert without_variables(message) == cleaned


@pytest.mark.parametrize(
    "part",
    ["1", "a", "a@", "'", '"', "1.", "a.", "://", "a://", "0x", "f-", "1:", "::", "-", "+", "`", "a b", "é"],
)
def test_hostile_repetitions_are_bounded(part: str) -> None:
    assert len(without_variables(part * 100_000)) <= 6_000
