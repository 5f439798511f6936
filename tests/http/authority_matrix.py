"""Who may make which call, as a table that is read without knowing the program.

The domains: `platform` has the organizations `o1`, `o2` and `o9` (empty). In `o1` lies the clinic group `g1` with the
clinics `c1` and `c2`; below `c1` lies `c9` (empty); in `o2` lies `c3`.

The callers: nobody; a key of `c1` that only decides; keys that manage `o2`, `c2`, then one that audits `o1`, then keys
that manage `c1`, `o1` and `platform`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

CALLERS: Final = ("nobody", "decide", "other", "sister", "auditor", "clinic", "organization", "platform")

ROWS: Final = """
# organizations
GET    /organizations                           | 401 200 200 200 200 200 200 200
POST   /organizations  organization             | 401 403 403 403 403 403 403 201
GET    /organizations/o1                        | 401 404 404 404 200 404 200 200
GET    /organizations/o9                        | 401 404 404 404 404 404 404 200
GET    /organizations/nowhere                   | 401 404 404 404 404 404 404 404
PATCH  /organizations/o1  name                  | 401 404 404 404 403 404 200 200
PATCH  /organizations/o1  suspend               | 401 404 404 404 403 404 403 200
PATCH  /organizations/nowhere  name             | 401 404 404 404 404 404 404 404
DELETE /organizations/o1                        | 401 404 404 404 403 404 403 409
DELETE /organizations/o1?cascade=true           | 401 404 404 404 403 404 403 204
DELETE /organizations/o9                        | 401 404 404 404 404 404 404 204
# clinics
GET    /clinics                                 | 401 200 200 200 200 200 200 200
GET    /clinics?organization_id=o2              | 401 200 200 200 200 200 200 200
POST   /clinics  clinic-in-o1                   | 401 403 422 403 403 403 201 201
POST   /clinics  clinic-in-c1                   | 401 403 422 422 403 403 201 201
POST   /clinics  clinic-in-nowhere              | 401 422 422 422 422 422 422 422
GET    /clinics/c1                              | 401 403 404 404 200 200 200 200
GET    /clinics/c2                              | 401 404 404 200 200 404 200 200
GET    /clinics/c3                              | 401 404 200 404 404 404 404 200
GET    /clinics/g1                              | 401 404 404 404 200 404 200 200
GET    /clinics/nowhere                         | 401 404 404 404 404 404 404 404
PATCH  /clinics/c1  name                        | 401 403 404 404 403 200 200 200
PATCH  /clinics/c1  suspend                     | 401 403 404 404 403 403 200 200
PATCH  /clinics/c1  move-to-o1                  | 401 403 404 404 403 403 200 200
PATCH  /clinics/c1  move-to-c2                  | 401 403 404 404 403 403 200 200
PATCH  /clinics/c1  move-to-c3                  | 401 403 404 404 403 403 422 422
DELETE /clinics/c1                              | 401 403 404 404 403 403 409 409
DELETE /clinics/c1?cascade=true                 | 401 403 404 404 403 403 204 204
DELETE /clinics/c9                              | 401 403 404 404 403 403 204 204
# providers at clinics
GET    /clinics/c1/providers                    | 401 403 404 404 200 200 200 200
GET    /clinics/nowhere/providers               | 401 404 404 404 404 404 404 404
POST   /clinics/c1/providers  provider          | 401 403 404 404 403 201 201 201
GET    /clinics/c1/providers/pat                | 401 403 404 404 200 200 200 200
GET    /clinics/c1/providers/nobody             | 401 403 404 404 404 404 404 404
PATCH  /clinics/c1/providers/pat  until         | 401 403 404 404 403 200 200 200
DELETE /clinics/c1/providers/pat                | 401 403 404 404 403 204 204 204
GET    /providers/pat/clinics                   | 401 200 200 200 200 200 200 200
# roles
GET    /domains/c1/roles                        | 401 403 404 404 200 200 200 200
GET    /domains/o1/roles?visible=true           | 401 404 404 404 200 404 200 200
GET    /domains/platform/roles                  | 401 404 404 404 404 404 404 200
POST   /domains/c1/roles  role                  | 401 403 404 404 403 403 201 201
POST   /domains/o1/roles  role                  | 401 404 404 404 403 404 201 201
POST   /domains/platform/roles  role            | 401 404 404 404 404 404 404 201
POST   /domains/c1/roles  not-offered           | 401 403 404 404 403 403 422 201
POST   /domains/c1/roles  administrator         | 401 403 404 404 403 403 422 422
GET    /domains/c1/roles/own                    | 401 403 404 404 200 200 200 200
PATCH  /domains/c1/roles/own  description       | 401 403 404 404 403 403 200 200
DELETE /domains/c1/roles/own                    | 401 403 404 404 403 403 204 204
DELETE /domains/o1/roles/base                   | 401 404 404 404 403 404 409 409
DELETE /domains/platform/roles/chair            | 401 404 404 404 404 404 404 204
PATCH  /domains/platform/roles/auditor  description | 401 404 404 404 404 404 404 422
# assignments
GET    /domains/c1/assignments                  | 401 403 404 404 200 200 200 200
GET    /domains/o1/assignments                  | 401 404 404 404 200 404 200 200
POST   /domains/c1/assignments  base            | 401 403 404 404 403 201 201 201
POST   /domains/o1/assignments  base            | 401 404 404 404 403 404 201 201
POST   /domains/platform/assignments  chair     | 401 404 404 404 404 404 404 201
POST   /domains/c1/assignments  as-clinic-admin | 401 403 404 404 403 201 201 201
POST   /domains/c1/assignments  as-org-admin    | 401 403 404 404 403 403 201 201
POST   /domains/c1/assignments  as-platform-admin | 401 403 404 404 403 403 403 201
POST   /domains/c1/assignments  kept-back       | 401 403 404 404 403 403 403 201
GET    /domains/c1/assignments/a1               | 401 403 404 404 200 200 200 200
PATCH  /domains/c1/assignments/a1  until        | 401 403 404 404 403 200 200 200
DELETE /domains/c1/assignments/a1               | 401 403 404 404 403 204 204 204
GET    /assignments?subject=ann                 | 401 200 200 200 200 200 200 200
# keys
GET    /api-keys                                | 401 200 200 200 200 200 200 200
POST   /api-keys  key-for-c1                    | 401 403 422 422 403 201 201 201
POST   /api-keys  key-for-o1                    | 401 403 422 403 403 403 201 201
POST   /api-keys  key-for-platform              | 401 403 403 403 403 403 403 201
POST   /api-keys  auditing-key-for-c1           | 401 403 422 422 403 403 403 403
GET    /api-keys/kc1                            | 401 403 404 404 200 200 200 200
GET    /api-keys/ko1                            | 401 404 404 404 200 404 200 200
PATCH  /api-keys/kc1  name                      | 401 403 404 404 403 200 200 200
DELETE /api-keys/kc1                            | 401 403 404 404 403 204 204 204
# changes
GET    /changes                                 | 401 200 200 200 200 200 200 200
GET    /changes/{c1}                            | 401 404 404 404 200 200 200 200
GET    /changes/{o2}                            | 401 404 200 404 404 404 404 200
GET    /changes/999999                          | 401 404 404 404 404 404 404 404
POST   /changes  rename-c1                      | 401 403 422 422 403 201 201 201
POST   /changes  new-organization               | 401 403 403 403 403 403 403 201
POST   /changes  new-tree-in-o1                 | 401 403 422 403 403 403 201 201
POST   /changes/{c1}/revert  nothing            | 401 404 404 404 403 201 201 201
# the catalogue
GET    /catalogue                               | 401 200 200 200 200 200 200 200
# queries
POST   /queries/subjects  who-in-c1             | 401 403 403 403 200 200 200 200
POST   /queries/permissions  what-in-c1         | 401 403 403 403 200 200 200 200
POST   /queries/permitted-actions  acts-in-c1   | 401 403 403 403 200 200 200 200
POST   /queries/permitted-actions  acts-in-nowhere | 401 403 403 403 403 403 403 200
POST   /queries/domains  where                  | 401 200 200 200 200 200 200 200
# decisions
POST   /authorize  in-c1                        | 401 200 403 403 200 200 200 200
POST   /authorize  in-c2                        | 401 403 403 200 200 403 200 200
POST   /authorize  in-nowhere                   | 401 403 403 403 403 403 403 200
POST   /authorize/batch  c1-and-c2              | 401 403 403 403 200 403 200 200
# operations: no credential, no tenant's data
GET    /health/liveness                         | 200 200 200 200 200 200 200 200
GET    /health/readiness                        | 200 200 200 200 200 200 200 200
GET    /metrics                                 | 200 200 200 200 200 200 200 200
GET    /api-docs                                | 200 200 200 200 200 200 200 200
GET    /api-docs/openapi.json                   | 200 200 200 200 200 200 200 200
"""

_WINDOW: Final = {"ends_at": "2990-01-01T00:00:00Z"}
_QUESTION: Final = {"sub": "ann", "obj": "/charts/1", "act": "read"}

BODIES: Final[dict[str, dict[str, Any]]] = {
    "nothing": {},
    "name": {"name": "New"},
    "description": {"description": "New"},
    "suspend": {"status": "suspended"},
    "until": _WINDOW,
    "organization": {"id": "new", "name": "New"},
    "clinic-in-o1": {"id": "new", "organization_id": "o1", "name": "New"},
    "clinic-in-c1": {"id": "new", "organization_id": "o1", "parent_id": "c1", "name": "New"},
    "clinic-in-nowhere": {"id": "new", "organization_id": "nowhere", "name": "New"},
    "move-to-o1": {"parent_id": "o1"},
    "move-to-c2": {"parent_id": "c2"},
    "move-to-c3": {"parent_id": "c3"},
    "provider": {"provider_id": "pia", "roles": ["base"]},
    "role": {"id": "new", "permissions": [{"resource": "/charts/:id", "action": "read"}]},
    "not-offered": {"id": "new", "permissions": [{"resource": "/charts/:id", "action": "erase"}]},
    "administrator": {"id": "clinic-admin"},
    "base": {"subject": "bob", "role": "base"},
    "chair": {"subject": "bob", "role": "chair"},
    "as-clinic-admin": {"subject": "bob", "role": "clinic-admin"},
    "as-org-admin": {"subject": "bob", "role": "organization-admin"},
    "as-platform-admin": {"subject": "bob", "role": "platform-admin"},
    "kept-back": {"subject": "bob", "role": "eraser"},
    "key-for-c1": {"name": "New", "domain": "c1", "scopes": ["manage"]},
    "key-for-o1": {"name": "New", "domain": "o1", "scopes": ["manage"]},
    "key-for-platform": {"name": "New", "domain": "platform", "scopes": ["manage"]},
    "auditing-key-for-c1": {"name": "New", "domain": "c1", "scopes": ["audit"]},
    "rename-c1": {"edits": [{"op": "update", "kind": "clinic", "id": "c1", "fields": {"name": "New"}}]},
    "new-organization": {
        "edits": [{"op": "create", "kind": "organization", "id": "new", "fields": {"name": "New"}}],
    },
    "new-tree-in-o1": {
        "edits": [
            {"op": "create", "kind": "clinic", "id": "new", "fields": {"organization_id": "o1", "name": "New"}},
            {"op": "create", "kind": "role", "domain": "new", "id": "r", "fields": {}},
            {"op": "create", "kind": "assignment", "domain": "new", "fields": {"subject": "bob", "role": "r"}},
        ],
    },
    "who-in-c1": {"dom": "c1", "obj": "/charts/1", "act": "read"},
    "what-in-c1": {"sub": "ann", "dom": "c1"},
    "acts-in-c1": {"sub": "ann", "dom": "c1", "obj": "/charts/1"},
    "acts-in-nowhere": {"sub": "ann", "dom": "nowhere", "obj": "/charts/1"},
    "where": _QUESTION,
    "in-c1": {**_QUESTION, "dom": "c1"},
    "in-c2": {**_QUESTION, "dom": "c2"},
    "in-nowhere": {**_QUESTION, "dom": "nowhere"},
    "c1-and-c2": {**_QUESTION, "checks": [{"dom": "c1"}, {"dom": "c2"}]},
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One call by one caller, and the status that it gets."""

    method: str
    path: str
    body: str | None
    caller: str
    status: int


def cells() -> Iterator[Cell]:
    """Every cell of the table."""
    for line in ROWS.strip().splitlines():
        if line.startswith("#"):
            continue
        call, statuses = line.split("|")
        method, path, *body = call.split()
        for caller, status in zip(CALLERS, statuses.split(), strict=True):
            yield Cell(method, path, body[0] if body else None, caller, int(status))
