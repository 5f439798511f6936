"""A small enterprise with administrators of every sort, to make random calls in.

It is grown from numbers like the policies of `growth.py`, of whose names it makes use: what is found shrinks to few
records and calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Final, NamedTuple

from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.catalogue import Catalogue, CatalogueAction, CatalogueResource
from enterprise_policy.state.edits import Edit, create
from enterprise_policy.state.invariants import admit
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.record import Kind, Record
from enterprise_policy.values.names import PLATFORM
from enterprise_policy.values.windows import ALWAYS, Instant, Window
from tests.support.growth import PROVIDERS, SUBJECTS, grow
from tests.support.policies import allow, assignment, clinic, deny, organization, ref, role

NOW: Final[Instant] = 5
MOMENTS: Final[tuple[Instant, ...]] = (10, 30, 50, 70)
"""When windows open and close, and keys end."""

FOUNDER: Final = "petra"
"""The platform's administrator for good."""

PEOPLE: Final = (FOUNDER, "olga", "otto", "grete", "clara", "carl", "audrey", *dict.fromkeys((*SUBJECTS, *PROVIDERS)))
TOKENS: Final = {f"token-{number}": person for number, person in enumerate(PEOPLE)}
"""The access token of each person."""

OFFERED: Final = (("/a/*", "read write"), ("/:x/b", "read"), ("t", "read write"))
"""What the catalogue offers to tenants; of everything else there are patterns too."""

_WINDOWS: Final = (ALWAYS, ALWAYS, ALWAYS, Window(None, 30), Window(10, 50), Window(30, None), Window(None, 4))


class Credential(NamedTuple):
    """What a caller shows, and who he then is."""

    actor: str
    secret: str


PERSONS: Final = tuple(Credential(person, token) for token, person in TOKENS.items())


def enterprise(state: PolicyState, numbers: Sequence[int]) -> Iterator[Edit]:
    """The edits that make the enterprise of ``numbers`` of ``state``, which has what comes with the program."""
    for edit in map(create, (*_fixed(), *_second_offices(Random(numbers[0])))):
        state = admit(state, edit, 0)
        yield edit
    # But for keys: these are made by who may make them, which those that grow are not.
    yield from (edit for edit in grow(numbers[1:], state) if edit.kind is not Kind.API_KEY)
    # Last, so that nothing that grows can take it away: a platform is never left without its administrator.
    yield create(assignment(FOUNDER, "platform-admin@platform", PLATFORM))


def _fixed() -> Iterator[Record]:
    """Two organizations with groups, a role or two in each place, and one administrator or more of each sort."""
    yield _catalogue()
    yield from (organization("o1"), clinic("g1"), clinic("g2", "g1"), clinic("c1", "g1"), clinic("c2", "g2"))
    yield from (clinic("c3"), organization("o2"), clinic("c4", "o2", organization_id="o2"))
    yield from (clinic("c5", "c4", organization_id="o2"), role("reader@platform", allow("/a/:x", "read")))
    yield from (role("owner@platform", allow("*")), role("nurse@o1", allow("/a/*", "read"), deny("/a/b", "read")))
    yield from (role("head@o1", inherits=["clinic-admin@platform", "nurse@o1"]), role("nurse@o2", allow("t")))
    yield from (role("helper@g1", allow("/:x/b", "read")), role("nurse@c1", allow("/a/b", "read"), extends="o1"))
    # Rights that may be met from above or beside without being held there.
    yield assignment("dr.lee", "platform-admin@platform", "c3")
    yield role("nurse@c2", inherits=["organization-admin@platform"], extends="o1")
    yield assignment("olga", "organization-admin@platform", "o1")
    yield assignment("otto", "organization-admin@platform", "o2")
    yield assignment("grete", "organization-admin@platform", "g1")
    yield assignment("clara", "clinic-admin@platform", "c1")
    yield assignment("carl", "head@o1", "g2")
    yield assignment("audrey", "auditor@platform", "o1")


def _catalogue() -> Catalogue:
    return Catalogue(
        resources=tuple(
            CatalogueResource(
                resource=resource,
                label=resource,
                group="all",
                description="x",
                actions=tuple(CatalogueAction(action=each, label=each, description="x") for each in actions.split()),
            )
            for resource, actions in OFFERED
        )
    )


def _second_offices(rng: Random) -> Iterator[Assignment]:
    """What some of them are besides, not all of it for ever."""
    roles = ("organization-admin", "clinic-admin", "auditor", "platform-admin", "decision-client", "owner", "reader")
    for person in rng.sample(PEOPLE[1:], 6):
        yield Assignment(
            domain=rng.choice(("c5", "c4", "c2", "g2", PLATFORM)),
            id=f"office-of-{PEOPLE.index(person)}",
            subject=person,
            role=ref(f"{rng.choice(roles)}@platform"),
            window=rng.choice(_WINDOWS),
            created_by=FOUNDER,
        )
