"""One record, as far as the caller may read it.

Each function raises ``NotFoundError`` for what isn't there or not in sight, ``ForbiddenError`` for what is in sight and
may not be read: where a domain's records may not be read, alike for one that isn't there.
"""

from __future__ import annotations

from typing import Any

from enterprise_policy.errors import NotFoundError
from enterprise_policy.state.api_key import ApiKey
from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.provider_assignment import ProviderAssignment
from enterprise_policy.state.record import Kind, Versioned
from enterprise_policy.state.role import Role
from enterprise_policy.values.names import PLATFORM
from enterprise_service.administer.authority import Demand, to_read
from enterprise_service.administer.scene import NOTHING_HERE, Scene


def organization(scene: Scene, domain: str) -> Versioned[Organization]:
    """The organization of that id."""
    return _domain(scene, Kind.ORGANIZATION, domain)


def clinic(scene: Scene, domain: str) -> Versioned[Clinic]:
    """The clinic of that id."""
    return _domain(scene, Kind.CLINIC, domain)


def provider(scene: Scene, clinic_id: str, provider_id: str) -> Versioned[ProviderAssignment]:
    """The provider's record at the clinic."""
    enter_clinic(scene, clinic_id)
    return _in_domain(scene, Kind.PROVIDER_ASSIGNMENT, clinic_id, provider_id)


def role(scene: Scene, domain: str, role_id: str) -> Versioned[Role]:
    """The role, or extension, that ``domain`` made."""
    return _in_domain(scene, Kind.ROLE, domain, role_id)


def assignment(scene: Scene, domain: str, assignment_id: str) -> Versioned[Assignment]:
    """The assignment in ``domain``."""
    return _in_domain(scene, Kind.ASSIGNMENT, domain, assignment_id)


def api_key(scene: Scene, key_id: str) -> Versioned[ApiKey]:
    """The API key of that id."""
    found = scene.state.api_keys.get(PLATFORM, key_id)
    if found is None:
        raise NotFoundError(NOTHING_HERE)
    enter_to_read(scene, Kind.API_KEY, found.record.domain)
    return found


def enter_to_read(scene: Scene, kind: Kind, domain: str) -> None:
    """Go to where records of ``kind`` are read. Raises what the module says."""
    scene.enter(domain)
    scene.demand(Demand(to_read(kind), domain))


def enter_clinic(scene: Scene, clinic_id: str) -> None:
    """Go to the clinic. Raises ``NotFoundError`` when the caller sees no clinic of that id."""
    scene.enter(clinic_id)
    if scene.state.clinic(clinic_id) is None:
        raise NotFoundError(NOTHING_HERE)


def _domain(scene: Scene, kind: Kind, domain: str) -> Versioned[Any]:
    scene.enter(domain)
    found = _there(scene.state.table(kind).get(PLATFORM, domain))
    scene.demand(Demand(to_read(kind), domain))
    return found


def _in_domain(scene: Scene, kind: Kind, domain: str, record_id: str) -> Versioned[Any]:
    enter_to_read(scene, kind, domain)
    return _there(scene.state.table(kind).get(domain, record_id))


def _there(found: Versioned[Any] | None) -> Versioned[Any]:
    if found is None:
        raise NotFoundError(NOTHING_HERE)
    return found
