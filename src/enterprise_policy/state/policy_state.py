"""The whole policy at one revision: an immutable value, the fold of the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from rpds import HashTrieMap, HashTrieSet

from enterprise_policy.state.api_key import KEY_SUBJECT, ApiKey
from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.catalogue import Catalogue
from enterprise_policy.state.chain import Position
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.idempotency import IdempotencyKeys
from enterprise_policy.state.model_pin import ModelPin
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.provider_assignment import ProviderAssignment
from enterprise_policy.state.record import Kind, Status, Table
from enterprise_policy.state.role import Role, RoleRef
from enterprise_policy.values.names import PLATFORM
from enterprise_policy.values.tree import DomainTree
from enterprise_policy.values.windows import Instant

TABLES: Final = {
    Kind.ORGANIZATION: "organizations",
    Kind.CLINIC: "clinics",
    Kind.ROLE: "roles",
    Kind.ASSIGNMENT: "assignments",
    Kind.PROVIDER_ASSIGNMENT: "providers",
    Kind.API_KEY: "api_keys",
    Kind.CATALOGUE: "catalogues",
    Kind.MODEL: "models",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyState:
    """Records in tables, and indexes that follow from them.

    ``assignments`` holds those that follow from providers' records too. ``held`` gives the assignments of a subject in
    a domain, ``places`` how many each subject has in each domain, ``uses`` how many records of a domain name a role,
    ``keys_in`` the ids of the API keys of a domain, ``keys_by`` those that an actor made, ``retired`` the revision at
    which a domain id was given up (last, if a revert gave it back).
    """

    position: Position
    at: Instant = 0
    organizations: Table[Organization] = field(default_factory=Table)
    clinics: Table[Clinic] = field(default_factory=Table)
    roles: Table[Role] = field(default_factory=Table)
    assignments: Table[Assignment] = field(default_factory=Table)
    providers: Table[ProviderAssignment] = field(default_factory=Table)
    api_keys: Table[ApiKey] = field(default_factory=Table)
    catalogues: Table[Catalogue] = field(default_factory=Table)
    models: Table[ModelPin] = field(default_factory=Table)
    tree: DomainTree = field(default_factory=DomainTree)
    held: HashTrieMap[str, HashTrieMap[str, tuple[Assignment, ...]]] = field(default_factory=HashTrieMap)
    places: HashTrieMap[str, HashTrieMap[str, int]] = field(default_factory=HashTrieMap)
    uses: HashTrieMap[RoleRef, HashTrieMap[str, int]] = field(default_factory=HashTrieMap)
    keys_in: HashTrieMap[str, HashTrieSet[str]] = field(default_factory=HashTrieMap)
    keys_by: HashTrieMap[str, HashTrieSet[str]] = field(default_factory=HashTrieMap)
    retired: HashTrieMap[str, int] = field(default_factory=HashTrieMap)
    remembered: IdempotencyKeys = field(default_factory=IdempotencyKeys)

    @property
    def revision(self) -> int:
        """The revision that this is the state at; 0 before the first change."""
        return self.position.revision

    @property
    def log_id(self) -> str:
        """The identity of the log that this is a fold of."""
        return self.position.log_id

    def table(self, kind: Kind) -> Table[Any]:
        """The records of ``kind``."""
        table: Table[Any] = getattr(self, TABLES[kind])
        return table

    def organization(self, domain: str) -> Organization | None:
        """The organization of that id."""
        found = self.organizations.get(PLATFORM, domain)
        return None if found is None else found.record

    def clinic(self, domain: str) -> Clinic | None:
        """The clinic of that id."""
        found = self.clinics.get(PLATFORM, domain)
        return None if found is None else found.record

    def api_key(self, key_id: str) -> ApiKey | None:
        """The API key of that id."""
        found = self.api_keys.get(PLATFORM, key_id)
        return None if found is None else found.record

    def line_of(self, actor: str) -> Iterator[ApiKey]:
        """The key that ``actor`` is, if it is one, the key that made it, and so on, as far as they are there."""
        while actor.startswith(KEY_SUBJECT):
            key = self.api_key(actor.removeprefix(KEY_SUBJECT))
            if key is None:
                return
            yield key
            actor = key.created_by

    @property
    def catalogue(self) -> Catalogue | None:
        """The catalogue, once one was loaded."""
        return next((versioned.record for versioned in self.catalogues), None)

    @property
    def model_digest(self) -> str | None:
        """The digest of the model that the store's decisions are made by."""
        return next((versioned.record.digest for versioned in self.models), None)

    def suspended_at(self, domain: str) -> str | None:
        """The nearest suspended domain on the path up from ``domain``."""
        return next((d for d in self.tree.path(domain) if self._is_suspended(d)), None)

    def _is_suspended(self, domain: str) -> bool:
        record = self.organization(domain) or self.clinic(domain)
        return record is not None and record.status is Status.SUSPENDED

    def role(self, ref: RoleRef) -> Role | None:
        """The role of that name; an extension is no role of its own."""
        found = self.roles.get(ref.domain, ref.id)
        return None if found is None or found.record.extends is not None else found.record

    def resolve_role(self, domain: str, name: str) -> RoleRef | None:
        """The nearest role called ``name`` that is made in ``domain`` or above."""
        refs = (RoleRef(above, name) for above in self.tree.path(domain))
        return next((ref for ref in refs if self.role(ref) is not None), None)

    def role_records(self, ref: RoleRef, path: tuple[str, ...]) -> Iterator[Role]:
        """The role and its extensions, as far as they are made on ``path``."""
        for domain in path:
            found = self.roles.get(domain, ref.id)
            if found is not None and found.record.ref == ref:
                yield found.record

    def assignments_of(self, subject: str, domain: str) -> tuple[Assignment, ...]:
        """What ``subject`` is given right at ``domain``, current or not."""
        by_subject = self.held.get(domain)
        return () if by_subject is None else by_subject.get(subject) or ()


def empty_state(log_id: str) -> PolicyState:
    """The state of a log before its first change."""
    return PolicyState(position=Position(log_id, 0, b""))
