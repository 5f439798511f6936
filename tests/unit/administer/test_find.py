"""One record: there, not there, or not to be read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from enterprise_policy.errors import CallerError
from enterprise_policy.state.record import Record, Versioned
from enterprise_service.administer import find
from enterprise_service.administer.scene import Scene
from tests.support.policies import api_key, assignment, clinic, organization, provider, role
from tests.unit.administer.calls import given
from tests.unit.administer.scenes import scene

BEN, LEE, K1 = assignment("ben", "R@o1", "c1"), provider("dr.lee", "c1", "R@o1"), api_key("k1", "c1")
STATE = given(role("R@o1"), BEN, LEE, K1)
Look = Callable[[Scene], Versioned[Record]]


def found(actor: str, look: Callable[[Scene], Versioned[Record]]) -> Record | str:
    """The record, or the code of the refusal."""
    try:
        return look(scene(STATE, actor)).record
    except CallerError as error:
        return error.code


LOOKS: list[tuple[Look, Record]] = [
    (lambda s: find.organization(s, "o1"), organization("o1")),
    (lambda s: find.clinic(s, "c1"), clinic("c1")),
    (lambda s: find.provider(s, "c1", "dr.lee"), LEE),
    (lambda s: find.role(s, "o1", "R"), role("R@o1")),
    (lambda s: find.assignment(s, "c1", BEN.id), BEN),
    (lambda s: find.api_key(s, "k1"), K1),
]


@pytest.mark.parametrize(("look", "record"), LOOKS, ids=[record.KIND.value for _, record in LOOKS])
def test_a_record_is_read_by_who_may_and_not_there_for_who_may_not_see_it(look: Look, record: Record) -> None:
    assert found("root", look) == found("ann", look) == found("ada", look) == record
    assert found("dave", look) == "forbidden"
    assert found("oli", look) == "not_found"
    assert found("zoe", look) == "not_found"


def test_a_manager_of_a_part_reads_that_part() -> None:
    codes = [found("cleo", look) for look, _ in LOOKS]
    assert codes == ["not_found", clinic("c1"), LEE, "not_found", BEN, K1]


@pytest.mark.parametrize(
    ("look", "of_dave"),
    [
        (lambda s: find.organization(s, "c1"), "not_found"),
        (lambda s: find.organization(s, "o9"), "not_found"),
        (lambda s: find.clinic(s, "o1"), "not_found"),
        (lambda s: find.provider(s, "o1", "dr.lee"), "not_found"),
        (lambda s: find.provider(s, "c1", "dr.no"), "forbidden"),
        (lambda s: find.role(s, "c1", "R"), "forbidden"),
        (lambda s: find.assignment(s, "o1", "a9"), "forbidden"),
        (lambda s: find.api_key(s, "k9"), "not_found"),
    ],
    ids=[
        "a-clinic",
        "no-domain",
        "an-organization",
        "no-clinic",
        "no-provider",
        "role-made-above",
        "no-assignment",
        "no-key",
    ],
)
def test_what_is_not_there_is_not_found_or_refused_like_what_is(look: Look, of_dave: str) -> None:
    assert found("ann", look) == "not_found"
    assert found("dave", look) == of_dave
