"""Rules in the running topology: what fires, when it is over, and that no disturbance changes either."""

import random

import msgspec
import pytest

from agents.stage import StageApp
from agents.stamped_table import StampedTable
from schemas.rules import Count, CrashFree, NewIssue, Quiet, Regression, Silence, Unmuted, Users
from schemas.sessions import SessionReport
from schemas.triage import IssueMerge, Mute
from tests.driver.ruling import STAGES, alerts, configure, make_rule, remove, summary
from tests.driver.test_detect import FLAVOURS, disturb
from tests.driver.test_failures import Crash, settle_through_crashes
from tests.driver.test_triage import decide
from tests.driver.topology_driver import NOW

MINUTE = Count(window=60, above=10)


async def send(driver, make_error, times, where="add", project=1, **fields):
    for _ in range(times):
        await driver.pipe_event(make_error(where, **{"timestamp": driver.now, **fields}), project=project)
    await driver.settle()


async def test_a_count_fires_at_the_event_too_many_and_is_over_when_the_window_is_past(topology, make_error):
    async with topology(STAGES) as driver:
        await configure(driver, make_rule(MINUTE), make_rule(Count(window=60, above=0), id=2, project=2))
        await send(driver, make_error, 10)
        assert await alerts(driver) == []
        await send(driver, make_error, 1)
        (alert,) = await alerts(driver)
        assert (alert["value"], alert["threshold"], alert["state"]) == (11, 10, "firing")
        assert alert["issues"][0]["title"] == "ValueError: no add"
        await send(driver, make_error, 5)
        await driver.advance(30)
        await driver.settle()
        assert len(await alerts(driver)) == 1
        await driver.advance(60)
        await driver.settle()
        assert summary(await alerts(driver)) == [(1, "count", "firing"), (1, "count", "resolved")]


@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_alerts_are_exact(topology, make_error, flavour):
    """Counting twice would fire the first rule; losing an event would keep the second silent."""
    async with topology(STAGES) as driver:
        await configure(
            driver,
            make_rule(Count(window=600, above=30)),
            make_rule(Count(window=600, above=29), id=2),
            make_rule(Count(window=600, above=14), id=3, per="issue", query='type:ValueError "no f1"'),
            make_rule(Users(window=600, above=6), id=4),
            make_rule(NewIssue(), id=5),
        )
        for number in range(30):
            user = {"id": str(number % 7)}
            await driver.pipe_event(make_error(f"f{number % 2}", timestamp=NOW - number % 20, user=user))
            if number == 12:
                await driver.settle()
                await disturb(driver, flavour)
        await driver.settle()
        await disturb(driver, flavour)
        await driver.advance(1)
        await driver.settle()
        found = await alerts(driver)
        assert sorted(summary(found)) == [
            (2, "count", "firing"),
            (3, "count", "firing"),
            (4, "users", "firing"),
            (5, "new_issue", "firing"),
            (5, "new_issue", "firing"),
        ]
        assert {alert["value"] for alert in found if "value" in alert} == {30, 15, 7}


@pytest.mark.parametrize("flavour", ["redelivered", "recovered from changelogs"])
async def test_silence_is_noticed_and_over_with_the_next_event(topology, make_error, flavour):
    async with topology(STAGES) as driver:
        await configure(driver, make_rule(Silence(window=120)))
        await driver.advance(0)
        await send(driver, make_error, 1)
        await driver.advance(100)
        await disturb(driver, flavour)
        assert await alerts(driver) == []
        await driver.advance(80)
        await driver.settle()
        await disturb(driver, flavour)
        await driver.advance(10)
        await send(driver, make_error, 1)
        assert summary(await alerts(driver)) == [(1, "silence", "firing"), (1, "silence", "resolved")]


async def test_a_rule_counts_merged_issues_as_one(topology, make_error):
    async with topology(STAGES) as driver:
        await send(driver, make_error, 1, "f0")
        await send(driver, make_error, 1, "f1")
        root, member = {record.key.decode() for record in await driver.read("issues-tracked")}
        merge = msgspec.json.encode(IssueMerge(1, member, root))
        await driver.pipe("fingerprints-merged", member.encode(), merge, [])
        rules = make_rule(Count(window=60, above=3), issue=member), make_rule(MINUTE, id=2, per="issue")
        await configure(driver, *rules)
        await send(driver, make_error, 2, "f0")
        await send(driver, make_error, 2, "f1")
        (alert,) = await alerts(driver)
        assert (alert["rule"], alert["issues"][0]["id"]) == (1, root)
        await driver.pipe("fingerprints-merged", member.encode(), b"", [])
        for where in ("f0", "f1"):
            await send(driver, make_error, 6, where)
        assert len(await alerts(driver)) == 1, "the issues are counted apart from now on"
        for where in ("f0", "f1"):
            await send(driver, make_error, 5, where)
        scopes = {alert["scope"]["issue"] for alert in await alerts(driver) if alert["rule"] == 2}
        assert scopes == {root, member}


