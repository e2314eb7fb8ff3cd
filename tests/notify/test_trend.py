"""The small chart in a notification."""

from event_factory import hex_id, make_record, store_events

from agents.notify.notice import Told
from agents.notify.trend import BAR, BARS, trend_from
from schemas.alerts import AlertIssue
from stores.operational.merged import MergedIssues
from tests.driver.topology_driver import NOW
from tests.notify.alerts import alert_event


class Away:
    async def query(self, sql, parameters=None):
        raise RuntimeError("STACKTIDE_CLICKHOUSE_URL is not set")


async def unmerged(project):
    return MergedIssues()


def told(**fields):
    return Told("firing", alert_event(**fields))


async def test_it_counts_what_the_alert_is_about(analytical_store):
    ages = [0, 1, BAR, 3 * BAR, BARS * BAR + 60]
    records = [
        make_record(
            number, issue=issue, at=NOW - age, environment="production" if issue == "a" else "staging"
        )
        for number, (issue, age) in enumerate((issue, age) for issue in "ab" for age in ages)
    ]
    await store_events(analytical_store, records)
    trend = trend_from(analytical_store, unmerged, lambda: NOW)
    of_issue = await trend(told(scope={}, issues=(AlertIssue(hex_id("a"), "x"),)))
    assert len(of_issue) == BARS and sum(of_issue) == 4
    assert of_issue[-1] + of_issue[-2] == 3 and of_issue[-4] + of_issue[-5] == 1
    assert await trend(told(issues=())) == of_issue

    async def merged(project):
        return MergedIssues({hex_id("b"): hex_id("a")})

    of_both = trend_from(analytical_store, merged, lambda: NOW)
    about = told(scope={}, issues=(AlertIssue(hex_id("a"), "x"),))
    assert await of_both(about) == tuple(2 * count for count in of_issue)
    assert sum(await trend(told(scope={}, issues=()))) == 8
    assert sum(await trend(told(project=2, issues=()))) == 0


async def test_without_a_store_there_is_no_chart():
    assert await trend_from(Away(), unmerged, lambda: NOW)(told()) == ()
