"""What people took away from a bundle stays away, until the files say less or a load is told to give it again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.provider_assignment import ProviderAssignment, Verification
from enterprise_policy.values.windows import Window, parse_instant
from enterprise_service.administer.commit import Request
from enterprise_service.administer.scene import Author
from enterprise_service.bootstrap import reading, writing
from enterprise_service.settings import Settings
from tests.support.command_line import Ended, Machine

ROLE = "kind: role\nid: nurse\n"
TENANT = """\
kind: tenant
organization: {id: acme, name: Acme}
clinics: [{id: north, name: North}]
providers: [{provider: lee, clinic: north, roles: [nurse]}]
assignments: [{subject: ann, role: nurse, domain: acme}]
"""
PERSON = Author(actor="oncall", credential="token", request_id="r1")
OLD_LOAD = Author(actor="system:local", credential="local", request_id="cli-1")
SOON = parse_instant("2099-01-01T00:00:00Z")


@pytest.fixture
def machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Machine:
    machine = Machine(tmp_path, capsys)
    load(machine)
    give_admin(machine)
    return machine


def load(machine: Machine, *words: str, tenant: str = TENANT) -> Ended:
    folder = machine.write(roles__nurse=ROLE, tenants__acme=tenant)
    ended = machine("policy", "load", folder, "--bundle", "git", "-o", "json", *words)
    assert ended.code == 0, ended.err
    return ended


def give_admin(machine: Machine) -> None:
    """Whoever is on call may do what he does below."""
    admin = Assignment.from_fields(
        {
            "domain": "platform",
            "id": "oncall",
            "subject": "oncall",
            "role": {"domain": "platform", "id": "platform-admin"},
            "source": "direct",
            "created_by": "bootstrap",
        }
    )
    write(machine, create(admin), author=replace(PERSON, actor="bootstrap"))


def write(machine: Machine, *edits: Edit, author: Author = PERSON, **more: str) -> None:
    with writing(Settings(sqlite_path=machine.store)) as opened:
        opened.commit(author, Request(propose=lambda _: edits, **more))


def state_of(machine: Machine) -> PolicyState:
    with reading(Settings(sqlite_path=machine.store)) as opened:
        return opened.follower.catch_up().state


def ann(machine: Machine) -> Assignment:
    (held,) = state_of(machine).assignments_of("ann", "acme")
    return held


def lee(machine: Machine) -> ProviderAssignment:
    (found,) = state_of(machine).providers.items("north")
    return found.record


def made(ended: Ended) -> list[tuple[str, str]]:
    return [(edit["op"], edit["kind"]) for edit in ended.fields()["edits"]]


@pytest.mark.parametrize("dry_run", [(), ("--dry-run",)])
def test_an_assignment_that_was_deleted_is_told_as_drift_and_stays_away(
    machine: Machine, dry_run: tuple[str, ...]
) -> None:
    write(machine, delete(ann(machine)))

    ended = load(machine, *dry_run)

    assert made(ended) == []
    (drift,) = ended.fields()["drift"]
    assert drift["where"].endswith("acme.yaml:5:25")
    assert drift["detail"] == "the assignment of `nurse` to `ann` at `acme` was ended or shortened since"
    assert "it stays so" in ended.err
    assert "--revive" in ended.err
    assert state_of(machine).assignments_of("ann", "acme") == ()


def test_an_assignment_that_was_shortened_stays_short(machine: Machine) -> None:
    held = ann(machine)
    write(machine, update(held, replace(held, window=Window(None, SOON))))

    assert made(load(machine)) == []
    assert ann(machine).window == Window(None, SOON)


def test_a_provider_who_was_taken_off_a_clinic_or_shortened_stays_so(machine: Machine) -> None:
    record = lee(machine)
    write(machine, update(record, replace(record, window=Window(None, SOON))))
    assert made(load(machine)) == []

    write(machine, delete(lee(machine)))
    ended = load(machine)
    assert made(ended) == []
    assert [drift["detail"] for drift in ended.fields()["drift"]] == [
        "the provider `lee` at `north` was ended or shortened since"
    ]


def test_it_is_given_again_when_the_load_is_told_to(machine: Machine) -> None:
    write(machine, delete(ann(machine)))

    ended = load(machine, "--revive")

    assert made(ended) == [("create", "assignment")]
    assert ended.fields()["drift"] == []


def test_once_given_again_it_is_as_if_nothing_had_happened(machine: Machine) -> None:
    write(machine, delete(ann(machine)))
    load(machine, "--revive")
    longer = TENANT.replace("domain: acme}]", "domain: acme, reason: Covers for Bea}]")

    assert made(load(machine, tenant=longer)) == [("update", "assignment")]


def test_files_that_say_less_than_what_people_left_are_followed(machine: Machine) -> None:
    held = ann(machine)
    write(machine, update(held, replace(held, window=Window(None, SOON))))
    shorter = TENANT.replace("domain: acme}]", "domain: acme, ends_at: 2098-01-01T00:00:00Z}]")

    assert made(load(machine, tenant=shorter)) == [("update", "assignment")]
    assert load(machine, tenant=TENANT).fields()["drift"] == []


def test_what_the_files_themselves_took_away_comes_back_with_them(machine: Machine) -> None:
    without = TENANT.replace("assignments: [{subject: ann, role: nurse, domain: acme}]\n", "")

    assert made(load(machine, tenant=without)) == [("delete", "assignment")]
    assert made(load(machine)) == [("create", "assignment")]


def test_what_a_load_of_an_older_version_took_away_comes_back_with_the_files(machine: Machine) -> None:
    write(machine, delete(ann(machine)), author=OLD_LOAD, reason="policy load git")

    assert made(load(machine)) == [("create", "assignment")]


def test_what_people_gave_back_themselves_is_the_files_again(machine: Machine) -> None:
    held = ann(machine)
    write(machine, delete(held))
    write(machine, create(held))

    ended = load(machine, tenant=TENANT.replace("domain: acme}]", "domain: acme, reason: New}]"))

    assert made(ended) == [("update", "assignment")]


def test_what_people_gave_back_for_a_shorter_time_stays_short(machine: Machine) -> None:
    held = ann(machine)
    write(machine, delete(held))
    write(machine, create(replace(held, window=Window(None, SOON))))

    assert made(load(machine)) == []
    assert ann(machine).window == Window(None, SOON)


def test_what_the_program_did_since_is_no_decision_of_people(machine: Machine) -> None:
    record = lee(machine)
    seen = replace(record, verification=Verification.VERIFIED)
    write(machine, update(record, seen), author=replace(PERSON, actor="system:program"), bundle="git")

    shorter = TENANT.replace("roles: [nurse]}", "roles: [nurse], ends_at: 2098-01-01T00:00:00Z}")
    load(machine, tenant=shorter)
    assert made(load(machine)) == [("update", "provider_assignment")]


def test_many_records_of_a_domain_are_judged_like_few(machine: Machine) -> None:
    people = "".join(f"  - {{subject: p{number}, role: nurse, domain: acme}}\n" for number in range(12))
    tenant = TENANT.partition("assignments:")[0] + f"assignments:\n{people}"
    load(machine, tenant=tenant)
    held = [found.record for found in state_of(machine).assignments.items("acme")]
    write(machine, *map(delete, held[:10]))

    ended = load(machine, tenant=tenant)

    assert (made(ended), len(ended.fields()["drift"])) == ([], 10)


def test_what_is_older_than_a_page_of_the_log_is_found_too(machine: Machine) -> None:
    held = ann(machine)
    write(machine, delete(held))
    for number in range(25):
        other = replace(held, id=f"other-{number}", managed_by=None)
        write(machine, create(other))
        write(machine, delete(other))

    assert made(load(machine)) == []


def test_a_sample_that_people_deleted_stays_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    machine = Machine(tmp_path, capsys)
    folder = machine.write(roles__nurse=ROLE, tenants__acme=TENANT)
    words = ("policy", "load", folder, "--unmanaged", "-o", "json")
    machine(*words)
    (held,) = state_of(machine).assignments_of("ann", "acme")
    write(machine, delete(held), author=replace(PERSON, actor="bootstrap"))

    ended = machine(*words)

    assert made(ended) == []
    assert len(ended.fields()["skipped"]) == 1
    assert made(machine(*words, "--revive")) == [("create", "assignment")]


def test_a_dry_run_without_a_store_shows_a_first_load_and_makes_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = Machine(tmp_path, capsys)
    folder = machine.write(roles__nurse=ROLE, tenants__acme=TENANT)

    ended = machine("policy", "load", folder, "--dry-run", "-o", "json")

    assert (ended.code, ended.fields()["revision"]) == (0, 0)
    assert len(made(ended)) == 5
    assert not machine.store.exists()