async def test_a_rule_without_any_event_falls_silent_after_its_window(topology):
    async with topology(STAGES) as driver:
        await configure(driver, make_rule(Silence(window=60)))
        await driver.advance(1)
        await driver.advance(100)
        await driver.settle()
        assert summary(await alerts(driver)) == [(1, "silence", "firing")]


@pytest.mark.parametrize("flavour", ["straight", "everything"])
async def test_a_rule_about_issues_is_filtered_by_any_field_of_the_event(topology, make_error, flavour):
    """Words of a frame, a tag and the user are on no change of an issue, only on the event that caused it."""
    queries = ["cart.py tags[team]:pay", "user.id:7", "!transaction:/checkout", "nowhere"]
    async with topology(STAGES) as driver:
        rules = [make_rule(NewIssue(), id=n, query=query) for n, query in enumerate(queries, 1)]
        await configure(driver, *rules, make_rule(Regression(), id=9, query="tags[team]:pay"))
        frames = [{"function": "pay", "filename": "cart.py", "in_app": True}]
        error = {"type": "ValueError", "value": "no pay", "stacktrace": {"frames": frames}}
        for number in range(2):
            event = {
                "tags": {"team": ("pay", "web")[number]},
                "user": {"id": "7"},
                "transaction": "/checkout",
                "exception": {"values": [error | {"type": f"E{number}"}]},
            }
            await send(driver, make_error, 1, **event)
            await disturb(driver, flavour)
        for change in await driver.read_json("issues-tracked"):
            await decide(driver, change["issue_id"], 1, "resolved")
        await send(driver, make_error, 1, **event | {"timestamp": NOW + 10})
        event |= {"tags": {"team": "pay"}, "exception": {"values": [error | {"type": "E0"}]}}
        await send(driver, make_error, 1, **event | {"timestamp": NOW + 10})
        await disturb(driver, flavour)
        assert sorted(summary(await alerts(driver))) == [
            (1, "new_issue", "firing"),
            (2, "new_issue", "firing"),
            (2, "new_issue", "firing"),
            (9, "regression", "firing"),
        ]


async def test_a_storm_of_new_issues_is_one_alert(topology, make_error):
    async with topology(STAGES, alert_storm=5) as driver:
        await configure(driver, make_rule(NewIssue()))
        for number in range(60):
            await driver.pipe_event(make_error(f"f{number}"))
        await driver.settle()
        await driver.redeliver()
        await driver.settle()
        assert [alert["kind"] for alert in await alerts(driver)] == ["new_issue"] * 5 + ["storm"]
        await driver.advance(90)
        await driver.settle()
        over = (await alerts(driver))[-1]
        assert (over["kind"], over["state"], over["issue_count"]) == ("storm", "resolved", 55)
        assert len(over["issues"]) == 20


async def test_a_digest_gathers_what_follows(topology, make_error):
    async with topology(STAGES) as driver:
        await configure(driver, make_rule(NewIssue(), digest=60), make_rule(NewIssue(), id=2, cooldown=60))
        for number in range(4):
            await send(driver, make_error, 1, f"f{number}")
        await driver.restart(forget_state=True)
        await driver.advance(61)
        await driver.settle()
        await send(driver, make_error, 1, "later")
        found = await alerts(driver)
        assert [alert["issue_count"] for alert in found if alert["rule"] == 1] == [1, 3]
        assert [alert["issue_count"] for alert in found if alert["rule"] == 2] == [1, 1]


async def test_a_changed_rule_counts_anew_and_ends_what_went_on(topology, make_error):
    async with topology(STAGES) as driver:
        await configure(driver, make_rule(MINUTE), make_rule(MINUTE, id=2))
        await send(driver, make_error, 11)
        await configure(driver, make_rule(MINUTE, version=2))
        await remove(driver, 2)
        await send(driver, make_error, 10)
        await driver.advance(1)
        await driver.settle()
        found = await alerts(driver)
        assert sorted(summary(found)) == [
            (number, "count", state) for number in (1, 2) for state in ("firing", "resolved")
        ]
        await send(driver, make_error, 1)
        assert [alert["rule_version"] for alert in (await alerts(driver)) if alert["rule"] == 1] == [1, 1, 2]


async def test_no_alert_in_a_maintenance_window_but_what_goes_on_comes_after_it(topology, make_error):
    async with topology(STAGES) as driver:
        quiet = Quiet(id=1, project=1, start=NOW, end=NOW + 50)
        snooze = Quiet(id=2, project=1, start=NOW, end=NOW + 500, rule=2)
        await configure(driver, make_rule(MINUTE), make_rule(MINUTE, id=2), quiet, snooze)
        await send(driver, make_error, 20)
        await driver.advance(40)
        await send(driver, make_error, 20)
        assert await alerts(driver) == []
        await driver.advance(20)
        await driver.settle()
        assert summary(await alerts(driver)) == [(1, "count", "firing")]


