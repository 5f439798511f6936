"""Lists of records, as far as the caller may read them, cut where a cursor says.

A list is walked by the key of the last item that was given, and keys never change: what exists throughout a walk is in
it exactly once, whatever is written meanwhile. Keys are sorted once for what they are made of, so that a page costs
what is on it, however many there are besides.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, Generic, NamedTuple, TypeAlias, TypeVar

from enterprise_policy.state.api_key import ApiKey
from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.provider_assignment import ProviderAssignment
from enterprise_policy.state.record import Kind, Record, Versioned
from enterprise_policy.state.role import Role
from enterprise_policy.values.names import PLATFORM
from enterprise_policy.values.tree import DomainTree
from enterprise_service.administer.authority import to_read
from enterprise_service.administer.find import enter_clinic, enter_to_read
from enterprise_service.administer.memo import Memo
from enterprise_service.administer.scene import Scene
from enterprise_service.administer.sight import tops_within

REMEMBERED: Final = 64
"""How many lists' keys are kept sorted."""

R = TypeVar("R", bound=Record)
Key: TypeAlias = tuple[str, ...]
"""What a list is ordered by: the id, and the domain where ids of several domains meet."""
Keys: TypeAlias = Sequence[Key]


class Slice(NamedTuple):
    """At most ``limit`` items (1 or more), those that come after the key ``after``."""

    after: Key | None
    limit: int


class AssignmentFilter(NamedTuple):
    """Assignments in ``domain``, of ``subject`` if given, of a role with the id ``role`` if given."""

    domain: str
    subject: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """``next`` is the key after which the rest comes; ``None`` when there is none."""

    items: tuple[Versioned[R], ...]
    next: Key | None


