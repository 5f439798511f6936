"""Random Casbin policies of a few rows, and questions about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from hypothesis import strategies as st

from enterprise_policy.decide.question import Question

NAMES = ("admin", "editor", "viewer", "alice", "role:guest")
PEOPLE = ("alice", "bob", "admin", "viewer")
DOMAINS = ("d1", "d2", "d3", "d4")
ACTIONS = ("read", "write")
PLAIN = ("/x", "/x/1", "note")
PATTERNS = ("/x/:id", "/x/*", "*", *PLAIN)

Draw = Callable[[st.SearchStrategy[Any]], Any]


@dataclass(frozen=True, slots=True)
class CsvPolicy:
    """Rows as Casbin has them."""

    p: tuple[tuple[str, str, str, str, str], ...]
    g: tuple[tuple[str, str, str], ...]
    g2: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The file; an effect that is allow is left out."""
        rows = [("p", *(rule[:4] if rule[4] == "allow" else rule)) for rule in self.p]
        rows += [("g", *link) for link in self.g]
        rows += [("g2", *edge) for edge in self.g2]
        return "\n".join(", ".join(row) for row in rows)


@st.composite
def csv_policies(draw: Draw, *, patterns: bool) -> CsvPolicy:
    """A policy that has a meaning here: roles inherit those after them only, and domains form a tree."""
    above = {
        domain: draw(st.sampled_from([None, "platform", *DOMAINS[:place]])) for place, domain in enumerate(DOMAINS)
    }
    linked = [domain for domain in DOMAINS if _reaches_platform(above, domain)]
    used = ("platform", *linked) if draw(st.booleans()) else DOMAINS
    place = st.sampled_from(used)
    resources = st.sampled_from(PATTERNS if patterns else PLAIN)
    actions = st.sampled_from((*ACTIONS, "*") if patterns else ACTIONS)
    effects = st.sampled_from(["allow", "allow", "deny"])
    rules = draw(st.lists(st.tuples(st.sampled_from(NAMES), place, resources, actions, effects), max_size=8))
    links = draw(st.lists(st.tuples(st.sampled_from((*NAMES, *PEOPLE)), st.sampled_from(NAMES), place), max_size=8))
    return CsvPolicy(
        p=tuple(rules),
        g=tuple((a, b, d) for a, b, d in links if a not in NAMES or NAMES.index(a) <= NAMES.index(b)),
        g2=tuple((child, parent) for child, parent in above.items() if parent is not None and child in used),
    )


def _reaches_platform(above: dict[str, str | None], domain: str) -> bool:
    at: str | None = domain
    while at is not None and at != "platform":
        at = above[at]
    return at == "platform"


def questions() -> Iterator[Question]:
    """Every question about people, domains and things that are in those policies or aren't."""
    things = product((*PEOPLE, "eve"), ("platform", *DOMAINS, "d9"), (*PLAIN, "/x/1/2"), ACTIONS)
    return (Question(subject, domain, resource, action) for subject, domain, resource, action in things)
