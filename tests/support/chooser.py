"""What a caller finds to choose from at one state; mostly where he may do what he tries.

Nothing here depends on ids that the service makes up, so the same numbers choose the same in every run.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Final, TypeVar

from enterprise_policy.errors import UnauthenticatedError
from enterprise_policy.state.api_key import KEY_SUBJECT
from enterprise_policy.state.assignment import Source
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.record import Kind, Versioned
from enterprise_policy.state.role import RoleRef
from enterprise_policy.values.names import PLATFORM
from enterprise_policy.values.windows import Instant, format_instant
from enterprise_service.administer.authority import AUTHORITY, Asked, Deed
from enterprise_service.administer.rights import rights_of
from tests.support.administrators import FOUNDER, MOMENTS, OFFERED, PEOPLE
from tests.support.growth import ACTIONS, PATTERNS

T = TypeVar("T")

STAYS: Final = 0.9
"""How often a caller stays where he may do what he tries."""

NARROWER: Final = {"/a/*": ("/a/*", "/a/b", "/a/:x"), "/:x/b": ("/:x/b", "/c/b")}
"""Patterns inside those that are offered."""


class Chooser:
    """Chooses for ``actor``, who may be anybody, by ``rng``.

    ``made`` has the parents of the domains that he tries to make in this call; ``is_able`` says whether he may do, as
    far as the table of authority goes, what was chosen since it was set.
    """

    def __init__(self, state: PolicyState, now: Instant, actor: str, rng: Random) -> None:
        """Whose credential isn't valid any more tries something all the same."""
        self.state = state
        self.actor = actor
        self.rng = rng
        self.made: dict[str, str] = {}
        self.is_able = True
        try:
            self._rights = rights_of(state, actor, now)
        except UnauthenticatedError:
            self._rights = rights_of(state, "nobody", now)

    def chance(self, part: float) -> bool:
        """True in that part of all cases."""
        return self.rng.random() < part

    def one_of(self, choices: Sequence[T], otherwise: T) -> T:
        """One of ``choices``, if there are any."""
        return self.rng.choice(choices) if choices else otherwise

    @property
    def person(self) -> str:
        """He himself, or who is behind his key."""
        actor: str | None = self.actor
        while actor is not None and actor.startswith(KEY_SUBJECT):
            key = self.state.api_key(actor.removeprefix(KEY_SUBJECT))
            actor = None if key is None else key.created_by
        return actor if actor in PEOPLE else FOUNDER

    # --- records ----------------------------------------------------------------------------------------

    def domain(self, kind: Kind, deed: Deed) -> str:
        """A domain in which something is done to a record of ``kind``."""
        if self.made and self.chance(0.5):
            return self.rng.choice(sorted(self.made))
        domains = sorted(self.state.tree.below(PLATFORM))
        able = [domain for domain in domains if self._rights.may(domain, AUTHORITY[kind, deed].right)]
        return self._chosen(able, [*domains, "nowhere"])

    def record(self, kind: Kind, deed: Deed) -> Any:  # noqa: ANN401 - a record of that kind
        """Some record of ``kind`` to be done something to; ``None`` when there is none."""
        rule = AUTHORITY[kind, deed]
        found = [v.record for v in sorted(self.state.table(kind), key=_order) if not self._is_skipped(v)]
        asked = {id(r): r.id if rule.asked is Asked.ITSELF and _is_domain(r) else r.domain for r in found}
        able = [record for record in found if self._rights.may(asked[id(record)], rule.right)]
        return self._chosen(able, found or [None])

    def _chosen(self, able: Sequence[T], others: Sequence[T]) -> T:
        if able and self.chance(STAYS):
            return self.rng.choice(able)
        self.is_able = self.is_able and bool(able)
        return self.rng.choice(others)

    def _is_skipped(self, versioned: Versioned[Any]) -> bool:
        """Built-in roles never change, and what follows from a provider's record seldom is worth a try."""
        record = versioned.record
        if record.KIND is Kind.ROLE:
            return bool(record.built_in)
        return record.KIND is Kind.ASSIGNMENT and record.source is Source.PROVIDER and not self.chance(0.1)

    def path(self, domain: str) -> tuple[str, ...]:
        """From ``domain`` up, as far as there is one."""
        if domain in self.state.tree or domain not in self.made:
            return self.state.tree.path(domain)
        return (domain, *self.path(self.made[domain]))

    # --- values of fields -------------------------------------------------------------------------------

    def roles(self, domain: str) -> list[RoleRef]:
        """Those that can be used in ``domain``."""
        made = (versioned.record for above in self.path(domain) for versioned in self.state.roles.items(above))
        return sorted(role.ref for role in made if role.extends is None)

    def role(self, domain: str) -> object:
        """The name of a role, in full or short."""
        ref = self.one_of(self.roles(domain), RoleRef(PLATFORM, "reader"))
        return ref.id if self.chance(0.2) else ref.to_fields()

    def window(self) -> dict[str, object]:
        """The bounds of a window; often none."""
        if self.chance(0.5):
            return {}
        starts_at, ends_at = (format_instant(at) for at in sorted(self.rng.sample((0, *MOMENTS), 2)))
        bounds = self.rng.choice([(starts_at, ends_at), (starts_at, None), (None, ends_at)])
        return dict(zip(("starts_at", "ends_at"), bounds, strict=True))

    def moment(self) -> str:
        """One at which something may end."""
        return format_instant(self.rng.choice(MOMENTS))

    def permissions(self) -> list[dict[str, str]]:
        """What a role may hold; mostly what tenants are offered."""
        return [self._permission() for _ in range(self.rng.randint(0, 3))]

    def _permission(self) -> dict[str, str]:
        if self.chance(0.25):
            effect = self.rng.choice(["allow", "deny", "deny"])
            return {"resource": self.rng.choice(PATTERNS), "action": self.rng.choice(ACTIONS), "effect": effect}
        resource, actions = self.rng.choice(OFFERED)
        narrower = NARROWER.get(resource, (resource,))
        return {"resource": self.rng.choice(narrower), "action": self.rng.choice(actions.split())}


def manages(state: PolicyState, now: Instant, actor: str) -> bool:
    """Whether ``actor`` may change anything anywhere."""
    try:
        rights = rights_of(state, actor, now)
    except UnauthenticatedError:
        return False
    return any(rights.tops(AUTHORITY[Kind.API_KEY, deed].right) for deed in (Deed.CREATE, Deed.UPDATE))


def _is_domain(record: Any) -> bool:  # noqa: ANN401 - any record
    return record.KIND in (Kind.ORGANIZATION, Kind.CLINIC)


def _order(versioned: Versioned[Any]) -> tuple[object, ...]:
    """One that doesn't depend on the ids of assignments and keys."""
    record = versioned.record
    match record.KIND:
        case Kind.ASSIGNMENT:
            named = (record.subject, *record.role, record.window.starts_at or -1)
        case Kind.API_KEY:
            named = (record.name, versioned.created_at)
        case _:
            named = (record.id,)
    return (record.domain, *named, versioned.revision)
