from __future__ import annotations

import pytest

from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.catalogue import Catalogue
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.provider_assignment import ProviderAssignment
from enterprise_policy.state.record import Record, Status
from enterprise_policy.state.role import Effect, Permission, Role, RoleRef
from enterprise_policy.values.windows import Window, parse_instant
from enterprise_service.bundles.cases import state_of
from enterprise_service.bundles.draft import assignment_id
from enterprise_service.bundles.parse import parse
from tests.unit.bundles.broken_files import shown_for, source_files
from tests.unit.bundles.loading import ACME, NURSE, records

Records = dict[tuple[str, str, str], Record]


def read(*texts: str) -> Records:
    """The records of files of these texts."""
    return records(state_of(parse(source_files({f"{n}.yaml": text for n, text in enumerate(texts)}))))


def test_a_catalogue_is_read_with_what_is_left_out() -> None:
    record = read(
        """\
kind: catalogue
resources:
  - resource: /patients/:id
    label: Patient
    group: Patients
    description: >
      One patient,
      and all of him.
    actions:
      - {action: read, label: Read, description: Look.}
      - {action: delete, label: Delete, description: Remove., dangerous: true, tenants: false}
"""
    )["catalogue", "platform", "catalogue"]

    assert isinstance(record, Catalogue)
    (resource,) = record.resources
    assert resource.description == "One patient, and all of him."
    assert [(a.action, a.dangerous, a.tenants) for a in resource.actions] == [
        ("read", False, True),
        ("delete", True, False),
    ]


def test_a_role_is_made_at_the_platform_unless_it_says_otherwise() -> None:
    made = read(
        "kind: role\nid: nurse\ndescription: Helps\npermissions:\n"
        "  - {resource: /x, actions: [read, write]}\n  - {resource: note, actions: ['*'], effect: deny}\n",
        "kind: role\nid: helper\ndomain: acme\ninherits: [nurse, {domain: platform, id: auditor}]\n",
        ACME,
    )

    nurse, helper = made["role", "platform", "nurse"], made["role", "acme", "helper"]
    assert isinstance(nurse, Role)
    assert isinstance(helper, Role)
    assert nurse.description == "Helps"
    assert nurse.permissions == (
        Permission("/x", "read"),
        Permission("/x", "write"),
        Permission("note", "*", Effect.DENY),
    )
    assert helper.inherits == (RoleRef("platform", "nurse"), RoleRef("platform", "auditor"))


def test_a_tenant_is_read_whole() -> None:
    made = read(
        NURSE,
        """\
kind: tenant
organization: {id: acme, name: Acme Inc., status: suspended, attributes: {city: Chicago, area: "312"}}
clinics:
  - {id: north, name: North, parent: group}
  - {id: group, name: Group}
providers:
  - {provider: dr.lee, clinic: north, roles: [nurse], ends_at: "2030-01-01T00:00:00Z"}
assignments:
  - {subject: ann, role: nurse, domain: group, starts_at: 2026-01-01T00:00:00Z, reason: New here}
""",
    )

    acme = made["organization", "platform", "acme"]
    assert isinstance(acme, Organization)
    assert (acme.name, acme.status) == ("Acme Inc.", Status.SUSPENDED)
    assert acme.attributes == (("area", "312"), ("city", "Chicago"))
    north, group = made["clinic", "platform", "north"], made["clinic", "platform", "group"]
    assert isinstance(north, Clinic)
    assert isinstance(group, Clinic)
    assert (north.parent_id, north.organization_id, group.parent_id) == ("group", "acme", "acme")
    lee = made["provider_assignment", "north", "dr.lee"]
    assert isinstance(lee, ProviderAssignment)
    assert lee.window == Window(None, parse_instant("2030-01-01T00:00:00Z"))
    (ann,) = (record for key, record in made.items() if key[:2] == ("assignment", "group"))
    assert isinstance(ann, Assignment)
    assert (ann.subject, ann.reason) == ("ann", "New here")


