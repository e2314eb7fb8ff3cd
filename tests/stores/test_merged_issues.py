"""Merges against a model: sets of issues, and a list of what was done, of which anything can be taken back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stores.errors import StoreRejected
from stores.operational import merged as module
from stores.operational.merged import MergedIssues

ISSUES = [f"{number:032x}" for number in range(8)]
issue = st.sampled_from(ISSUES)
steps = st.lists(st.tuples(st.sampled_from(["merge", "unmerge"]), issue, st.lists(issue, min_size=1)))


def groups_of(links: set[tuple[str, str]]) -> dict[str, set[str]]:
    """The connected issues of each, as links of a graph without direction say."""
    groups = {one: {one} for one in ISSUES}
    for one, other in links:
        union = groups[one] | groups[other]
        for member in union:
            groups[member] = union
    return groups


@given(steps)
def test_merges_behave_like_links_that_can_be_cut(actions):
    state, links = MergedIssues(), {}
    for action, one, others in actions:
        if action == "merge":
            new = state.merged(others, one)
            state = MergedIssues({**state.parents, **new})
            links.update(new)
        else:
            state = MergedIssues({i: p for i, p in state.parents.items() if i not in others})
            links = {i: p for i, p in links.items() if i not in others}
        groups = groups_of(set(links.items()))
        for member in ISSUES:
            assert set(state.members(member)) == groups[member]
            assert state.root(member) in groups[member]
            assert state.members(member)[0] == state.root(member)
        assert {member: state.root(member) for member in state.parents} == dict(state.roots)
        assert sorted(state.expand(ISSUES)) == ISSUES


@given(steps, issue, st.lists(issue, min_size=1))
def test_taking_a_merge_back_gives_what_was_there(actions, into, others):
    state = MergedIssues()
    for action, one, more in actions:
        if action == "merge":
            state = MergedIssues({**state.parents, **state.merged(more, one)})
    new = state.merged(others, into)
    after = MergedIssues({**state.parents, **new})
    assert all(after.root(member) == state.root(into) for member in [into, *others])
    back = MergedIssues({i: p for i, p in after.parents.items() if i not in new})
    assert back.parents == state.parents


def test_there_is_a_bound(monkeypatch):
    monkeypatch.setattr(module, "MAX_MERGED", 2)
    with pytest.raises(StoreRejected, match="at most 2"):
        MergedIssues().merged(ISSUES[1:4], ISSUES[0])
