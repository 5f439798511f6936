"""What commands say: the forms for programs are kept as they are, and no form says what it mustn't."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from tests.support.command_line import SAMPLES, Machine

ALLOWED = ("dr.lee", "read", "/patients/42/chart", "-d", "bright-harbor")
DENIED = ("frank.desk", "read", "/patients/42/images", "-d", "bright-downtown")

DENY_FIELDS = {
    "allowed": False,
    "revision": 3,
    "reason": {
        "code": "denied_by_permission",
        "role": {"domain": "platform", "id": "front-desk"},
        "assigned_in": "bright-downtown",
        "assignment": "ID",
        "via": [{"domain": "platform", "id": "front-desk"}],
        "permission": {
            "domain": "bright-downtown",
            "resource": "/patients/:patient_id/images",
            "action": "read",
            "effect": "deny",
        },
    },
}


@pytest.fixture
def loaded(machine: Machine) -> Machine:
    machine.load()
    return machine


def without_ids(text: str) -> str:
    return re.sub(r"(file|provider)-[0-9a-f]{24}", "ID", text)


# --- check ---------------------------------------------------------------------------------------------------------


def test_check_says_the_decision_the_reason_and_the_revision(loaded: Machine) -> None:
    assert loaded("check", *ALLOWED).out == (
        "ALLOW\n"
        "the role `assistant` of `platform`, which comes with `dentist` of `platform`, held in `bright-harbor`, allows "
        "`read` on `/patients/:patient_id/chart`\n"
        "revision 3\n"
    )
    assert loaded("check", *DENIED).out == (
        "DENY\n"
        "the role `front-desk` of `platform`, held in `bright-downtown`, denies `read` on "
        "`/patients/:patient_id/images`\n"
        "revision 3\n"
    )


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (("eve", "read", "/x", "-d", "nowhere"), "there is no such domain"),
        (("eve", "read", "/x", "-d", "north-pinewood"), "the domain `north-pinewood` is suspended"),
        (("eve", "read", "/x", "-d", "bright-harbor"), "no role is held here"),
        (
            ("dr.lee", "read", "/x", "-d", "north-dental"),
            "no role is held here, but in `bright-harbor`, `bright-hillside`",
        ),
        (
            ("frank.desk", "read", "/x", "-d", "bright-downtown"),
            "no role held here allows it: `front-desk` of `platform`",
        ),
        (
            ("temp.desk", "create", "/appointments", "-d", "bright-downtown"),
            (
                "the role `front-desk` of `platform` would allow it, and is held in `bright-downtown` "
                "from 2019-11-01T00:00:00Z until 2020-02-01T00:00:00Z only"
            ),
        ),
    ],
)
def test_check_says_each_reason_in_a_sentence(loaded: Machine, asked: tuple[str, ...], sentence: str) -> None:
    word, said, _ = loaded("check", *asked).out.splitlines()
    assert (word, said) == ("DENY", sentence)


def test_explain_adds_what_led_to_it(loaded: Machine) -> None:
    lines = without_ids(loaded("check", *DENIED, "--explain").out).splitlines()
    assert lines[3:] == [
        "",
        "code         `denied_by_permission`",
        "role         `front-desk` of `platform`",
        "assigned_in  `bright-downtown`",
        "assignment   `ID`",
        "via          `front-desk` of `platform`",
        "permission   deny `read` on `/patients/:patient_id/images`, made in `bright-downtown`",
    ]


def test_check_for_programs(loaded: Machine) -> None:
    assert json.loads(without_ids(loaded("check", *DENIED, "-o", "json").out)) == DENY_FIELDS
    assert yaml.safe_load(without_ids(loaded("check", *DENIED, "-o", "yaml").out)) == DENY_FIELDS


# --- policy ----------------------------------------------------------------------------------------------------------


def test_validate_shows_each_fault_in_its_line(machine: Machine) -> None:
    folder = machine.write(keeper="kind: role\nid: keeper\ninherits: [nobody]\n")
    assert machine("policy", "validate", folder).out == (
        f"{folder}/keeper.yaml:3:12: unknown role `nobody`\n"
        "  3 | inherits: [nobody]\n"
        "    |            ^^^^^^\n"
        "  expected a role made at `platform`\n"
        "\n"
        "1 files, 1 records, 0 cases: 1 fault\n"
    )


def test_validate_for_programs(machine: Machine) -> None:
    folder = machine.write(keeper="kind: role\nid: keeper\ninherits: [nobody]\n")
    fields = machine("policy", "validate", folder, "-o", "json").fields()
    assert fields == {
        "files": 1,
        "records": 1,
        "cases": 0,
        "faults": [
            {
                "path": f"{folder}/keeper.yaml",
                "line": 3,
                "column": 12,
                "width": 6,
                "detail": "unknown role `nobody`",
                "expected": "expected a role made at `platform`",
                "hint": None,
            }
        ],
    }


CASES = """\
kind: cases
description: About nobody.
cases:
  - {name: Nobody, subject: eve, action: read, resource: /x, domain: platform, expect: deny, reason: no_assignment}
  - {name: Eve reads, subject: eve, action: read, resource: /x, domain: platform,
     expect: allow, reason: allowed_by_permission}
