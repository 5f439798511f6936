"""Loading bundles on states in tests, as a commit would."""

from __future__ import annotations

from enterprise_policy.state.built_in import BUILT_IN_ROLES
from enterprise_policy.state.edits import Edit
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.record import Kind, Record
from enterprise_service.bundles.draft import Load
from enterprise_service.bundles.parse import parse
from enterprise_service.bundles.plan import Plan, plan
from tests.support.policies import applied, state_of
from tests.unit.bundles.broken_files import source_files

NOW = 1_767_225_600_000_000  # 2026-01-01
GIT = Load(actor="ci", managed_by="git")
SAMPLES = Load(actor="operator")

NURSE = "kind: role\nid: nurse\n"
ACME = "kind: tenant\norganization: {id: acme, name: Acme}\n"


def empty() -> PolicyState:
    """A store as the program makes it."""
    return state_of(*BUILT_IN_ROLES)


def planned(state: PolicyState, *texts: str, load: Load = GIT) -> Plan:
    """The plan of files of these texts."""
    files = {f"{number}.yaml": text for number, text in enumerate(texts)}
    return plan(state, parse(source_files(files)), load, NOW)


def loaded(state: PolicyState, *texts: str, load: Load = GIT) -> PolicyState:
    """The state after them; each edit is judged by the invariants again."""
    edits = planned(state, *texts, load=load).edits
    return applied(state, *edits) if edits else state


def told(edits: tuple[Edit, ...]) -> list[str]:
    """``edits`` in short, in order: `create role nurse`."""
    return [f"{edit.op.value} {edit.kind.value} {_name(edit.record)}" for edit in edits]


def _name(record: Record) -> str:
    return getattr(record, "subject", record.id)


def records(state: PolicyState) -> dict[tuple[str, str, str], Record]:
    """Every record of ``state``."""
    return {
        (kind.value, versioned.record.home, versioned.record.id): versioned.record
        for kind in Kind
        for versioned in state.table(kind)
    }
