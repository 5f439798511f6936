"""The grammar of names, good and bad."""

from __future__ import annotations

import unicodedata

import pytest

from enterprise_policy.values.names import (
    action_fault,
    id_fault,
    is_reserved,
    provider_fault,
    resource_fault,
    subject_fault,
    text_fault,
)

ID_FAULT = "must be 1 to 128 letters, digits and `.`, `_`, `:`, `-`, and begin with a letter or digit"
PATH_FAULT = "is a path: no empty, `.` or `..` segment, and no `/` at its end"
CONTROL_FAULT = "must not hold control characters or lone surrogates"
RESERVED_FAULT = "is reserved: it begins with `role:`, `key:` or `system:`, or is `bootstrap`"


@pytest.mark.parametrize("text", ["a", "Z", "0", "a" * 128, "clinic-7", "A.b_c:d-e", "9.", "role:x"])
def test_a_good_id(text: str) -> None:
    assert id_fault(text) is None


@pytest.mark.parametrize(
    "text", ["", "a" * 129, "-a", ".a", "_a", ":a", "a b", "a/b", "a\n", "\na", "é", "aé", "٣", "a,b", "\uff41"]
)
def test_a_bad_id(text: str) -> None:
    assert id_fault(text) == ID_FAULT


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a" * 256,
        "dr.lee",
        "eve, admin",
        "'\"",
        " ",
        "\u00a0",
        "\u200b",
        "名",
        "😀" * 256,
        "Role:x",
        "bootstrap2",
        "keys",
    ],
)
def test_a_good_subject(text: str) -> None:
    assert subject_fault(text) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "must not be empty"),
        ("a" * 257, "must have at most 256 characters"),
        ("a\n", CONTROL_FAULT),
        ("\x00", CONTROL_FAULT),
        ("a\x7f", CONTROL_FAULT),
        ("a\x9f", CONTROL_FAULT),
        ("\ud800", CONTROL_FAULT),
        ("role:", RESERVED_FAULT),
        ("role:platform/x", RESERVED_FAULT),
        ("key:1", RESERVED_FAULT),
        ("system:program", RESERVED_FAULT),
        ("bootstrap", RESERVED_FAULT),
    ],
)
def test_a_bad_subject(text: str, fault: str) -> None:
    assert subject_fault(text) == fault


def test_control_characters_are_those_of_unicode() -> None:
    refused = {code for code in range(0x110000) if text_fault(chr(code), 1) is not None}
    assert refused == {code for code in range(0x110000) if unicodedata.category(chr(code)) in ("Cc", "Cs")}


@pytest.mark.parametrize(
    ("text", "fault"),
    [("dr.lee", None), ("dr lee", ID_FAULT), ("key:lee", RESERVED_FAULT), ("bootstrap", RESERVED_FAULT)],
)
def test_a_provider_is_an_id_and_a_subject(text: str, fault: str | None) -> None:
    assert provider_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "reserved"),
    [("role:", True), ("key:x", True), ("system:x", True), ("bootstrap", True), ("key", False), ("", False)],
)
def test_what_belongs_to_the_program(text: str, reserved: bool) -> None:  # noqa: FBT001 - a column of the table
    assert is_reserved(text) is reserved


@pytest.mark.parametrize(
    "text",
    [
        "/a",
        "/a/b",
        "/*",
        "/:x",
        "/a/*/b",
        "t",
        "a/",
        "a//b",
        "%2f",
        "/a%2fb",
        "/a;b?c",
        "/...",
        "/.a",
        "/..a/b.",
        "/a" * 512,
        " /",
    ],
)
def test_a_good_resource(text: str) -> None:
    assert resource_fault(text) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "must not be empty"),
        ("/", PATH_FAULT),
        ("//", PATH_FAULT),
        ("/a/", PATH_FAULT),
        ("/a//b", PATH_FAULT),
        ("/.", PATH_FAULT),
        ("/..", PATH_FAULT),
        ("/a/./b", PATH_FAULT),
        ("/a/..", PATH_FAULT),
        ("/a\n", CONTROL_FAULT),
        ("a\n", CONTROL_FAULT),
        ("/" + "a" * 1024, "must have at most 1024 characters"),
        ("a" * 1025, "must have at most 1024 characters"),
    ],
)
def test_a_bad_resource(text: str, fault: str) -> None:
    assert resource_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("read", None),
        ("*", None),
        ("a" * 128, None),
        ("a" * 129, "must have at most 128 characters"),
        ("", "must not be empty"),
        ("a\r", CONTROL_FAULT),
    ],
)
def test_an_action(text: str, fault: str | None) -> None:
    assert action_fault(text) == fault
