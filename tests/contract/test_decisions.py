"""Decisions and merges, on both databases."""

import asyncio

import msgspec
import pytest

from schemas.triage import Decision, IssueMerge, Mute
from stores.errors import StoreRejected
from stores.operational.triage import Verdict


async def published(store):
    found = []

    async def send(publications):
        found.extend(publications)

    while await store.outbox.relay(send):
        pass
    assert {p.topic for p in found} <= {"issues-triaged", "fingerprints-merged"}
    return [msgspec.json.decode(p.value, type=Decision) for p in found if p.topic == "issues-triaged"]


def ids(count):
    return [f"{number:032x}" for number in range(count)]


async def test_decisions_are_kept_published_and_recent(operational_store):
    store = operational_store
    project = (await store.add_project("shop")).id
    one, two, three = ids(3)
    mute = Mute(events=5)
    await store.triage.decide(
        project, {one: [one], two: [two, three]}, {}, Verdict("muted", None, mute), "ann"
    )
    await store.triage.decide(project, {two: [two, three]}, {}, Verdict("resolved"), "bob")
    sent = await published(store)
    assert [(d.issue_id, d.version, d.status) for d in sent] == [
        (one, 1, "muted"),
        (two, 1, "muted"),
        (three, 1, "muted"),
        (two, 2, "resolved"),
        (three, 2, "resolved"),
    ]
    known = await store.triage.get(project, [one, two, three, ids(4)[3]])
    assert {issue: t.decision for issue, t in known.items()} == {
        d.issue_id: d for d in sent if d.by == "bob"
    } | {one: sent[0]}
    assert known[one].decision.mute == mute
    assert len(await store.triage.recent(project, 60)) == 3
    assert await store.triage.recent(project + 1, 60) == []
    with pytest.raises(StoreRejected, match="no project 99"):
        await store.triage.decide(99, {one: [one]}, {}, Verdict("resolved"), "ann")


async def test_an_assignment_is_no_decision(operational_store):
    store = operational_store
    project = (await store.add_project("shop")).id
    [issue] = ids(1)
    await store.triage.assign(project, [issue], "ann", "bob")
    assert await published(store) == await store.triage.recent(project, 60) == []
    await store.triage.decide(project, {issue: [issue]}, {}, Verdict("resolved"), "bob")
    known = (await store.triage.get(project, [issue]))[issue]
    assert (known.assignee, known.decision.version) == ("ann", 1)
    assert [e.kind for e in await store.activities.list(project, [issue], None, 10)] == [
        "resolved",
        "assigned",
    ]


async def test_decisions_at_the_same_time_get_versions_of_their_own(operational_store):
    store = operational_store
    project = (await store.add_project("shop")).id
    [issue] = ids(1)
    await asyncio.gather(
        *(store.triage.decide(project, {issue: [issue]}, {}, Verdict("resolved"), "ann") for _ in range(5))
    )
    assert [d.version for d in await published(store)] == [1, 2, 3, 4, 5]


async def test_a_thousand_at_once(operational_store):
    store = operational_store
    project = (await store.add_project("shop")).id
    issues = ids(1000)
    for _ in range(2):
        await store.triage.decide(project, {i: [i] for i in issues}, {}, Verdict("resolved"), "ann")
    assert {t.decision.version for t in (await store.triage.get(project, issues)).values()} == {2}


async def test_merges_are_published_and_taken_back(operational_store):
    store = operational_store
    project = (await store.add_project("shop")).id
    one, two, three = ids(3)
    found = []

    async def send(publications):
        found.extend((p.key, p.value) for p in publications if p.topic == "fingerprints-merged")

    await store.merges.merge(project, two, [three], "ann")
    await store.merges.merge(project, one, [three, two], "ann")
    await store.merges.unmerge(project, [two, one], "ann")
    while await store.outbox.relay(send):
        pass
    merged = [(key, value and msgspec.json.decode(value, type=IssueMerge).into) for key, value in found]
    assert merged == [(three, two), (two, one), (two, None)]


async def test_merges_adopt_the_last_decision(operational_store):
    store = operational_store
    project = (await store.add_project("shop")).id
    one, two, three = ids(3)
    await store.triage.decide(project, {one: [one]}, {}, Verdict("resolved"), "ann")
    merged = await store.merges.merge(project, one, [two, three], "ann")
    assert merged.members(three) == [one, two, three]
    known = await store.triage.get(project, [one, two, three])
    assert len({(t.decision.status, t.decision.decided) for t in known.values()}) == 1
    assert await store.merges.unmerge(project, [two, one], "ann") == [two]
    assert (await store.merges.of(project)).roots == {three: one}
    known = await store.triage.get(project, [one, two, three])
    assert [known[issue].decision.status for issue in (one, two, three)] == [
        "resolved",
        "unresolved",
        "resolved",
    ]
    await store.triage.decide(project, {one: [one, three]}, {}, Verdict("muted"), "ann")
    assert await store.merges.unmerge(project, [three], "ann") == [three]
    assert (await store.triage.get(project, [three]))[three].decision.status == "muted"
    kinds = [e.kind for e in await store.activities.list(project, [one], None, 10)]
    assert kinds == ["unmerged", "muted", "unmerged", "merged", "merged", "resolved"]