async def test_rules_that_cannot_be_used_are_left_out(topology, make_error):
    async with topology(STAGES) as driver:
        await configure(driver, make_rule(MINUTE, query='(("'), make_rule(Count(window=10, above=0), id=2))
        await driver.pipe("rules-configured", b"rule:3", b'{"rule": {}}', [])
        await send(driver, make_error, 1)
        assert summary(await alerts(driver)) == [(2, "count", "firing")]


@pytest.mark.parametrize("moment", ["before the alerts", "after the alerts", "after the changelog"])
async def test_a_crash_around_firing_misses_no_alert(topology, make_error, monkeypatch, moment):
    chance = random.Random(5)
    send, put = StageApp.send_records, StampedTable.put_rows
    has_crashed = False

    def maybe_crash() -> None:
        nonlocal has_crashed
        if not has_crashed or chance.random() < 0.3:
            has_crashed = True
            raise Crash(moment)

    async def crashing_send(app, records):
        fires = any(record.topic == "alerts-evaluated" for record in records)
        if fires and moment == "before the alerts":
            maybe_crash()
        await send(app, records)
        if fires and moment == "after the alerts":
            maybe_crash()

    def crashing_put(table, *arguments):
        if (
            moment == "after the changelog"
            and "evaluations" in table.name
            and not table.app.tables.recovery.in_recovery
        ):
            maybe_crash()
        put(table, *arguments)

    monkeypatch.setattr(StageApp, "send_records", crashing_send)
    monkeypatch.setattr(StampedTable, "put_rows", crashing_put)
    async with topology(STAGES, batch_size=5) as driver:
        await configure(
            driver,
            make_rule(Count(window=600, above=19), per="issue"),
            make_rule(Count(window=600, above=20), id=2, per="issue"),
            make_rule(NewIssue(), id=3),
        )
        for number in range(40):
            await driver.pipe_event(make_error(f"f{number % 2}", timestamp=NOW - number % 20))
        crashes = await settle_through_crashes(driver)
        monkeypatch.undo()
        await settle_through_crashes(driver)
        assert (
            sorted(summary(await alerts(driver)))
            == [(1, "count", "firing")] * 2 + [(3, "new_issue", "firing")] * 2
        )
        assert crashes > 0, "the test did not do what it is for"


@pytest.mark.parametrize("flavour", ["straight", "everything"])
@pytest.mark.parametrize("measure", ["sessions", "users"])
async def test_crashed_sessions_fire_once_there_are_enough_of_them(topology, flavour, measure):
    async with topology(["detect"]) as driver:
        condition = CrashFree(window=900, below=90, measure=measure, minimum=10)
        await configure(driver, make_rule(condition, environment="production", per="release"))
        for number in range(24):
            report = SessionReport(
                project=1,
                id=str(number),
                release="1" if number % 2 else "2",
                environment="production",
                started=NOW,
                user=number,
                crashed=int(number in (3, 5)),
                healthy=int(number not in (3, 5)),
            )
            await driver.pipe("sessions-received", b"1:%d" % number, msgspec.json.encode(report), [])
        await driver.settle()
        await disturb(driver, flavour)
        (alert,) = await alerts(driver)
        assert (alert["kind"], alert["scope"]) == ("crash_free", {"release": "1"})
        assert alert["value"] < 90
        await driver.advance(2000)
        await driver.settle()
        assert summary(await alerts(driver)) == [(1, "crash_free", "firing"), (1, "crash_free", "resolved")]


@pytest.mark.parametrize("flavour", ["straight", "redelivered"])
async def test_issues_that_come_back_or_are_unmuted_fire(topology, make_error, flavour):
    async with topology(STAGES) as driver:
        await configure(driver, make_rule(Regression()), make_rule(Unmuted(), id=2, query="level:error"))
        for where in ("resolved", "muted"):
            await send(driver, make_error, 1, where, timestamp=NOW - 10)
        issues = {c["title"]: c["issue_id"] for c in await driver.read_json("issues-tracked")}
        await decide(driver, issues["ValueError: no resolved"], 1, "resolved")
        await decide(driver, issues["ValueError: no muted"], 1, "muted", mute=Mute(events=2))
        await disturb(driver, flavour)
        for where in ("resolved", "muted", "muted", "muted"):
            await send(driver, make_error, 1, where, timestamp=NOW + 10)
        await disturb(driver, flavour)
        assert sorted(summary(await alerts(driver))) == [
            (1, "regression", "firing"),
            (2, "unmuted", "firing"),
        ]
