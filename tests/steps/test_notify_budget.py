from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.notify.budget import Budget, pause_after
from agents.notify.send.addresses import is_public
from agents.notify.send.http import excerpt, retry_after_of
from agents.notify.step import deliveries_of
from tests.notify.alerts import alert_event, encoded


@given(st.integers(2, 500), st.lists(st.floats(0, 600), max_size=400))
def test_no_hour_has_more_messages_than_its_budget(messages, pauses):
    budget = Budget.of(messages)
    tokens, at, now, sent = None, 0.0, 0.0, []
    for pause in pauses:
        now += pause
        left = budget.tokens(tokens, at, now)
        tokens, at = left, now
        if not budget.wait(left):
            sent.append(now)
            tokens = left - 1
    for first in range(len(sent)):
        assert sum(sent[first] <= moment < sent[first] + 3599.9 for moment in sent) <= messages


@given(st.integers(2, 10_000), st.floats(0, 0.999))
def test_after_the_wait_there_is_a_token(messages, tokens):
    budget = Budget.of(messages)
    assert budget.wait(budget.tokens(tokens, 0.0, budget.wait(tokens))) == 0
    assert budget.tokens(None, 0.0, 0.0) == budget.capacity >= 1


def test_pauses_grow_and_are_bounded():
    assert [pause_after(n) for n in (1, 2, 3, 9, 10_000)] == [5, 10, 20, 900, 900]
    assert (pause_after(1, 60), pause_after(9, 60), pause_after(1, 1e9)) == (60, 900, 3600)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1", "ff02::1"),
        *("::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "not an address", ""),
    ],
)
def test_addresses_that_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_that_are(address):
    assert is_public(address)


def test_retry_after_may_be_a_date():
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert retry_after_of({"retry-after": "Thu, 01 Jan 2026 00:00:30 GMT"}, now) == 30
    assert [retry_after_of({"Retry-After": text}) for text in ("", "soon", "9" * 20)] == [None] * 3


def test_an_answer_is_shown_in_one_short_line():
    assert excerpt(b"a\x00b\n\xff" + b"x" * 999) == ("a b \ufffd" + "x" * 999)[:200]


def test_an_alert_asks_for_one_delivery_a_channel():
    event = alert_event(1, (3, 4, 3, -1, 2**40))
    assert [(d.channel, d.state, d.event) for d in deliveries_of(encoded(event))] == [
        (3, "firing", event),
        (4, "firing", event),
    ]
    assert len(deliveries_of(encoded(alert_event(1, tuple(range(1, 500)))))) == 100
