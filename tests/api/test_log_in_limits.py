"""Attempts to log in are counted: by user and by network, in a process or by all together."""

import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from api.app import add_api_routes
from api.log_in_limits import network_of
from infra.servers.redis import Redis
from stores.limits import LocalLimits, open_limits
from tests.api.conftest import Served
from tests.api.people import Person


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "20010db800010002::/64"),
        ("2001:db8:1:2:ffff::5", "20010db800010002::/64"),
        ("2001:db8:1:3::4", "20010db800010003::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("fe80::1%eth0", "fe80000000000000::/64"),
    ],
)
def test_a_client_has_an_ipv6_network_to_itself(address: str, network: str) -> None:
    assert network_of(address) == network


async def attempt(somebody: Person, secret: str, address: str = "") -> int:
    """The status of an attempt to use an invitation, which is counted as a log-in is, and costs less."""
    headers = {"X-Forwarded-For": address} if address else {}
    return (await somebody.send("POST", "/invitation", {"secret": secret}, **headers))[0]


@pytest.fixture
async def guesser(served: Served, person: Callable[[], Person]) -> Person:
    """Somebody behind a proxy, for whom no time passes."""
    served.api.settings = replace(served.api.settings, trusted_proxies="127.0.0.1/32")
    served.api.limits = LocalLimits(lambda: 0.0)
    return person()


async def test_one_secret_is_guessed_at_from_many_addresses_in_vain(guesser: Person) -> None:
    answers = [await attempt(guesser, "one", f"192.0.2.{number}") for number in range(12)]
    assert answers == [400] * 10 + [429] * 2


async def test_many_secrets_are_guessed_at_from_one_network_in_vain(guesser: Person) -> None:
    answers = [await attempt(guesser, f"secret {number}", f"2001:db8::{number:x}") for number in range(22)]
    assert answers == [400] * 20 + [429] * 2


@pytest.fixture
async def second_process(served: Served, tmp_path: Path) -> AsyncIterator[tuple[Person, Person]]:
    """People at two processes of the API, which share a Redis."""
    with Redis(tmp_path / "redis") as redis:
        async with open_limits(redis.url, 5.0) as one, open_limits(redis.url, 5.0) as other:
            served.api.limits = one
            app = web.Application()
            add_api_routes(app, replace(served.api, limits=other))
            async with TestServer(app) as server:
                people = Person(served.client.server), Person(server)
                yield people
                for somebody in people:
                    await somebody.client.session.close()


@pytest.mark.servers
async def test_processes_of_the_api_count_together(second_process: tuple[Person, Person]) -> None:
    turns = itertools.cycle(second_process)
    answers = [await attempt(next(turns), "one") for _ in range(12)]
    assert answers == [400] * 10 + [429] * 2