"""


def test_a_failed_case_is_shown_with_its_place(machine: Machine) -> None:
    file = machine.write(eve=CASES) / "eve.yaml"
    assert machine("policy", "test", file).out == (
        f"FAILED {file}:5: Eve reads\n"
        "  expected allow, allowed_by_permission\n"
        "  answered deny, no_assignment\n"
        "2 cases: 1 passed, 1 failed\n"
    )


def test_cases_for_programs(machine: Machine) -> None:
    file = machine.write(eve=CASES) / "eve.yaml"
    fields = machine("policy", "test", file, "-o", "json").fields()
    assert (fields["passed"], fields["failed"]) == (1, 1)
    assert fields["cases"][1] == {
        "path": str(file),
        "line": 5,
        "name": "Eve reads",
        "passed": False,
        "expected": {"allowed": True, "reason": "allowed_by_permission"},
        "actual": {"allowed": False, "reason": "no_assignment"},
    }


def test_load_says_what_it_did_and_does_nothing_twice(machine: Machine) -> None:
    folder = machine.write(keeper="kind: role\nid: keeper\n")
    assert machine("policy", "load", folder).out == "create role keeper in platform\nrevision 2: 1 created\n"
    assert machine("policy", "load", folder).out == "revision 2: nothing to do\n"
    (folder / "keeper.yaml").write_text("kind: role\nid: opener\n")
    tried = machine("policy", "load", folder, "--dry-run", "-o", "json").fields()
    done = machine("policy", "load", folder, "-o", "json").fields()
    assert done["edits"] == [
        {"op": "create", "kind": "role", "domain": "platform", "id": "opener"},
        {"op": "delete", "kind": "role", "domain": "platform", "id": "keeper"},
    ]
    assert (tried.pop("revision"), tried.pop("made"), tried.pop("dry_run")) == (2, False, True)
    assert (done.pop("revision"), done.pop("made"), done.pop("dry_run")) == (3, True, False)
    assert tried == done


def test_load_leaves_out_samples_and_tests(machine: Machine) -> None:
    folder = machine.write(keeper="kind: role\nid: keeper\n", samples__a="nonsense", tests__b="nonsense")
    assert machine("policy", "load", folder).code == 0


def test_load_of_samples_keeps_what_people_changed(loaded: Machine) -> None:
    changed = (SAMPLES / "bright-smiles.yaml").read_text().replace("Bright Smiles Harbor", "Another name")
    file = loaded.folder / "bright-smiles.yaml"
    file.write_text(changed)
    ended = loaded("policy", "load", file, "--unmanaged", "-o", "json")
    assert (ended.code, ended.fields()["edits"]) == (0, [])
    assert "the clinic `bright-harbor` is there already and differs" in ended.err
    assert len(ended.fields()["skipped"]) == 1


def test_export_and_load_of_casbin_csv_mean_the_same(loaded: Machine, tmp_path: Path, machine: Machine) -> None:
    exported = loaded("policy", "export")
    assert exported.code == 0
    csv = tmp_path / "policy.csv"
    csv.write_text(exported.out)
    assert exported.out.startswith("p, role:")
    other = Machine(tmp_path / "other", machine.capture)
    ended = other("policy", "load", csv, "--patterns", "--unmanaged")
    assert ended.code == 0, ended.err
    for asked in (ALLOWED, DENIED):
        assert other("check", *asked).code == loaded("check", *asked).code


def test_export_has_every_record(loaded: Machine) -> None:
    fields = loaded("policy", "export", "--format", "json").fields()
    assert fields["revision"] == 3
    counts = {kind: len(records) for kind, records in fields["records"].items()}
    assert counts["organization"] == 2
    assert {kind for kind, count in counts.items() if count == 0} == {"api_key"}
    assert "bright-harbor" in [clinic["id"] for clinic in fields["records"]["clinic"]]
    assert all(assignment["source"] != "provider" for assignment in fields["records"]["assignment"])
    assert yaml.safe_load(loaded("policy", "export", "--format", "yaml").out) == fields


def test_verify_repeats_what_its_seed_says(loaded: Machine) -> None:
    first = loaded("policy", "verify", "--questions", "60", "-o", "json").fields()
    assert first["differences"] == []
    assert (first["allowed"] > 0, first["denied"] > 0) == (True, True)
    again = loaded("policy", "verify", "--questions", "60", "--seed", first["seed"], "-o", "json").fields()
    assert again == first


def test_verify_finds_a_difference(loaded: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enterprise_service.cli.policy.verify.decide", lambda *_: True)
    ended = loaded("policy", "verify", "--questions", "60", "--seed", "1")
    assert ended.code == 1
    assert re.match(r"DIFFERS \S+ .+ in \S+: ours True, pycasbin's False\n", ended.out)
    fields = loaded("policy", "verify", "--questions", "60", "--seed", "1", "-o", "json").fields()
    assert set(fields["differences"][0]) == {"subject", "domain", "resource", "action", "ours", "pycasbin"}
