"""What the program itself puts into a store: its built-in roles, and the digest of the model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from enterprise_policy.decide.model import Model
from enterprise_policy.state.built_in import BUILT_IN_ROLES
from enterprise_policy.state.edits import Edit, create, update
from enterprise_policy.state.model_pin import ModelPin
from enterprise_policy.state.policy_state import PolicyState
from enterprise_service.administer.commit import Proposal, Request
from enterprise_service.administer.scene import Author, Scene

AUTHOR: Final = Author(actor="system:program", credential="system", request_id="start")


def genesis(model: Model) -> Request:
    """The request that a store's first start makes, and each start again: it proposes only what is missing.

    A store that is decided by another model is refused before this, by the follower.
    """
    return Request(propose=_proposal(model), reason="what comes with the program")


def _proposal(model: Model) -> Proposal:
    def propose(scene: Scene) -> Sequence[Edit]:
        return [*_model_edits(scene.state, model), *_role_edits(scene.state)]

    return propose


def _model_edits(state: PolicyState, model: Model) -> Iterator[Edit]:
    if state.model_digest is None:
        yield create(ModelPin(digest=model.digest))


def _role_edits(state: PolicyState) -> Iterator[Edit]:
    for role in BUILT_IN_ROLES:
        found = state.roles.get(role.domain, role.id)
        if found is None:
            yield create(role)
        elif found.record != role:
            yield update(found.record, role)
