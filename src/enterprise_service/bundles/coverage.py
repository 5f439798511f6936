"""Whether the roles of a bundle hold only what its catalogue has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from enterprise_policy.state.catalogue import Catalogue, CatalogueResource
from enterprise_policy.state.role import ANY_ACTION, Permission, Role
from enterprise_policy.values.patterns import EVERYTHING, covers
from enterprise_service.bundles.draft import Draft
from enterprise_service.bundles.faults import FileFault, nearest, quoted
from enterprise_service.bundles.section import choice
from enterprise_service.bundles.wanted import Wanted


def coverage_faults(made: Sequence[Wanted]) -> Iterator[FileFault]:
    """A fault for each permission that the catalogue doesn't have; none when ``made`` has no catalogue.

    The catalogue has a permission when one of its resources covers the pattern and lists the action. The pattern
    `*` and the action `*` are about whatever there is.
    """
    catalogues = [wanted.record for wanted in made if isinstance(wanted.record, Catalogue)]
    for catalogue in catalogues[:1]:
        for wanted in made:
            if isinstance(wanted.record, Role):
                yield from _role_faults(catalogue.resources, wanted.draft, wanted.record)


def _role_faults(resources: tuple[CatalogueResource, ...], draft: Draft, role: Role) -> Iterator[FileFault]:
    told: set[str] = set()
    for place, permission in enumerate(role.permissions):
        if permission.resource in told:
            continue
        pointer = f"/permissions/{place}"
        covering = _covering(resources, permission.resource)
        if not covering:
            told.add(permission.resource)
            hint = nearest(permission.resource, (resource.resource for resource in resources))
            expected = "expected a resource of the catalogue, or one that it covers"
            yield draft.fault(
                f"{pointer}/resource", f"{quoted(permission.resource)} isn't in the catalogue", expected, hint
            )
        elif not _has_action(covering, permission):
            yield _action_fault(draft, f"{pointer}/action", permission, covering)


def _covering(resources: tuple[CatalogueResource, ...], pattern: str) -> tuple[CatalogueResource, ...]:
    if pattern == EVERYTHING:
        return resources
    return tuple(resource for resource in resources if covers(resource.resource, pattern))


def _has_action(covering: tuple[CatalogueResource, ...], permission: Permission) -> bool:
    return permission.action in (ANY_ACTION, *_actions(covering))


def _actions(covering: tuple[CatalogueResource, ...]) -> list[str]:
    return [action.action for resource in covering for action in resource.actions]


def _action_fault(
    draft: Draft, pointer: str, permission: Permission, covering: tuple[CatalogueResource, ...]
) -> FileFault:
    known = list(dict.fromkeys(_actions(covering)))
    detail = f"the catalogue has no action {quoted(permission.action)} on {quoted(permission.resource)}"
    return draft.fault(pointer, detail, choice([*known, ANY_ACTION]), nearest(permission.action, known))
