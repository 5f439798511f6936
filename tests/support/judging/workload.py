"""What clients do in a run: two tenants whose policy changes all the time, and questions about it.

Each writer has subjects, roles and clinics of its own, so that nothing that it is refused hangs on the others.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from enterprise_policy.values.windows import SECOND, format_instant
from enterprise_service.ports.clock import Clock
from tests.support.judging.client import Client
from tests.support.judging.history import Answer, Asked

TENANTS: Final = ("north", "south")
CLINICS: Final = 2
SUBJECTS: Final = 3
RESOURCES: Final = ("/charts/1", "/charts/1", "/charts/2", "/charts/2/notes", "/plans/1")
ACTIONS: Final = ("read", "read", "write")
PATIENCE: Final = 20
"""How often a write of which nothing is known is sent again."""

AGAIN: Final = 0.1
"""How often one is sent again of which all is known."""

_PERMISSIONS: Final = (
    [{"resource": "/charts/:id", "action": "read"}],
    [{"resource": "/charts/*", "action": "*"}],
    [{"resource": "/plans/:id", "action": "write"}, {"resource": "/charts/:id", "action": "read"}],
    [{"resource": "/charts/*", "action": "*"}, {"resource": "/charts/1", "action": "write", "effect": "deny"}],
)


class Known:
    """The newest revision that any client was told of."""

    def __init__(self) -> None:
        """None yet."""
        self._newest = 0
        self._lock = threading.Lock()

    @property
    def newest(self) -> int:
        """The revision."""
        return self._newest

    def note(self, answer: Answer | None) -> None:
        """Take note of ``answer``."""
        revision = 0 if answer is None else answer.revision or 0
        with self._lock:
            self._newest = max(self._newest, revision)


def clinic_of(tenant: str, number: int) -> str:
    """A clinic of ``tenant``."""
    return f"{tenant}-{number}"


def role_of(tenant: str, writer: str) -> str:
    """The role that ``writer`` gives in ``tenant``."""
    return f"{tenant}-{writer}"


def subject_of(tenant: str, writer: str, number: int) -> str:
    """A subject of ``tenant`` to whom ``writer`` gives something."""
    return f"{tenant}.{writer}.{number}"


def found(client: Client, writers: Sequence[str]) -> None:
    """Make the tenants, with a role for each of ``writers``. Raises ``AssertionError`` when one isn't made."""
    for tenant in TENANTS:
        _made(client.write("POST", "/organizations", {"id": tenant, "name": tenant}, f"found-{tenant}"))
        for number in range(CLINICS):
            clinic = {"id": clinic_of(tenant, number), "organization_id": tenant, "name": "a clinic"}
            _made(client.write("POST", "/clinics", clinic, f"found-{tenant}-{number}"))
        for writer in writers:
            role = {"id": role_of(tenant, writer), "permissions": _PERMISSIONS[0]}
            _made(client.write("POST", f"/domains/{tenant}/roles", role, f"found-{tenant}-{writer}"))


def _made(answer: Answer | None) -> None:
    assert answer is not None, "no answer"
    assert answer.status == 201, answer


