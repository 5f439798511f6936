"""Calls by anybody on a state, judged as a commit judges them."""

from __future__ import annotations

from enterprise_policy.errors import CallerError
from enterprise_policy.state.edits import Edit
from enterprise_policy.state.policy_state import PolicyState
from enterprise_service.administer.commit import judge
from enterprise_service.administer.scene import Author, Scene, Terms, scene_of

NOW = 1_000


def scene(state: PolicyState, actor: str = "bootstrap", **terms: object) -> Scene:
    """A call by ``actor``."""
    return scene_of(state, NOW, Author(actor=actor, credential="test", request_id="r"), Terms(**terms))  # type: ignore[arg-type]


def refused(state: PolicyState, actor: str, *edits: Edit) -> CallerError | None:
    """What a change of ``edits`` by ``actor`` is refused with; ``None`` when it may be made."""
    try:
        judge(scene(state, actor), lambda _scene: edits)
    except CallerError as error:
        return error
    return None


def code(state: PolicyState, actor: str, *edits: Edit) -> str:
    """The code of that refusal; empty when there is none."""
    error = refused(state, actor, *edits)
    return "" if error is None else error.code
