"""`verify export`: what differs, and that it is healed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest

from enterprise_adapters.memory import ManualClock, MemoryLeases, MemoryPolicyExport
from enterprise_service.bootstrap import open_store, tools
from enterprise_service.chores.policy_export import LEASE, PolicyExportChore
from enterprise_service.cli.tools import Exporting, Tools
from enterprise_service.ports.policy_export import Row, Rule, key_of
from enterprise_service.settings import Settings
from tests.support.command_line import Machine

EVE: Rule = ("g", "eve", "role:platform/dentist", "bright-harbor")


@dataclass
class Kept:
    """An export that stays from one command to the next."""

    export: MemoryPolicyExport = field(default_factory=MemoryPolicyExport)
    leases: MemoryLeases = field(default_factory=lambda: MemoryLeases(ManualClock()))

    @contextmanager
    def exporting(self, settings: Settings) -> Iterator[Exporting | None]:
        with open_store(settings, writes=False) as opened:
            chore = PolicyExportChore(opened.follower, self.export, self.leases, opened.clock)
            yield Exporting(follower=opened.follower, export=self.export, chore=chore)


@pytest.fixture
def kept(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Kept:
    machine.load()
    kept = Kept()

    def with_export(environment: Mapping[str, str]) -> Tools:
        return replace(tools(environment), exporting=kept.exporting)

    monkeypatch.setattr("tests.support.command_line.tools", with_export)
    return kept


def counts(machine: Machine, *words: str) -> tuple[int, int, int, int]:
    """The exit code, and what is missing, extra, and healed."""
    ended = machine("verify", "export", *words, "-o", "json")
    found = ended.fields()
    assert found["equal"] == (found["missing"] + found["extra"] + found["different"] == 0)
    return ended.code, found["missing"], found["extra"], found["healed"]


def test_an_export_that_was_never_written_lacks_everything(machine: Machine, kept: Kept) -> None:
    ended = machine("verify", "export")
    *shown, said, written = ended.out.splitlines()
    assert ended.code == 1
    assert len(shown) == 20
    assert all(line.startswith("MISSING p, role:") for line in shown)
    assert said.endswith(" missing, 0 extra, 0 different")
    assert written == "the export was never written"
    assert kept.export.status().claimed == 0


def test_what_differs_is_healed(machine: Machine, kept: Kept) -> None:
    code, missing, _, healed = counts(machine)
    assert (code, healed) == (1, 0)
    assert counts(machine, "--heal") == (0, 0, 0, missing)
    assert counts(machine) == (0, 0, 0, 0)
    kept.export.write(kept.export.claim().number, list(kept.export.rows())[:3], [EVE])
    assert counts(machine) == (1, 3, 1, 0)
    ended = machine("verify", "export", "--heal")
    assert ended.code == 0
    assert "4 differences were healed" in ended.out
    assert "last written at 20" in ended.out


def test_nothing_is_written_where_nothing_differs(machine: Machine, kept: Kept) -> None:
    machine("verify", "export", "--heal")
    assert counts(machine, "--heal") == (0, 0, 0, 0)
    assert kept.export.status().claimed == 1


def test_each_difference_is_shown_with_what_is_there(
    machine: Machine, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine("verify", "export", "--heal")
    tree: Rule = ("g2", "bright-smiles", "platform")
    odd = [
        Row(key="odd", rule=None, handle=("odd", 1)),
        Row(key=key_of(EVE), rule=EVE, handle=(key_of(EVE), 1)),
        Row(key=key_of(tree), rule=EVE, handle=(key_of(tree), 1)),
    ]
    others = [row for row in kept.export.rows() if row.rule != tree]
    monkeypatch.setattr(kept.export, "rows", lambda: iter([*others, *odd]))
    eve = ", ".join(EVE)
    *shown, said, _ = machine("verify", "export").out.splitlines()
    assert shown == ["EXTRA odd", f"EXTRA {eve}", f"DIFFERENT g2, bright-smiles, platform; found {eve}"]
    assert said.endswith("0 missing, 2 extra, 1 different")


def test_a_service_that_keeps_the_lease_is_not_waited_for(machine: Machine, kept: Kept) -> None:
    assert kept.leases.acquire(LEASE, "the service", 60)
    assert machine("verify", "export", "--heal").code == 0


def test_that_another_process_began_meanwhile_is_no_answer(
    machine: Machine, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept.export, "is_current", lambda _number: False)
    ended = machine("verify", "export", "--heal")
    assert (ended.code, ended.out) == (3, "")
    assert "another process began to write the export meanwhile" in ended.err


def test_the_embedded_store_has_none(machine: Machine) -> None:
    machine.load()
    ended = machine("verify", "export")
    assert (ended.code, ended.out) == (2, "")
    assert "the embedded store has no export" in ended.err
