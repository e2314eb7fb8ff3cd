"""Completions of searches, out of what was seen lately."""

from event_factory import make_record, store_events

PATH = "/projects/1/search/completions"


async def test_fields_tags_and_values_that_were_seen(served):
    now = served.api.clock()
    fields = [
        {"environment": "production", "tags": {"region": "eu west", "release": "gold"}},
        {"environment": "production"},
        {"environment": "preview"},
        {"environment": "staging"},
    ]
    records = [make_record(n, at=now - 60, received=now - 60, **field) for n, field in enumerate(fields)]
    await store_events(served.api.events, records)

    async def items(query, **params):
        return (await served.get(PATH, q=query, **params))["items"]

    assert await served.get(PATH, q="word environment:pr") == {
        "start": 17,
        "end": 19,
        "items": ["production", "preview"],
    }
    assert await items("re") == ["release:", "region:", "tags[release]:"]
    assert await items("has:reg") == ["region"]
    assert await items("region:") == ['"eu west"']
    assert await items("type:V") == ["ValueError"]
    assert await items("is:un") == []
    assert await items("is:un", of="issues") == ["unresolved", "unassigned"]
    assert await items("assigned:m", of="issues") == ["me"]
    assert await items("level:error", at="2") == ["level:"]


async def test_nothing_of_another_project_is_shown(served):
    now = served.api.clock()
    record = make_record(1, project=2, at=now, received=now, environment="secret")
    await store_events(served.api.events, [record])
    assert (await served.get(PATH, q="environment:"))["items"] == []
    assert (await served.get("/projects/2/search/completions", q="environment:"))["items"] == ["secret"]


async def test_the_place_is_a_number(served):
    error = (await served.get(PATH, q="a", at="-1", expect=400))["error"]
    assert error["detail"] == {"parameter": "at"}
