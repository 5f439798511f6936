"""``ChangeLog.find`` against a filter that looks at every entry, on every adapter."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enterprise_service.ports.change_log import ChangeFilter, ChangeLog, LogEntry
from tests.support.entries import assignment_edit, entry
from tests.support.stores import NewStores, TriedStore

NAMES = ("a", "b", "A", "é", "%", "d1", "d2")
names = st.sampled_from(NAMES)
subject_names = st.sampled_from((*NAMES, "key:a", "key:b"))
records = st.none() | st.fixed_dictionaries(
    {}, optional={"subject": names, "provider_id": names, "domain": names, "id": names}
)
edits = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["organization", "clinic", "role", "assignment", "provider_assignment", "api_key"]),
        "domain": names,
        "id": names,
        "before": records,
        "after": records,
    }
)
changes = st.fixed_dictionaries({"actor": names, "edits": st.lists(edits, max_size=3)})
filters = st.builds(
    ChangeFilter,
    actor=st.none() | names,
    subject=st.none() | subject_names,
    domains=st.none() | st.frozensets(names, max_size=3),
    after=st.integers(0, 8),
    before=st.none() | st.integers(0, 10),
)


def holds(wanted: ChangeFilter, one: LogEntry) -> bool:
    change = json.loads(one.body)
    return (
        (wanted.actor is None or wanted.actor == change["actor"])
        and (wanted.subject is None or wanted.subject in subjects(change))
        and (wanted.domains is None or bool(wanted.domains & domains(change)))
        and one.revision > wanted.after
        and (wanted.before is None or one.revision < wanted.before)
    )


def subjects(change: dict[str, Any]) -> set[str]:
    sides = [edit[side] for edit in change["edits"] for side in ("before", "after") if edit[side]]
    keys = {f"key:{edit['id']}" for edit in change["edits"] if edit["kind"] == "api_key"}
    return keys | {side[name] for side in sides for name in ("subject", "provider_id") if name in side}


def domains(change: dict[str, Any]) -> set[str]:
    made = {edit["id"] for edit in change["edits"] if edit["kind"] in ("organization", "clinic")}
    return made | {edit["domain"] for edit in change["edits"]}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(changes, max_size=8), st.lists(filters, min_size=1, max_size=8), st.integers(0, 6))
def test_find_is_complete_and_exact(
    new_store: NewStores, made: list[dict[str, Any]], asked: list[ChangeFilter], limit: int
) -> None:
    """ChangeLog 13: what a look at every entry gives, newest first, as many as wanted."""
    store = new_store()
    entries = [entry(number, **change) for number, change in enumerate(made, start=1)]
    for one in entries:
        store.log.append(one)
    for wanted in asked:
        assert list(store.log.find(wanted, limit)) == [e for e in reversed(entries) if holds(wanted, e)][:limit]
    store.close()


@pytest.fixture
def log(store: TriedStore) -> ChangeLog:
    return store.log


def test_find_goes_on_below_the_last_one_returned(log: ChangeLog) -> None:
    """ChangeLog 13: pages by ``before`` give every match once."""
    for revision in range(1, 31):
        edit = assignment_edit("eve" if revision % 3 else "bob", "clinic")
        log.append(entry(revision, edits=[edit]))
    found: list[int] = []
    while page := log.find(ChangeFilter(subject="eve", before=found[-1] if found else None), 4):
        found += [one.revision for one in page]
    assert found == [revision for revision in range(30, 0, -1) if revision % 3]


def test_one_change_that_touches_two_wanted_domains_counts_once(log: ChangeLog) -> None:
    """ChangeLog 13: the limit counts changes."""
    for revision in range(1, 4):
        log.append(entry(revision, edits=[assignment_edit("eve", "c1"), assignment_edit("eve", "c2")]))
    found = log.find(ChangeFilter(domains=frozenset({"c1", "c2"})), 2)
    assert [one.revision for one in found] == [3, 2]


@pytest.mark.parametrize(
    ("wanted", "limit"),
    [
        (ChangeFilter(actor="\ud800"), 5),
        (ChangeFilter(subject="\udfff"), 5),
        (ChangeFilter(actor="alice\0"), 5),
        (ChangeFilter(domains=frozenset({"clinic\0"})), 5),
        (ChangeFilter(domains=frozenset({"\ud800"})), 5),
        (ChangeFilter(domains=frozenset()), 5),
        (ChangeFilter(after=2**70), 5),
        (ChangeFilter(before=-(2**70)), 5),
        (ChangeFilter(), 0),
        (ChangeFilter(), -1),
    ],
)
def test_what_no_entry_can_have_finds_nothing(log: ChangeLog, wanted: ChangeFilter, limit: int) -> None:
    log.append(entry(1, edits=[assignment_edit("eve", "clinic")]))
    assert not log.find(wanted, limit)
    assert log.find(ChangeFilter(after=-(2**70), before=2**70), 2**70)


def test_thousands_of_domains_may_be_asked_for(log: ChangeLog) -> None:
    for revision in range(1, 4):
        log.append(entry(revision, edits=[assignment_edit("eve", f"clinic-{revision}")]))
    wanted = frozenset(f"clinic-{number}" for number in range(2, 40_000))
    assert [one.revision for one in log.find(ChangeFilter(domains=wanted), 5)] == [3, 2]