class Lists:
    """One for a process; any thread may ask. A domain in a path is entered as in ``find.py``, with its errors."""

    def __init__(self) -> None:
        self._sorted: Memo[Keys] = Memo(REMEMBERED)

    # --- what may not be read isn't there -------------------------------------------------------------------

    def organizations(self, scene: Scene, cut: Slice) -> Page[Organization]:
        """The organizations that the caller may read."""
        tops = tops_within(scene, to_read(Kind.ORGANIZATION))
        keys = self._domains(scene.state.tree, tops, of_platform=True)
        return _page(keys, cut, lambda key: scene.state.organizations.get(PLATFORM, key[0]))

    def clinics(self, scene: Scene, organization_id: str | None, cut: Slice) -> Page[Clinic]:
        """The clinics that the caller may read; of the organization, if one is given."""
        tops = tops_within(scene, to_read(Kind.CLINIC), organization_id)
        if organization_id is not None and scene.state.organization(organization_id) is None:
            tops = ()
        keys = self._domains(scene.state.tree, tops, of_platform=False)
        return _page(keys, cut, lambda key: scene.state.clinics.get(PLATFORM, key[0]))

    def clinics_of_provider(self, scene: Scene, provider_id: str, cut: Slice) -> Page[ProviderAssignment]:
        """The provider's records, by clinic, that the caller may read."""
        right, state = to_read(Kind.PROVIDER_ASSIGNMENT), scene.state
        keys = _sorted((clinic,) for clinic in state.places.get(provider_id) or () if scene.may(right, clinic))
        return _page(keys, cut, lambda key: state.providers.get(key[0], provider_id))

    def assignments_below(self, scene: Scene, subject: str, cut: Slice) -> Page[Assignment]:
        """What ``subject`` is given, wherever the caller may read it; by id and domain."""
        right, state = to_read(Kind.ASSIGNMENT), scene.state
        domains = (domain for domain in state.places.get(subject) or () if scene.may(right, domain))
        keys = _sorted((each.id, domain) for domain in domains for each in state.assignments_of(subject, domain))
        return _page(keys, cut, lambda key: state.assignments.get(key[1], key[0]))

    def api_keys(self, scene: Scene, cut: Slice) -> Page[ApiKey]:
        """The API keys that the caller may read."""
        state, tops = scene.state, tops_within(scene, to_read(Kind.API_KEY))
        parts = (state.keys_in, state.tree)
        keys = self._sorted.get((Kind.API_KEY, tops), parts, lambda: _sorted(_keys_below(state, tops)))
        return _page(keys, cut, lambda key: state.api_keys.get(PLATFORM, key[0]))

    # --- in one domain ----------------------------------------------------------------------------------------

    def providers(self, scene: Scene, clinic_id: str, cut: Slice) -> Page[ProviderAssignment]:
        """The providers at the clinic."""
        enter_clinic(scene, clinic_id)
        enter_to_read(scene, Kind.PROVIDER_ASSIGNMENT, clinic_id)
        keys = self._made_in(scene.state, Kind.PROVIDER_ASSIGNMENT, clinic_id)
        return _page(keys, cut, lambda key: scene.state.providers.get(clinic_id, key[0]))

    def roles(self, scene: Scene, domain: str, cut: Slice, *, visible: bool = False) -> Page[Role]:
        """The roles and extensions made in ``domain``, with ``visible`` those made above too; by id and domain."""
        enter_to_read(scene, Kind.ROLE, domain)
        state = scene.state
        made_in = state.tree.path(domain) if visible else (domain,)
        parts = tuple(state.roles.shelves.get(each) for each in made_in)
        keys = self._sorted.get((Kind.ROLE, made_in), parts, lambda: _sorted(_roles_made_in(state, made_in)))
        return _page(keys, cut, lambda key: state.roles.get(key[1], key[0]))

    def assignments(self, scene: Scene, wanted: AssignmentFilter, cut: Slice) -> Page[Assignment]:
        """The assignments that ``wanted`` describes."""
        domain, subject, role = wanted
        enter_to_read(scene, Kind.ASSIGNMENT, domain)
        if subject is None:
            keys = self._made_in(scene.state, Kind.ASSIGNMENT, domain)
        else:
            keys = _sorted((each.id,) for each in scene.state.assignments_of(subject, domain))

        def find(key: Key) -> Versioned[Assignment] | None:
            found = scene.state.assignments.get(domain, key[0])
            return found if found is None or role in (None, found.record.role.id) else None

        return _page(keys, cut, find)

    # --- sorted keys --------------------------------------------------------------------------------------------

    def _domains(self, tree: DomainTree, tops: tuple[str, ...], *, of_platform: bool) -> Keys:
        """The domains at and below ``tops``: those right below the platform, which are organizations, or the others."""
        return self._sorted.get(
            (of_platform, tops), (tree,), lambda: _sorted(_below(tree, tops, of_platform=of_platform))
        )

    def _made_in(self, state: PolicyState, kind: Kind, domain: str) -> Keys:
        shelf = state.table(kind).shelves.get(domain)
        return self._sorted.get((kind, domain), (shelf,), lambda: _sorted((each,) for each in shelf or ()))


def _below(tree: DomainTree, tops: Iterable[str], *, of_platform: bool) -> Iterator[Key]:
    for top in tops:
        for domain in tree.below(top):
            if domain != PLATFORM and (tree.parent(domain) == PLATFORM) is of_platform:
                yield (domain,)


def _keys_below(state: PolicyState, tops: Iterable[str]) -> Iterator[Key]:
    domains = (domain for top in tops for domain in state.tree.below(top))
    return ((key_id,) for domain in domains for key_id in state.keys_in.get(domain) or ())


def _roles_made_in(state: PolicyState, domains: Iterable[str]) -> Iterator[Key]:
    return ((role_id, domain) for domain in domains for role_id in state.roles.shelves.get(domain) or ())


def _sorted(keys: Iterable[Key]) -> Keys:
    return tuple(sorted(keys))


def _page(keys: Keys, cut: Slice, find: Callable[[Key], Versioned[R] | None]) -> Page[R]:
    """The items of ``cut``; a key for which ``find`` gives ``None`` is passed over."""
    start = 0 if cut.after is None else bisect_right(keys, cut.after)
    looked_up = ((key, find(key)) for key in (keys[place] for place in range(start, len(keys))))
    found = list(islice(((key, item) for key, item in looked_up if item is not None), cut.limit + 1))
    last = found[cut.limit - 1][0] if len(found) > cut.limit else None
    return Page(tuple(item for _, item in found[: cut.limit]), last)