@dataclass(slots=True)
class Writer:
    """Changes the policy, one write after the other; what is unknown is sent again until it is known.

    ``pause`` waits before that. ``windows`` is the share of assignments that end soon by themselves.
    """

    client: Client
    name: str
    known: Known
    clock: Clock
    chance: Random
    pause: Callable[[float], None]
    windows: float = 0.2
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _given: list[tuple[str, str]] = field(default_factory=list)
    _clinics: list[tuple[str, str]] = field(default_factory=list)

    def step(self) -> None:
        """One write."""
        tenant = self.chance.choice(TENANTS)
        give, take = self._give, self._take
        deeds = (give, give, give, take, take, self._edit_role, self._make_clinic, self._turn, self._many)
        self.chance.choice(deeds)(tenant)

    def _give(self, tenant: str) -> None:
        domain = self.chance.choice([tenant, tenant, *(clinic_of(tenant, number) for number in range(CLINICS))])
        fields: dict[str, Any] = {"subject": self._subject(tenant), "role": role_of(tenant, self.name)}
        if self.chance.random() < self.windows:
            ends = self.clock.now() + round(self.chance.uniform(0.05, 3.0) * SECOND)
            fields["ends_at"] = format_instant(ends)
        answer = self._post(f"/domains/{domain}/assignments", fields)
        if answer is not None and answer.status == 201:
            self._given.append((domain, json.loads(answer.body)["id"]))

    def _take(self, tenant: str) -> None:
        if self._given:
            domain, assignment = self._given.pop(self.chance.randrange(len(self._given)))
            self._until_known(lambda: self.client.write("DELETE", f"/domains/{domain}/assignments/{assignment}"))
        else:
            self._give(tenant)

    def _edit_role(self, tenant: str) -> None:
        number = next(self._numbers)
        fields = {
            "description": f"edit {number} by {self.client.name}",
            "permissions": self.chance.choice(_PERMISSIONS),
        }
        self._once("PATCH", f"/domains/{tenant}/roles/{role_of(tenant, self.name)}", fields)

    def _make_clinic(self, tenant: str) -> None:
        clinic = f"{tenant}-{self.client.name}-{next(self._numbers)}"
        answer = self._post("/clinics", {"id": clinic, "organization_id": tenant, "name": clinic})
        if answer is not None and answer.status == 201:
            self._clinics.append((tenant, clinic))

    def _turn(self, tenant: str) -> None:
        """Suspend a clinic, or take it back into service: its name goes with its status, so that something changes."""
        if not self._clinics:
            self._make_clinic(tenant)
            return
        _, clinic = self.chance.choice(self._clinics)
        number = next(self._numbers)
        status = self.chance.choice(("active", "suspended"))
        self._once("PATCH", f"/clinics/{clinic}", {"name": f"turn {number} by {self.client.name}", "status": status})

    def _many(self, tenant: str) -> None:
        role = {"domain": tenant, "id": role_of(tenant, self.name)}
        edits = [
            {
                "op": "create",
                "kind": "clinic",
                "domain": tenant,
                "id": f"{tenant}-{self.client.name}-{next(self._numbers)}",
                "fields": {"organization_id": tenant, "name": "of many", "attributes": {"role": role["id"]}},
            }
            for _ in range(3)
        ]
        self._post("/changes", {"reason": "many at once", "edits": edits})

    def _subject(self, tenant: str) -> str:
        return subject_of(tenant, self.name, self.chance.randrange(SUBJECTS))

    def _post(self, path: str, fields: object) -> Answer | None:
        """Sometimes it is sent once more though the answer came."""
        key = f"{self.client.name}-{next(self._numbers)}"
        answer = self._until_known(lambda: self.client.write("POST", path, fields, key))
        if self.chance.random() < AGAIN:
            self.client.write("POST", path, fields, key)
        return answer

    def _once(self, method: str, path: str, fields: object) -> None:
        """Sent once: a second time it might change nothing."""
        self.known.note(self.client.write(method, path, fields))

    def _until_known(self, send: Callable[[], Answer | None]) -> Answer | None:
        answer = send()
        for _ in range(PATIENCE):
            if answer is not None and answer.status < 500:
                break
            self.pause(0.05)
            answer = send()
        self.known.note(answer)
        return answer


@dataclass(slots=True)
class Decider:
    """Asks questions of every kind about the subjects of ``writers``; it ``reads`` records too if they are served."""

    client: Client
    writers: Sequence[str]
    known: Known
    chance: Random
    reads: bool = True

    def step(self) -> None:
        """One request."""
        kinds = (
            self._isolated,
            self._plain,
            self._plain,
            self._plain,
            self._demanding,
            self._demanding,
            self._many,
            self._read if self.reads else self._plain,
        )
        self.chance.choice(kinds)()

    def _plain(self) -> None:
        self.client.ask(self._question())

    def _demanding(self) -> None:
        self.client.ask(self._question(), self.known.newest)

    def _many(self) -> None:
        self.client.ask_all([self._question() for _ in range(8)])

    def _isolated(self) -> None:
        """Somebody of one tenant about the other's domain, the organization included."""
        tenant, other = self.chance.sample(TENANTS, 2)
        asked = [self._question(tenant, domain) for domain in (other, clinic_of(other, 0), clinic_of(other, 1))]
        if self.chance.random() < 0.5:
            self.client.ask_all(asked, isolated=True)
        else:
            self.client.ask(asked[0], isolated=True)

    def _read(self) -> None:
        self.client.read("/clinics?limit=3")

    def _question(self, tenant: str | None = None, domain: str | None = None) -> Asked:
        tenant = tenant or self.chance.choice(TENANTS)
        domain = domain or self.chance.choice([tenant, *(clinic_of(tenant, number) for number in range(CLINICS))])
        subject = subject_of(tenant, self.chance.choice(self.writers), self.chance.randrange(SUBJECTS))
        return subject, domain, self.chance.choice(RESOURCES), self.chance.choice(ACTIONS)
