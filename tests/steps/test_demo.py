"""The demo's events: what an SDK could have sent, with releases, a bug that comes back, and floods."""

import random

from embedded.demo.events import RELEASE_SECONDS, SPIKE_EVERY, SPIKE_SECONDS, make_event, release_of, services
from tests.steps.fingerprinting import stepped

AT = SPIKE_EVERY * 1_190_000 + SPIKE_SECONDS + 1.0


def test_every_service_and_error_is_an_event_of_its_own_issue():
    chance = random.Random(1)
    results = [stepped(make_event(chance, AT + 7 * RELEASE_SECONDS * number)) for number in range(600)]
    assert {result.event.platform for result in results} == {service.platform for service in services()}
    assert len({result.issue_id for result in results}) == sum(len(service.errors) for service in services())
    assert not [error for result in results for error in result.event.errors if "timestamp" not in error]


def test_releases_follow_each_other_and_a_mended_error_comes_back():
    service = next(service for service in services() if any(error.absent for error in service.errors))
    places = [release_of(service, AT + number * RELEASE_SECONDS) for number in range(8)]
    assert len({version for _, version in places}) == 8
    assert {place for place, _ in places} == {1, 2, 3, 4}
    absent = next(error for error in service.errors if error.absent)
    chance = random.Random(2)
    seen = set()
    for number in range(4000):
        at = AT + SPIKE_EVERY * number
        event = make_event(chance, at)
        if (
            event["exception"]["values"][-1]["type"] == absent.type
            and event["tags"]["service"] == service.name
        ):
            seen.add(release_of(service, at)[0])
    assert seen == {1, 2, 3, 4} - set(absent.absent)


def test_a_spike_is_a_flood_of_one_error():
    chance = random.Random(3)
    events = [make_event(chance, AT - 10.0) for _ in range(200)]
    kinds = [event["exception"]["values"][-1]["type"] for event in events]
    assert max(kinds.count(kind) for kind in kinds) > 180
