"""Each command in each situation ends with the code of the one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from enterprise_service.cli.exit_codes import MEANINGS, ExitCode
from tests.support.command_line import POLICIES, ROOT, SAMPLES, Machine

PAGE = ROOT / "docs/reference/exit-codes.md"

ALLOWED = ("dr.lee", "read", "/patients/42/chart", "-d", "bright-harbor")
DENIED = ("frank.desk", "read", "/patients/42/images", "-d", "bright-downtown")

ROLE = "kind: role\nid: keeper\npermissions: [{resource: /doors, actions: [open]}]\n"
CATALOGUE = """\
kind: catalogue
resources:
  - resource: /doors
    label: Doors
    group: House
    description: The doors.
    actions: [{action: open, label: Open, description: Opens doors., dangerous: false, tenants: true}]
"""
BROKEN = "kind: role\nid: keeper\ninherits: [nobody]\n"


def cases(expect: str, reason: str) -> str:
    return (
        "kind: cases\ndescription: About doors.\ncases:\n"
        f"  - {{name: A stranger opens no door, subject: eve, action: open, resource: /doors, domain: platform,"
        f" expect: {expect}, reason: {reason}}}\n"
    )


SITUATIONS: list[tuple[str, tuple[object, ...], ExitCode]] = [
    ("empty", ("--version",), ExitCode.YES),
    ("empty", ("--help",), ExitCode.YES),
    ("empty", ("check", "--help"), ExitCode.YES),
    ("empty", (), ExitCode.INPUT),
    ("empty", ("nonsense",), ExitCode.INPUT),
    ("empty", ("policy", "nonsense"), ExitCode.INPUT),
    ("empty", ("--nonsense",), ExitCode.INPUT),
    # check
    ("loaded", ("check", *ALLOWED), ExitCode.YES),
    ("loaded", ("check", *DENIED), ExitCode.NO),
    ("loaded", ("check", *DENIED, "--explain"), ExitCode.NO),
    ("loaded", ("check", *DENIED, "--output", "json"), ExitCode.NO),
    ("loaded", ("check", "eve", "read", "/patients/42/chart", "-d", "no-such-domain"), ExitCode.NO),
    ("loaded", ("check", *ALLOWED, "--at-least", "3"), ExitCode.YES),
    ("loaded", ("check", *ALLOWED, "--at-least", "4"), ExitCode.UNREACHABLE),
    ("loaded", ("check", *ALLOWED, "--at-least", "-1"), ExitCode.INPUT),
    ("loaded", ("check", "dr.lee", "read", "/patients/42/chart"), ExitCode.INPUT),
    ("loaded", ("check", "dr.lee", "read", "-d", "bright-harbor"), ExitCode.INPUT),
    ("loaded", ("check", "role:x", "read", "/x", "-d", "bright-harbor"), ExitCode.INPUT),
    ("loaded", ("check", "", "read", "/x", "-d", "bright-harbor"), ExitCode.INPUT),
    ("loaded", ("check", "dr.lee", "read", "/x/", "-d", "bright-harbor"), ExitCode.INPUT),
    ("loaded", ("check", "dr.lee", "read", "/x", "-d", "bright harbor"), ExitCode.INPUT),
    ("loaded", ("check", "dr.lee", "re\nad", "/x", "-d", "bright-harbor"), ExitCode.INPUT),
    ("loaded", ("check", *ALLOWED, "--output", "xml"), ExitCode.INPUT),
    ("empty", ("check", *ALLOWED), ExitCode.UNREACHABLE),
    ("no secret", ("check", *ALLOWED), ExitCode.UNREACHABLE),
    ("another secret", ("check", *ALLOWED), ExitCode.UNREACHABLE),
    ("garbage", ("check", *ALLOWED), ExitCode.UNREACHABLE),
    ("bad settings", ("check", *ALLOWED), ExitCode.INPUT),
    # policy validate
    ("empty", ("policy", "validate"), ExitCode.YES),
    ("empty", ("policy", "validate", POLICIES), ExitCode.YES),
    ("right files", ("policy", "validate", "FILES"), ExitCode.YES),
    ("wrong files", ("policy", "validate", "FILES"), ExitCode.INPUT),
    ("wrong files", ("policy", "validate", "FILES", "--output", "json"), ExitCode.INPUT),
    ("another model", ("policy", "validate", "FILES"), ExitCode.INPUT),
    ("empty", ("policy", "validate", "/nowhere"), ExitCode.INPUT),
    ("right files", ("policy", "validate", "FILES", "--patterns"), ExitCode.INPUT),
    # policy test
    ("empty", ("policy", "test", POLICIES), ExitCode.YES),
    ("right files", ("policy", "test", "FILES"), ExitCode.YES),
    ("failing case", ("policy", "test", "FILES"), ExitCode.NO),
    ("failing reason", ("policy", "test", "FILES"), ExitCode.NO),
    ("failing case", ("policy", "test", "FILES", "--output", "yaml"), ExitCode.NO),
    ("wrong files", ("policy", "test", "FILES"), ExitCode.INPUT),
    ("empty", ("policy", "test", SAMPLES), ExitCode.INPUT),
    ("empty", ("policy", "test", "/nowhere"), ExitCode.INPUT),
    ("empty", ("policy", "test", "--store", "--url", "http://127.0.0.1:1"), ExitCode.INPUT),
    ("loaded", ("policy", "test", POLICIES, "--store"), ExitCode.YES),
    ("empty", ("policy", "test", POLICIES, "--store"), ExitCode.UNREACHABLE),
    # policy load
    ("empty", ("policy", "load"), ExitCode.YES),
    ("loaded", ("policy", "load", POLICIES), ExitCode.YES),
    ("loaded", ("policy", "load", SAMPLES, "--unmanaged"), ExitCode.YES),
    ("right files", ("policy", "load", "FILES"), ExitCode.YES),
    ("empty", ("policy", "load", "--dry-run"), ExitCode.YES),
    ("loaded", ("policy", "load", "--dry-run"), ExitCode.YES),
    ("wrong files", ("policy", "load", "FILES"), ExitCode.INPUT),
    ("empty", ("policy", "load", "--bundle", "a b"), ExitCode.INPUT),
    ("empty", ("policy", "load", "--bundle", "b", "--unmanaged"), ExitCode.INPUT),
    ("empty", ("policy", "load", "/nowhere"), ExitCode.INPUT),
    ("loaded", ("policy", "load", "--bundle", "another"), ExitCode.CONFLICT),
    ("no secret", ("policy", "load"), ExitCode.UNREACHABLE),
    ("garbage", ("policy", "load"), ExitCode.UNREACHABLE),
    # policy export
    ("loaded", ("policy", "export"), ExitCode.YES),
    ("loaded", ("policy", "export", "--format", "yaml"), ExitCode.YES),
    ("loaded", ("policy", "export", "--format", "xml"), ExitCode.INPUT),
    ("empty", ("policy", "export"), ExitCode.UNREACHABLE),
    # policy verify
    ("loaded", ("policy", "verify", "--questions", "40"), ExitCode.YES),
    ("right files", ("policy", "verify", "FILES", "--questions", "40"), ExitCode.YES),
    ("wrong files", ("policy", "verify", "FILES"), ExitCode.INPUT),
    ("loaded", ("policy", "verify", "--questions", "0"), ExitCode.INPUT),
    ("empty", ("policy", "verify"), ExitCode.UNREACHABLE),
    # doctor
    ("garbage", ("doctor",), ExitCode.NO),
    ("no secret", ("doctor",), ExitCode.NO),
    ("bad settings", ("doctor",), ExitCode.NO),
    ("loaded", ("doctor", "nonsense"), ExitCode.INPUT),
    # what is managed
    ("empty", ("org", "list"), ExitCode.UNREACHABLE),
    ("loaded", ("org", "show", "bright-smiles"), ExitCode.YES),
    ("loaded", ("org", "show", "nowhere"), ExitCode.INPUT),
    ("loaded", ("org", "create", "--name", "New", "--dry-run"), ExitCode.YES),
    ("loaded", ("org", "create", "--name", "New", "--id", "bright-smiles"), ExitCode.CONFLICT),
    ("loaded", ("org", "update", "bright-smiles", "--name", "New", "--if-match", "1"), ExitCode.CONFLICT),
    ("loaded", ("org", "delete", "bright-smiles"), ExitCode.INPUT),
    ("loaded", ("org", "delete", "bright-smiles", "--dry-run"), ExitCode.CONFLICT),
    ("loaded", ("org", "delete", "bright-smiles", "--yes"), ExitCode.CONFLICT),
    ("loaded", ("org", "delete", "bright-smiles", "--yes", "--cascade"), ExitCode.YES),
    ("loaded", ("clinic", "create", "--organization", "nowhere", "--name", "New"), ExitCode.CONFLICT),
    ("loaded", ("role", "update", "dentist", "-d", "platform", "--description", "New"), ExitCode.CONFLICT),
    ("loaded", ("assignment", "delete", "--subject", "dr.lee", "--everywhere", "--yes"), ExitCode.YES),
    ("loaded", ("assignment", "list", "-d", "nowhere"), ExitCode.INPUT),
    ("loaded", ("change", "show", "99"), ExitCode.INPUT),
    ("loaded", ("change", "revert", "99", "--yes"), ExitCode.INPUT),
    ("no secret", ("org", "list"), ExitCode.UNREACHABLE),
    ("another secret", ("key", "list"), ExitCode.UNREACHABLE),
    ("garbage", ("org", "create", "--name", "New"), ExitCode.UNREACHABLE),
    ("bad settings", ("change", "list"), ExitCode.INPUT),
    ("loaded", ("who-can", "read", "/patients/42/chart", "-d", "bright-harbor"), ExitCode.YES),
    (
        "loaded",
        ("who-can", "read", "/patients/42/chart", "-d", "bright-harbor", "--at-least", "99"),
        ExitCode.UNREACHABLE,
    ),
    ("loaded", ("what-can", "dr.lee", "-d", "bright-harbor"), ExitCode.YES),
    ("garbage", ("what-can", "dr.lee", "-d", "bright-harbor"), ExitCode.UNREACHABLE),
    ("empty", ("completion", "bash"), ExitCode.YES),
    ("empty", ("completion", "tcsh"), ExitCode.INPUT),
    # serve, as far as it doesn't start
    ("bad settings", ("serve",), ExitCode.INPUT),
    ("empty", ("serve", "--port", "0"), ExitCode.INPUT),
    ("empty", ("serve", "--bootstrap-api-key", "x" * 32), ExitCode.INPUT),
    ("garbage", ("serve",), ExitCode.UNREACHABLE),
    ("no secret", ("serve",), ExitCode.UNREACHABLE),
    ("another secret", ("serve",), ExitCode.UNREACHABLE),
    ("empty", ("serve", "--plane", "decision"), ExitCode.UNREACHABLE),
]


def files(**texts: str) -> Callable[[Machine], object]:
    return lambda machine: machine.write(**texts)


def without_its_secret(machine: Machine) -> None:
    machine.load()
    machine.secret.unlink()


def with_another_secret(machine: Machine) -> None:
    machine.load()
    machine.secret.write_text("another secret of the same kind")


def with_garbage(machine: Machine) -> None:
    machine.store.parent.mkdir()
    machine.secret.write_text("a secret of some length")
    machine.store.write_bytes(b"no database" * 100)


def with_another_model(machine: Machine) -> None:
    (machine.write(keeper=ROLE) / "model.conf").write_text("[matchers]\nm = true\n")


PREPARE: Mapping[str, Callable[[Machine], object]] = {
    "empty": lambda _: None,
    "loaded": Machine.load,
    "no secret": without_its_secret,
    "another secret": with_another_secret,
    "garbage": with_garbage,
    "bad settings": lambda machine: machine.environment.update(LOG_LEVEL="loud"),
    "right files": files(keeper=ROLE, catalogue=CATALOGUE, tests__a_test=cases("deny", "no_assignment")),
    "failing case": files(keeper=ROLE, catalogue=CATALOGUE, tests__a_test=cases("allow", "allowed_by_permission")),
    "failing reason": files(keeper=ROLE, catalogue=CATALOGUE, tests__a_test=cases("deny", "unknown_domain")),
    "wrong files": files(keeper=BROKEN, tests__a_test=cases("deny", "no_assignment")),
    "another model": with_another_model,
}


def name_of(number: int) -> str:
    situation, words, _ = SITUATIONS[number]
    return f"{number} {situation}: {' '.join(Path(str(word)).name for word in words)[:60]}"


@pytest.mark.parametrize("number", range(len(SITUATIONS)), ids=name_of)
def test_a_command_ends_as_the_table_says(machine: Machine, number: int) -> None:
    situation, words, code = SITUATIONS[number]
    PREPARE[situation](machine)
    ended = machine(*(machine.folder / "files" if word == "FILES" else word for word in words))
    assert ended.code == code, ended.err
    if code in (ExitCode.INPUT, ExitCode.UNREACHABLE) and "validate" not in words and words:
        assert ended.out == ""
        assert ended.err != ""


def test_the_page_shows_the_table() -> None:
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line[2:3].isdigit()]
    assert rows == [f"| {code} | {meaning} |" for code, meaning in MEANINGS.items()]


def test_every_code_has_a_meaning() -> None:
    assert set(MEANINGS) == set(ExitCode)


def test_the_help_shows_the_table(machine: Machine) -> None:
    shown = machine("--help").out
    for code, meaning in MEANINGS.items():
        assert f"{code:>3}  {meaning}" in shown
