"""Totals of sessions, against a count of the worst that was said of each."""

import random
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.count_sessions.step import (
    Counted,
    Scope,
    SessionRow,
    TotalRow,
    add,
    apply_report,
    bucket_of_row,
    session_count,
    session_key,
    total_key,
)
from schemas.headers import Position
from schemas.sessions import SessionReport

STATES = ("healthy", "errored", "abnormal", "crashed")
SCOPE = Scope(1, "1.0", "production")


def report(id="a", state="healthy", number=1, **fields):
    given = {"started": 1000.0, "release": "1.0", "environment": "production"} | fields
    return SessionReport(
        1,
        id,
        given.pop("release"),
        given.pop("environment"),
        given.pop("started"),
        **{state: number},
        **given,
    )


@dataclass
class Model:
    """The rows as the table holds them, where a crash may keep of a write no more than the totals, which come first."""

    rows: dict[str, SessionRow] = field(default_factory=dict)
    total: TotalRow | None = None

    def apply(self, offset: int, given: SessionReport, torn: bool = False) -> None:
        before = self.rows.get(given.id)
        after = apply_report(before, given)
        if after is before:
            return
        self.total = add(self.total, before, after, Position(0, 7, offset))
        if not torn:
            self.rows[given.id] = after


def expected(reports):
    worst: dict[str, int] = {}
    for said in reports:
        worst[said.id] = max(
            worst.get(said.id, 0), *(n for n, state in enumerate(STATES) if getattr(said, state))
        )
    return Counted(*(sum(state >= least for state in worst.values()) for least in range(4)))


REPORTS = st.lists(
    st.builds(report, st.sampled_from("abcde"), st.sampled_from(STATES)), min_size=1, max_size=40
)


@given(REPORTS, st.integers(0, 1000))
@settings(max_examples=200)
def test_the_worst_counts_whatever_order_repeats_and_crashes(reports, seed):
    model, offset, chosen = Model(), 0, random.Random(seed)
    applied: list[SessionReport] = []
    while offset < len(reports):
        if chosen.random() < 0.2:  # torn off in the middle of a write, and begun again some records before
            model.apply(offset, reports[offset], torn=True)
            offset = max(0, offset - chosen.randrange(3))
            continue
        model.apply(offset, reports[offset])
        applied.append(reports[offset])
        offset += 1
    assert model.total is not None and model.total.total == expected(reports)
    shuffled = reports + chosen.choices(reports, k=5)
    chosen.shuffle(shuffled)
    other = Model()
    for offset, said in enumerate(shuffled):
        other.apply(offset, said)
    assert other.total is not None and other.total.total == model.total.total


def test_a_torn_write_followed_by_a_worse_report():
    """The totals hold the first report, its row was lost; the second must count only what it adds."""
    model = Model()
    model.apply(0, report(state="errored"), torn=True)
    model.apply(0, report(state="errored"))
    model.apply(1, report(state="crashed"))
    assert model.total is not None and model.total.total == Counted(1, 1, 1, 1)


def test_sums_count_once():
    sums = SessionReport(1, "x-0", "1.0", "", 1000.0, healthy=5, errored=2, abnormal=1, crashed=3)
    model = Model()
    model.apply(0, sums)
    model.apply(1, sums)
    assert model.total is not None and model.total.total == Counted(11, 6, 4, 3)


def test_the_first_report_says_where_a_session_counts():
    row = apply_report(None, report(release="1", started=950.0))
    row = apply_report(row, report(release="2", started=5000.0, state="crashed", user=7))
    assert (row.release, row.bucket, row.user, row.counted.crashed) == ("1", 900, 7, 1)
    assert apply_report(row, report()) is row


def test_rows_know_their_bucket():
    import msgspec

    row = apply_report(None, report(started=950.0))
    assert bucket_of_row(session_key(report()), msgspec.msgpack.encode(row)) == 900
    assert bucket_of_row(total_key(1800, SCOPE), b"") == 1800
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(row), type=SessionRow) == row


def test_the_published_form():
    total = add(None, None, apply_report(None, report(state="errored")), Position(2, 7, 3))
    count = session_count(SCOPE, 900, 2, total, {9, 8}, set())
    assert (count.sessions, count.errored, count.abnormal, count.users) == (1, 1, 0, (8, 9))
    assert (count.opened, count.bucket, count.width) == ("2:7:3", 900, 900)