def test_a_role_named_by_its_id_is_the_nearest_one_above() -> None:
    made = read(
        NURSE,
        ACME + "clinics: [{id: c1, name: C1}, {id: c2, name: C2}]\n"
        "roles:\n  - {id: nurse, domain: c1}\n"
        "  - {id: dentist, inherits: [nurse]}\n  - {id: dentist, domain: c1, inherits: [nurse]}\n"
        "assignments: [{subject: ann, role: nurse, domain: c1}, {subject: ann, role: nurse, domain: c2}]\n",
    )
    held = {record.domain: record.role for record in made.values() if isinstance(record, Assignment)}

    assert held == {"c1": RoleRef("c1", "nurse"), "c2": RoleRef("platform", "nurse")}
    links = {
        key[1]: record.inherits for key, record in made.items() if isinstance(record, Role) and key[2] == "dentist"
    }
    assert links == {"acme": (RoleRef("platform", "nurse"),), "c1": (RoleRef("c1", "nurse"),)}


def test_an_extension_is_never_meant_by_a_name() -> None:
    made = read(
        NURSE,
        ACME + "roles: [{id: nurse, extends: platform}]\nassignments: [{subject: ann, role: nurse, domain: acme}]\n",
    )

    (ann,) = (record for record in made.values() if isinstance(record, Assignment))
    assert ann.role == RoleRef("platform", "nurse")


def test_an_assignments_id_follows_from_what_it_says_but_not_from_its_end() -> None:
    role, window = RoleRef("platform", "nurse"), Window(1, 2)

    one = assignment_id("acme", "ann", role, window)
    assert one == "file-" + one[5:]
    assert len(one) == 29
    assert assignment_id("acme", "ann", role, Window(1, 3)) == one
    others = [
        assignment_id("acme", "bob", role, window),
        assignment_id("other", "ann", role, window),
        assignment_id("acme", "ann", RoleRef("acme", "nurse"), window),
        assignment_id("acme", "ann", role, Window(2, 3)),
        assignment_id("acme", "ann", role, Window(None, 2)),
    ]
    assert len({one, *others}) == 6


@pytest.mark.parametrize(
    "text", ["1e3", "0x1F", "0o17", "-3", "+.5", ".inf", ".NaN", "007", "True", "NULL", "No", "on", "~"]
)
def test_what_yaml_reads_as_something_else_is_no_text(text: str) -> None:
    shown = shown_for({"a.yaml": f"kind: role\nid: {text}\n"})

    assert shown.startswith("a.yaml:2:5: expected text, found ")
    assert shown.split("\n")[0].endswith(": put it in quotes")


@pytest.mark.parametrize("text", ["1.2.3", "0b1", "x1", "nope", "2026-01-31", "12:30", "'7'", '"yes"'])
def test_other_text_needs_no_quotes(text: str) -> None:
    assert shown_for({"a.yaml": f"kind: role\nid: {text}\n"}) == ""


@pytest.mark.parametrize("text", ["2026-01-31T08:00:00Z", "'2026-01-31T08:00:00.5Z'"])
def test_times_are_read_with_and_without_quotes(text: str) -> None:
    assert (
        shown_for({"a.yaml": ACME + f"assignments: [{{subject: a, role: auditor, domain: acme, ends_at: {text}}}]\n"})
        == ""
    )


@pytest.mark.parametrize("text", ["", "~", "7", "[]"])
def test_what_is_no_time_is_told(text: str) -> None:
    shown = shown_for(
        {"a.yaml": ACME + f"assignments: [{{subject: a, role: auditor, domain: acme, ends_at: {text}}}]\n"}
    )

    assert ": expected a time, found " in shown


def test_a_faulty_record_is_still_there_for_those_that_name_it() -> None:
    shown = shown_for(
        {
            "a.yaml": "kind: role\nid: nurse\nshade: red\n",
            "t.yaml": "kind: tenant\norganization: {id: acme}\n"
            "assignments: [{subject: ann, role: nurse, domain: acme}]\n",
        }
    )

    assert [line for line in shown.split("\n") if line[:1] in "at"] == [
        "a.yaml:3:1: unknown field `shade`",
        "t.yaml:2:15: the field `name` is missing",
    ]


def test_what_may_be_made_in_a_file_that_can_not_be_read_is_not_called_unknown() -> None:
    tenant = "kind: tenant\norganization: {name: Acme}\nclinics: [{id: north, name: N}]\n"
    tenant += "roles: [{id: helper, domain: north}]\n"
    shown = shown_for(
        {
            "t.yaml": tenant,
            "u.yaml": "kind: role\nid: nurse\nextends: north\ninherits: [helper]\n",
            "v.yaml": "kind: role\nid: x\ndomain: north\n",
        }
    )

    assert [line for line in shown.split("\n") if line[:1] in "tuv"] == ["t.yaml:2:15: the field `id` is missing"]
