"""What policy files say, before it is known what the names in them refer to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TypeAlias

from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.provider_assignment import ProviderAssignment
from enterprise_policy.state.record import Record
from enterprise_policy.state.role import RoleRef
from enterprise_policy.values.windows import Window, format_instant
from enterprise_service.bundles.document import Node, ScalarNode
from enterprise_service.bundles.faults import FileFault, quoted

Given: TypeAlias = Assignment | ProviderAssignment
"""A record by which somebody holds something."""

Ended: TypeAlias = Callable[[Given], bool]
"""Tells whether people ended or shortened the record of that kind, home and id since it was loaded."""


def nothing_ended(_record: Given) -> bool:
    """People have ended nothing, or it doesn't matter."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One loading of a bundle.

    ``actor`` is the subject who loads it. ``managed_by`` is the name of the bundle, or ``None`` for samples, which
    are made as records of nobody. What people have ``ended`` stays as it is; only of what differs is it asked.
    """

    actor: str
    managed_by: str | None = None
    ended: Ended = nothing_ended


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleName:
    """A role as a file names it: by its id, the nearest, or with the domain that made it. ``node`` is where."""

    id: str
    node: Node
    domain: str | None = None
    domain_node: Node | None = None


Named = str | RoleRef
"""What one record can be for others: a domain, or a role."""

Make = Callable[[tuple[RoleRef, ...], Load], Record]
"""Makes a record, given the roles that its names refer to, in order; raises ``CallerError`` by its faults."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A record to be.

    ``domain`` is where its role ``names`` are looked up. ``defines`` is what others can refer to once it is made,
    ``extends`` the role that it adds to, if it does. ``domains`` are the domains that it names, by pointer.
    ``nodes`` says where each field stands, by JSON pointer into the record; the pointer ``""``, the record as a
    whole, is always there.
    """

    path: str
    domain: str
    make: Make
    nodes: Mapping[str, Node]
    names: tuple[RoleName, ...] = ()
    domains: tuple[tuple[str, str], ...] = ()
    defines: Named | None = None
    extends: RoleRef | None = None

    def node(self, pointer: str) -> Node:
        """Where ``pointer`` leads to, or the nearest thing around it."""
        while pointer not in self.nodes:
            pointer = pointer.rpartition("/")[0]
        return self.nodes[pointer]

    def fault(self, pointer: str, detail: str, expected: str | None = None, hint: str | None = None) -> FileFault:
        """The fault at ``pointer``."""
        return FileFault.at(self.path, self.node(pointer).place, detail, expected, hint)

    def value_fault(self, pointer: str, detail: str) -> FileFault:
        """The fault of the value at ``pointer``, where ``detail`` is the rest of a sentence about it."""
        node = self.nodes.get(pointer)
        shown = node.text if isinstance(node, ScalarNode) else ""
        return self.fault(pointer, f"{quoted(shown or pointer.rpartition('/')[2])} {detail}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A question with the answer that is expected.

    ``reason`` is a code of the HTTP contract, section 3; ``path`` and ``line`` say where the case is written.
    """

    path: str
    line: int
    name: str
    subject: str
    action: str
    resource: str
    domain: str
    allowed: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What a set of policy files says.

    A bundle with ``faults`` can be examined further, to find more of them, but never loaded. ``domains`` are the
    organizations and clinics that it makes, with the domain above each. ``unread`` holds the words of files that
    couldn't be read in full: a name among them may well be made there.
    """

    drafts: tuple[Draft, ...] = ()
    domains: Mapping[str, str] = field(default_factory=dict)
    cases: tuple[Case, ...] = ()
    faults: tuple[FileFault, ...] = ()
    unread: frozenset[str] = frozenset()


def assignment_id(domain: str, subject: str, role: RoleRef, window: Window) -> str:
    """The id of an assignment that is written in a file.

    It is ``file-`` and the first 24 hexadecimal digits of the SHA-256 of domain, subject, the role's domain and id,
    and the start of the window (empty when it has none), joined with NUL: the same line gives the same assignment
    at each load, and a new end of its window changes the assignment in place.
    """
    start = "" if window.starts_at is None else format_instant(window.starts_at)
    named = "\0".join((domain, subject, *role, start))
    return "file-" + sha256(named.encode()).hexdigest()[:24]
