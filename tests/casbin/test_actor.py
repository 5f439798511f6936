"""In whose name a program changes the policy."""

from __future__ import annotations

from pathlib import Path

import pytest

from enterprise_policy.errors import InvalidRequestError
from enterprise_service.bootstrap import casbin_policy, prepare, reading
from enterprise_service.settings import Settings, read_settings

LONGEST = "n" * 249


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = read_settings({"SQLITE_PATH": str(tmp_path / "enterprise.db")})
    prepare(found)
    return found


@pytest.mark.parametrize(
    ("actor", "told"),
    [
        ("", "`actor` must not be empty"),
        ("kim\nadmin", "`actor` must not hold control characters"),
        ("kim\x00", "`actor` must not hold control characters"),
        ("kim\ud800", "`actor` must not hold control characters"),
        ("x" * 257, "`actor` must have at most 256 characters"),
        ("key:7", "`actor` is reserved"),
        ("role:platform/auditor", "`actor` is reserved"),
        ("bootstrap", "`actor` is reserved"),
        ("system:", "`actor` has a name after `system:` that must not be empty"),
        ("system:a\nb", "`actor` has a name after `system:` that must not hold control characters"),
        ("system:\x00", "`actor` has a name after `system:` that must not hold control characters"),
        ("system:key:7", "`actor` has a name after `system:` that is reserved"),
        (f"system:{LONGEST}n", "`actor` must have at most 256 characters"),
    ],
)
def test_who_can_be_no_author_is_refused_before_anything_is_opened(actor: str, told: str, tmp_path: Path) -> None:
    nowhere = read_settings({"SQLITE_PATH": str(tmp_path / "nowhere.db")})
    with pytest.raises(InvalidRequestError) as raised, casbin_policy(nowhere, actor=actor):
        pytest.fail("the parts were made")
    assert str(raised.value).startswith(told)
    assert [fault.pointer for fault in raised.value.faults] == ["/actor"]


@pytest.mark.parametrize("actor", ["system:billing service", "system:a/b", f"system:{LONGEST}"])
def test_what_an_author_has_written_can_be_read(settings: Settings, actor: str) -> None:
    with casbin_policy(settings, actor=actor) as parts:
        parts.adapter.add_policy("g", "g2", ["o1", "platform"])
    with reading(settings) as store:
        assert "o1" in store.follower.catch_up().state.tree
        assert [entry.revision for entry in store.log.read(1, 10)] == [2]


def test_a_subject_may_do_what_he_may_do_anywhere(settings: Settings) -> None:
    with casbin_policy(settings, actor="system:billing") as parts:
        parts.adapter.add_policies("g", "g2", [["o1", "platform"]])
        parts.adapter.add_policy("g", "g", ["kim lee", "role:platform/organization-admin", "o1"])
    with casbin_policy(settings, actor="kim lee") as parts:
        parts.adapter.add_policy("g", "g2", ["c1", "o1"])
    with reading(settings) as store:
        assert "c1" in store.follower.catch_up().state.tree
