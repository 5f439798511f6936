"""Wishes become edits: one use case for each kind of record and what is done to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, TypeAlias

from enterprise_policy.errors import CallerError, Fault, InvalidRequestError
from enterprise_policy.state.edits import Edit, Op
from enterprise_policy.state.record import Kind
from enterprise_service.administer import api_keys, assignments, clinics, organizations, providers, roles
from enterprise_service.administer.commit import Proposal
from enterprise_service.administer.scene import Scene
from enterprise_service.administer.wish import Origin, Wish

UseCase: TypeAlias = Callable[[Scene, Wish], Iterator[Edit]]
"""Each asks in one order: is it in sight, may it be done, is it as expected, do its references hold; then it edits."""

USE_CASES: Final[Mapping[tuple[Kind, Op], UseCase]] = {
    (Kind.ORGANIZATION, Op.CREATE): organizations.make,
    (Kind.ORGANIZATION, Op.UPDATE): organizations.change,
    (Kind.ORGANIZATION, Op.DELETE): organizations.remove,
    (Kind.CLINIC, Op.CREATE): clinics.make,
    (Kind.CLINIC, Op.UPDATE): clinics.change,
    (Kind.CLINIC, Op.DELETE): clinics.remove,
    (Kind.PROVIDER_ASSIGNMENT, Op.CREATE): providers.make,
    (Kind.PROVIDER_ASSIGNMENT, Op.UPDATE): providers.change,
    (Kind.PROVIDER_ASSIGNMENT, Op.DELETE): providers.remove,
    (Kind.ROLE, Op.CREATE): roles.make,
    (Kind.ROLE, Op.UPDATE): roles.change,
    (Kind.ROLE, Op.DELETE): roles.remove,
    (Kind.ASSIGNMENT, Op.CREATE): assignments.make,
    (Kind.ASSIGNMENT, Op.UPDATE): assignments.change,
    (Kind.ASSIGNMENT, Op.DELETE): assignments.remove,
    (Kind.API_KEY, Op.CREATE): api_keys.make,
    (Kind.API_KEY, Op.UPDATE): api_keys.change,
    (Kind.API_KEY, Op.DELETE): api_keys.remove,
}

_NAMED_BY_PROVIDERS: Final = {"/clinic_id": "/domain", "/provider_id": "/id"}
_BESIDE_FIELDS: Final = frozenset({"", "/kind", "/domain", "/id"})


def wished(wishes: Sequence[Wish]) -> Proposal:
    """The proposal of all ``wishes``, in order, each on the state that those before it led to.

    Pointers of errors are those of a route's body; of a wish whose ``origin`` is a body, those of `POST /changes`, in
    whose ``edits`` the wishes stand as they do here.
    """

    def propose(scene: Scene) -> Iterator[Edit]:
        for number, wish in enumerate(wishes):
            scene.place = partial(_place, wish, number)
            yield from _edits(scene, wish)

    return propose


def _edits(scene: Scene, wish: Wish) -> Iterator[Edit]:
    try:
        use_case = USE_CASES.get((wish.kind, wish.op))
        if use_case is None:
            raise InvalidRequestError.at("/kind", "is changed in git only")
        yield from use_case(scene, wish)
    except CallerError as error:
        error.faults = tuple(Fault(scene.place(fault.pointer), fault.detail) for fault in error.faults)
        raise


def _place(wish: Wish, number: int, pointer: str) -> str:
    """``pointer``, into the record that ``wish`` is about, as one into the caller's input."""
    is_provider = wish.kind is Kind.PROVIDER_ASSIGNMENT
    if wish.origin is Origin.PATH:
        return "/provider_id" if is_provider and pointer == "/id" else pointer
    if is_provider:
        pointer = _NAMED_BY_PROVIDERS.get(pointer, pointer)
    return f"/edits/{number}{pointer}" if pointer in _BESIDE_FIELDS else f"/edits/{number}/fields{pointer}"
