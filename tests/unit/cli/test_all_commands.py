"""What holds for every command, and for the forms in which all show data."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from enterprise_service.cli.output import table_lines, yaml_lines
from enterprise_service.setting_table import TABLE
from tests.support.command_line import POLICIES, ROOT, Machine
from tests.support.documents import document, words_in

ALLOWED = ("dr.lee", "read", "/patients/42/chart", "-d", "bright-harbor")

EVERYTHING = [
    ("check", *ALLOWED, "--explain"),
    ("policy", "validate", POLICIES),
    ("policy", "test", POLICIES),
    ("policy", "load", POLICIES),
    ("policy", "export", "--format", "yaml"),
    ("policy", "verify", "--questions", "20"),
    ("doctor",),
    ("doctor", "-o", "json"),
    ("--help",),
    ("serve", "--help"),
    ("completion", "bash"),
    ("org", "list", "-o", "json"),
    ("role", "show", "dentist", "-d", "platform"),
    ("key", "create", "--name", "sidecar", "-d", "bright-harbor", "--scope", "decide"),
    ("change", "list", "-o", "yaml"),
    ("who-can", "read", "/patients/42/chart", "-d", "bright-harbor"),
]


@pytest.mark.parametrize("number", range(len(EVERYTHING)), ids=lambda n: " ".join(map(str, EVERYTHING[n]))[:40])
def test_no_command_tells_a_secret(machine: Machine, number: int) -> None:
    machine.environment["BOOTSTRAP_API_KEY"] = key = "key-" + "k" * 40
    machine.environment["SERVICE_SECRET"] = secret = "secret-" + "s" * 40
    machine.load()
    ended = machine(*EVERYTHING[number])
    assert ended.code in (0, 1)
    assert key not in ended.out + ended.err
    assert secret not in ended.out + ended.err
    assert "\x1b" not in ended.out + ended.err


COMMANDS = [
    "check",
    "policy validate",
    "policy test",
    "policy load",
    "policy export",
    "policy verify",
    "import",
    "who-can",
    "what-can",
    "migrate up",
    "migrate down",
    "migrate status",
    "verify export",
    "completion",
    "doctor",
]

NOUNS = {
    **dict.fromkeys(("org", "clinic", "provider", "role", "assignment", "key"), "list show create update delete"),
    "change": "list show revert apply",
}
VERBS = [(noun, verb) for noun, verbs in NOUNS.items() for verb in verbs.split()]


def options_in(text: str) -> set[str]:
    return set(re.findall(r"--[a-z][a-z-]+", text)) - {"--help", "--output"}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_page_has_each_command_with_just_its_options(machine: Machine, command: str) -> None:
    page = (ROOT / "docs/reference/command-line.md").read_text("utf-8")
    section = page.partition(f"\n## {command}\n")[2].partition("\n## ")[0]
    assert f"    enterprise-service {command}" in section
    assert options_in(section) == options_in(machine(*command.split(), "--help").out)


def told_of(verb: str, rows: Sequence[tuple[str, ...]]) -> set[str]:
    """The options in ``rows`` that the verb has by their second column."""
    return {option for flags, verbs, _ in rows if verb in words_in(verbs) for option in options_in(flags)}


@pytest.mark.parametrize(("noun", "verb"), VERBS)
def test_the_page_has_each_verb_of_a_noun_with_just_its_options(machine: Machine, noun: str, verb: str) -> None:
    page = document("docs/reference/command-line.md")
    assert any(line.startswith(f"    enterprise-service {noun} {verb}") for line in page.prose)
    told = told_of(verb, page.table("Managing"))
    if noun != "change" or verb == "list":
        told |= told_of(verb, page.table(noun))
    assert told == options_in(machine(noun, verb, "--help").out)


def test_a_noun_has_the_verbs_that_the_page_has(machine: Machine) -> None:
    for noun, verbs in NOUNS.items():
        shown = machine(noun, "--help").out.partition("Commands:\n")[2]
        assert re.findall("^  ([a-z]+) ", shown, re.MULTILINE) == verbs.split()


def test_every_command_is_told_of(machine: Machine) -> None:
    shown = machine("--help").out.partition("Commands:\n")[2].partition("\n\n")[0]
    names = set(re.findall("^  ([a-z-]+) ", shown, re.MULTILINE))
    assert names == {command.split()[0] for command in COMMANDS} | NOUNS.keys() | {"serve"}


def test_serve_has_a_flag_for_each_setting_that_is_not_secret(machine: Machine) -> None:
    flags = {setting.flag for setting in TABLE if setting.flag is not None}
    assert options_in(machine("serve", "--help").out) == flags


# --- forms ---------------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=20,
)


@given(JSON)
def test_yaml_is_read_back_as_what_was_written(data: object) -> None:
    assert yaml.safe_load("\n".join(yaml_lines(data))) == data


@pytest.mark.parametrize(
    "key", ["null", "true", "false", "yes", "no", "on", "off", "y", "n", "id", "at", "a b", "1", ""]
)
def test_yaml_keys_stay_text(key: str) -> None:
    assert yaml.safe_load("\n".join(yaml_lines({key: [key]}))) == {key: [key]}


def test_columns_are_as_wide_as_their_widest_text() -> None:
    rows = [("a", "b", "c"), ("long", "é", ""), ("日本", "e\N{COMBINING ACUTE ACCENT}", "x")]
    assert list(table_lines(rows)) == ["a     b  c", "long  é", "日本  e\N{COMBINING ACUTE ACCENT}  x"]
