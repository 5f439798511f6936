"""A call for each problem code that a route may answer with, as a table that is read without knowing the program.

The callers: `boss` may do everything; `ann` is administrator of the organization `o1`, reads charts there by the role
`reader`, and is denied it at some places by the role `muzzle`; `key` is a key that only decides at `o1`; `last` is the
last of a line of keys that is as long as a line may be.

`{name}` in a path is the revision of the change of that name in `problem_world.py`.

What a call of any route can meet (a bad body, no credential, the store away) is made by `test_problem_codes.py`.
"""

# ruff: noqa: E501 - rows of a table

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

VALID: Final = """
POST   /organizations                    | {"name": "New"}
PATCH  /organizations/o1                 | {"name": "New"}
DELETE /organizations/empty              |
POST   /clinics                          | {"name": "New", "organization_id": "o1"}
PATCH  /clinics/c1                       | {"name": "New"}
DELETE /clinics/c4                       |
POST   /clinics/c1/providers             | {"provider_id": "pia", "roles": ["base"]}
PATCH  /clinics/c1/providers/pat         | {"ends_at": "2990-01-01T00:00:00Z"}
DELETE /clinics/c1/providers/pat         |
POST   /domains/o1/roles                 | {"id": "new"}
PATCH  /domains/o1/roles/base            | {"description": "New"}
DELETE /domains/o1/roles/unused          |
POST   /domains/c1/assignments           | {"subject": "bob", "role": "base"}
PATCH  /domains/o1/assignments/kim       | {"reason": "New"}
DELETE /domains/o1/assignments/kim       |
POST   /api-keys                         | {"name": "New", "domain": "o1", "scopes": ["decide"]}
PATCH  /api-keys/k1                      | {"name": "New"}
DELETE /api-keys/k1                      |
POST   /changes                          | {"edits": [{"op": "update", "kind": "clinic", "id": "c1", "fields": {"name": "New"}}]}
POST   /changes/{kim}/revert             | {}
GET    /organizations                    |
GET    /organizations/o1                 |
GET    /clinics                          |
GET    /clinics/c1                       |
GET    /clinics/c1/providers             |
GET    /clinics/c1/providers/pat         |
GET    /providers/pat/clinics            |
GET    /domains/o1/roles                 |
GET    /domains/o1/roles/base            |
GET    /domains/o1/assignments           |
GET    /domains/o1/assignments/kim       |
GET    /assignments?subject=kim          |
GET    /api-keys                         |
GET    /api-keys/k1                      |
GET    /changes                          |
GET    /changes/{kim}                    |
GET    /catalogue                        |
POST   /queries/permitted-actions        | {"sub": "ann", "dom": "o1", "obj": "/charts/1"}
POST   /queries/permissions              | {"sub": "ann", "dom": "o1"}
POST   /queries/subjects                 | {"dom": "o1", "obj": "/charts/1", "act": "read"}
POST   /queries/domains                  | {"sub": "ann", "obj": "/charts/1", "act": "read"}
"""
"""A call of each route of the management API and the queries that the boss may make."""

