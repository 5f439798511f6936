"""A small policy in which each reason has its question, and the store that holds it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from enterprise_policy.state.edits import Edit, create
from enterprise_policy.state.record import Status
from enterprise_policy.values.windows import Window, parse_instant
from enterprise_service.administer.commit import Request
from enterprise_service.administer.scene import Author
from enterprise_service.bootstrap import writing
from enterprise_service.settings import read_settings
from tests.support.policies import allow, assignment, clinic, deny, organization, role

KEY: Final = "the-bootstrap-key-of-the-tests-0123456789"
AUTHORIZED: Final = {"Authorization": f"Bearer {KEY}"}
AUTHOR: Final = Author(actor="system:local", credential="local", request_id="sample")
PAST: Final = Window(parse_instant("2020-01-01T00:00:00Z"), parse_instant("2021-01-01T00:00:00Z"))
ROLE: Final = {"domain": "o1", "id": "dentist"}

EDITS: Final[Sequence[Edit]] = [
    create(record)
    for record in (
        organization("o1"),
        clinic("c1"),
        clinic("c2"),
        clinic("c3", status=Status.SUSPENDED),
        clinic("c4", "c3"),
        role("dentist@o1", allow("/patients/:id/chart", "read"), deny("/patients/vip/*", "*")),
        assignment("dr.lee", "dentist@o1", "c1"),
        assignment("dr.old", "dentist@o1", "c1", window=PAST),
    )
]

ALLOWED: Final = {"sub": "dr.lee", "dom": "c1", "obj": "/patients/42/chart", "act": "read"}
DENIED: Final = {**ALLOWED, "act": "write"}
_HELD: Final = {"role": ROLE, "assigned_in": "c1", "assignment": "dr.lee.dentist.o1", "via": [ROLE]}

REASONS: Final = {
    "unknown_domain": ({**ALLOWED, "dom": "nowhere"}, {}),
    "domain_suspended": ({**ALLOWED, "dom": "c4"}, {"domain": "c3"}),
    "denied_by_permission": (
        {**ALLOWED, "obj": "/patients/vip/chart"},
        {
            **_HELD,
            "permission": {"domain": "o1", "resource": "/patients/vip/*", "action": "*", "effect": "deny"},
        },
    ),
    "allowed_by_permission": (
        ALLOWED,
        {
            **_HELD,
            "permission": {"domain": "o1", "resource": "/patients/:id/chart", "action": "read", "effect": "allow"},
        },
    ),
    "assignment_not_current": (
        {**ALLOWED, "sub": "dr.old"},
        {
            "role": ROLE,
            "assigned_in": "c1",
            "starts_at": "2020-01-01T00:00:00Z",
            "ends_at": "2021-01-01T00:00:00Z",
        },
    ),
    "no_matching_permission": (DENIED, {"roles": [ROLE]}),
    "no_assignment": ({**ALLOWED, "dom": "c2"}, {"elsewhere": ["c1"]}),
}
"""For each code a question that has it, and the other fields of the reason."""


def body(fields: object = ALLOWED) -> bytes:
    """``fields`` as the body of a request."""
    return json.dumps(fields).encode()


def settings_of(folder: Path, **more: object) -> dict[str, object]:
    """The environment of a service on the store in ``folder``."""
    return {"SQLITE_PATH": folder / "enterprise.db", "BOOTSTRAP_API_KEY": KEY, **more}


def commit(folder: Path, *edits: Edit) -> int:
    """Make one change of ``edits``, in this process; the store is made when there is none. The revision."""
    settings = read_settings({name: str(value) for name, value in settings_of(folder).items()})
    with writing(settings) as tools:
        return tools.commit(AUTHOR, Request(propose=lambda _scene: edits)).revision
