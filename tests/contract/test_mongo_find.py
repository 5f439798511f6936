"""How ``find`` goes through a log in pieces in MongoDB."""

from __future__ import annotations

import json

import pytest

from enterprise_service.ports.change_log import ChangeFilter
from tests.support.entries import assignment_edit, entry
from tests.support.stores import store_at

FILTERS = [
    ChangeFilter(actor="a0"),
    ChangeFilter(actor="a1", after=7),
    ChangeFilter(subject="rare"),
    ChangeFilter(subject="rare", before=25),
    ChangeFilter(domains=frozenset({"d0", "d3", "d4"})),
    ChangeFilter(actor="a2", domains=frozenset({"d1", "d2"}), before=30, after=2),
    ChangeFilter(actor="nobody"),
]


@pytest.mark.parametrize(("window", "growth"), [(1, 2), (1, 1), (3, 2), (7, 4), (40, 4)])
def test_windows_and_groups_of_every_size_find_the_same(
    mongodb_uri: str, monkeypatch: pytest.MonkeyPatch, window: int, growth: int
) -> None:
    """ChangeLog 13: none is left out at a border, and the newest come first."""
    monkeypatch.setattr("enterprise_adapters.mongo.finding._FIRST_WINDOW", window)
    monkeypatch.setattr("enterprise_adapters.mongo.finding._GROWTH", growth)
    monkeypatch.setattr("enterprise_adapters.mongo.finding._DOMAINS_AT_ONCE", 2)
    log = store_at(mongodb_uri).log
    for n in range(1, 41):
        subject = "rare" if n in {1, 2, 20, 33} else "eve"
        log.append(entry(n, actor=f"a{n % 3}", edits=[assignment_edit(subject, f"d{n % 5}")]))
    everything = [(one.revision, json.loads(one.body)) for one in log.read(0, 100)]
    for wanted in FILTERS:
        expected = [revision for revision, change in reversed(everything) if holds(wanted, revision, change)]
        for limit in (1, 2, 5, 100):
            assert [one.revision for one in log.find(wanted, limit)] == expected[:limit]
    log.close()


def holds(wanted: ChangeFilter, revision: int, change: dict[str, object]) -> bool:
    (edit,) = change["edits"]  # type: ignore[misc]
    return (
        wanted.actor in {None, change["actor"]}
        and wanted.subject in {None, edit["after"]["subject"]}
        and (wanted.domains is None or edit["domain"] in wanted.domains)
        and wanted.after < revision < (wanted.before or 100)
    )