REFUSED: Final = """
# in sight, and not allowed
key  POST   /organizations               forbidden           | {"name": "New"}
key  GET    /organizations/o1            forbidden           |
key  PATCH  /organizations/o1            forbidden           | {"name": "New"}
key  DELETE /organizations/o1            forbidden           |
key  POST   /clinics                     forbidden           | {"name": "New", "organization_id": "o1"}
key  GET    /clinics/c1                  forbidden           |
key  PATCH  /clinics/c1                  forbidden           | {"name": "New"}
key  DELETE /clinics/c1                  forbidden           |
key  GET    /clinics/c1/providers        forbidden           |
key  POST   /clinics/c1/providers        forbidden           | {"provider_id": "pia", "roles": ["base"]}
key  GET    /clinics/c1/providers/pat    forbidden           |
key  PATCH  /clinics/c1/providers/pat    forbidden           | {"ends_at": null}
key  DELETE /clinics/c1/providers/pat    forbidden           |
key  GET    /domains/o1/roles            forbidden           |
key  POST   /domains/o1/roles            forbidden           | {"id": "new"}
key  GET    /domains/o1/roles/base       forbidden           |
key  PATCH  /domains/o1/roles/base       forbidden           | {"description": "New"}
key  DELETE /domains/o1/roles/base       forbidden           |
key  GET    /domains/o1/assignments      forbidden           |
key  POST   /domains/o1/assignments      forbidden           | {"subject": "bob", "role": "base"}
key  GET    /domains/o1/assignments/kim  forbidden           |
key  PATCH  /domains/o1/assignments/kim  forbidden           | {"reason": "New"}
key  DELETE /domains/o1/assignments/kim  forbidden           |
key  POST   /api-keys                    forbidden           | {"name": "New", "domain": "o1", "scopes": ["decide"]}
key  GET    /api-keys/k1                 forbidden           |
key  PATCH  /api-keys/k1                 forbidden           | {"name": "New"}
key  DELETE /api-keys/k1                 forbidden           |
key  POST   /changes                     forbidden           | {"edits": [{"op": "delete", "kind": "clinic", "id": "c1"}]}
ann  POST   /changes/{both}/revert       forbidden           | {}
key  POST   /queries/permitted-actions   forbidden           | {"sub": "ann", "dom": "o1", "obj": "/charts/1"}
key  POST   /queries/permissions         forbidden           | {"sub": "ann", "dom": "o1"}
key  POST   /queries/subjects            forbidden           | {"dom": "o1", "obj": "/charts/1", "act": "read"}

# not there, or not in sight
key  GET    /organizations/o2            not_found           |
key  PATCH  /organizations/o2            not_found           | {"name": "New"}
key  DELETE /organizations/o2            not_found           |
key  GET    /clinics/c3                  not_found           |
key  PATCH  /clinics/c3                  not_found           | {"name": "New"}
key  DELETE /clinics/c3                  not_found           |
key  GET    /clinics/c3/providers        not_found           |
key  POST   /clinics/c3/providers        not_found           | {"provider_id": "pia", "roles": ["base"]}
boss GET    /clinics/c1/providers/nobody not_found           |
boss PATCH  /clinics/c1/providers/nobody not_found           | {"ends_at": null}
boss DELETE /clinics/c1/providers/nobody not_found           |
key  GET    /domains/o2/roles            not_found           |
key  POST   /domains/o2/roles            not_found           | {"id": "new"}
boss GET    /domains/o1/roles/none       not_found           |
boss PATCH  /domains/o1/roles/none       not_found           | {"description": "New"}
boss DELETE /domains/o1/roles/none       not_found           |
key  GET    /domains/o2/assignments      not_found           |
key  POST   /domains/o2/assignments      not_found           | {"subject": "bob", "role": "base"}
boss GET    /domains/o1/assignments/none not_found           |
boss PATCH  /domains/o1/assignments/none not_found           | {"reason": "New"}
boss DELETE /domains/o1/assignments/none not_found           |
boss GET    /api-keys/none               not_found           |
boss PATCH  /api-keys/none               not_found           | {"name": "New"}
boss DELETE /api-keys/none               not_found           |
key  GET    /changes/{kim}               not_found           |
key  POST   /changes/{kim}/revert        not_found           | {}

# too far
ann  POST   /clinics/c1/providers        escalation          | {"provider_id": "pia", "roles": ["platform-admin"]}
ann  PATCH  /clinics/c1/providers/pat    escalation          | {"roles": ["platform-admin"]}
ann  DELETE /clinics/c2/providers/ann    escalation          |
ann  PATCH  /clinics/c5                  escalation          | {"parent_id": "o1"}
ann  POST   /domains/o1/roles            escalation          | {"id": "new", "inherits": ["platform-admin"]}
ann  PATCH  /domains/o1/roles/reader     escalation          | {"permissions": [{"resource": "/*", "action": "read"}]}
ann  DELETE /domains/c6/roles/reader   escalation          |
ann  POST   /domains/o1/assignments      escalation          | {"subject": "bob", "role": "platform-admin"}
ann  PATCH  /domains/c1/assignments/am   escalation          | {"ends_at": "1970-01-01T00:00:00Z"}
ann  DELETE /domains/c1/assignments/am   escalation          |
ann  POST   /api-keys                    escalation          | {"name": "New", "domain": "platform", "scopes": ["decide"]}
ann  POST   /changes                     escalation          | {"edits": [{"op": "delete", "kind": "assignment", "domain": "c1", "id": "am"}]}
ann  POST   /changes/{muzzled}/revert    escalation          | {}

# what is there already
boss POST   /organizations               already_exists      | {"id": "o1", "name": "New"}
boss POST   /clinics                     already_exists      | {"id": "o1", "name": "New", "organization_id": "o1"}
boss POST   /clinics/c1/providers        already_exists      | {"provider_id": "pat", "roles": ["base"]}
boss PATCH  /clinics/c1/providers/pat    already_exists      | {"roles": ["base", "reader"]}
boss POST   /domains/o1/roles            already_exists      | {"id": "base"}
boss POST   /domains/o1/assignments      already_exists      | {"subject": "kim", "role": "base"}
boss PATCH  /domains/o1/assignments/old  already_exists      | {"ends_at": null}
boss POST   /changes                     already_exists      | {"edits": [{"op": "create", "kind": "role", "domain": "o1", "id": "base"}]}
boss POST   /changes/{given}/revert      already_exists      | {}

# what is used
boss DELETE /organizations/o1            in_use              |
boss DELETE /clinics/g1                  in_use              |
boss PATCH  /clinics/c7                  in_use              | {"parent_id": "o1"}
boss DELETE /domains/o1/roles/base       in_use              |
boss PATCH  /domains/platform/assignments/root in_use        | {"ends_at": "1980-01-01T00:00:00Z"}
boss DELETE /domains/platform/assignments/root in_use        |
boss POST   /changes                     in_use              | {"edits": [{"op": "delete", "kind": "organization", "id": "o1"}]}
boss POST   /changes/{world}/revert      in_use              | {}

# what comes from git
boss PATCH  /organizations/om            managed_by_bundle   | {"name": "New"}
boss DELETE /organizations/om            managed_by_bundle   |
boss PATCH  /clinics/cm                  managed_by_bundle   | {"name": "New"}
boss DELETE /clinics/cm                  managed_by_bundle   |
boss PATCH  /clinics/c1/providers/max    managed_by_bundle   | {"roles": ["reader"]}
boss PATCH  /domains/o1/roles/rm         managed_by_bundle   | {"description": "New"}
boss DELETE /domains/o1/roles/rm         managed_by_bundle   |
boss PATCH  /domains/o1/assignments/mm   managed_by_bundle   | {"reason": "New"}
boss POST   /changes                     managed_by_bundle   | {"edits": [{"op": "delete", "kind": "role", "domain": "o1", "id": "rm"}]}
boss POST   /changes/{loaded}/revert     managed_by_bundle   | {}

# what leads nowhere
boss POST   /clinics                     unknown_reference   | {"name": "New", "organization_id": "none"}
boss PATCH  /clinics/c1                  unknown_reference   | {"parent_id": "none"}
boss POST   /clinics/c1/providers        unknown_reference   | {"provider_id": "pia", "roles": ["none"]}
boss PATCH  /clinics/c1/providers/pat    unknown_reference   | {"roles": ["none"]}
boss POST   /domains/o1/roles            unknown_reference   | {"id": "new", "inherits": ["none"]}
boss PATCH  /domains/o1/roles/base       unknown_reference   | {"inherits": ["none"]}
boss POST   /domains/o1/assignments      unknown_reference   | {"subject": "bob", "role": "none"}
boss POST   /api-keys                    unknown_reference   | {"name": "New", "domain": "none", "scopes": ["decide"]}
boss POST   /changes                     unknown_reference   | {"edits": [{"op": "delete", "kind": "clinic", "id": "none"}]}
boss POST   /changes/{taken}/revert      unknown_reference   | {}

# what would contain itself, or be too deep
boss PATCH  /clinics/g1                  cycle               | {"parent_id": "c2"}
boss POST   /domains/c1/roles            cycle               | {"id": "base", "extends": "o1", "inherits": ["upon"]}
boss PATCH  /domains/o1/roles/base       cycle               | {"inherits": ["upon"]}
boss POST   /changes                     cycle               | {"edits": [{"op": "update", "kind": "role", "domain": "o1", "id": "base", "fields": {"inherits": ["upon"]}}]}
boss POST   /changes/{unbound}/revert    cycle               | {}
boss POST   /clinics                     too_deep            | {"name": "New", "organization_id": "o1", "parent_id": "d6"}
boss PATCH  /clinics/c1                  too_deep            | {"parent_id": "d6"}
last POST   /api-keys                    too_deep            | {"name": "New", "domain": "o1", "scopes": ["decide"]}
boss POST   /domains/o1/roles            too_deep            | {"id": "new", "inherits": ["r1"]}
boss PATCH  /domains/o1/roles/base       too_deep            | {"inherits": ["r1"]}
boss POST   /changes                     too_deep            | {"edits": [{"op": "create", "kind": "role", "domain": "o1", "id": "new", "fields": {"inherits": ["r1"]}}]}
boss POST   /changes/{shortened}/revert  too_deep            | {}

# what belongs to the program, or isn't offered
boss POST   /domains/o1/roles            reserved            | {"id": "clinic-admin"}
boss PATCH  /domains/o1/roles/base       reserved            | {"permissions": [{"resource": "/management/roles", "action": "read"}]}
boss DELETE /domains/platform/roles/auditor reserved         |
boss POST   /changes                     reserved            | {"edits": [{"op": "create", "kind": "role", "domain": "o1", "id": "clinic-admin"}]}
boss POST   /changes/1/revert            reserved            | {}
ann  POST   /domains/o1/roles            not_in_catalogue    | {"id": "new", "permissions": [{"resource": "/charts/:id", "action": "erase"}]}
ann  PATCH  /domains/o1/roles/base       not_in_catalogue    | {"permissions": [{"resource": "/charts/:id", "action": "erase"}]}
ann  POST   /changes                     not_in_catalogue    | {"edits": [{"op": "update", "kind": "role", "domain": "o1", "id": "base", "fields": {"permissions": [{"resource": "/charts/:id", "action": "erase"}]}}]}
ann  POST   /changes/{emptied}/revert    not_in_catalogue    | {}
"""
"""Who calls what, and the code that he gets."""


@dataclass(frozen=True, slots=True)
class Try:
    """A call by somebody, and the code that it is refused with."""

    caller: str
    method: str
    path: str
    code: str
    body: Any


def _lines(table: str) -> Iterator[tuple[list[str], Any]]:
    for line in table.strip().splitlines():
        if line and not line.startswith("#"):
            call, _, body = line.partition("|")
            yield call.split(), json.loads(body) if body.strip() else None


def valid() -> Iterator[tuple[str, str, Any]]:
    """The calls of ``VALID``: method, path and body."""
    for (method, path), body in _lines(VALID):
        yield method, path, body


def refused() -> Iterator[Try]:
    """The calls of ``REFUSED``."""
    for (caller, method, path, code), body in _lines(REFUSED):
        yield Try(caller, method, path, code, body)
