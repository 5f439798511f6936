"""The roles that come with the program: rights to manage, made at ``platform``, none outside ``/management/``.

The table is HTTP contract section 5; each role contains those after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from enterprise_policy.state.role import ANY_ACTION, Permission, Role
from enterprise_policy.values.names import PLATFORM

READ_ALL: Final = Permission("/management/*", "read")


def _rights(collections: Mapping[str, str]) -> tuple[Permission, ...]:
    return tuple(
        Permission(f"/management/{collection}", action)
        for collection, actions in collections.items()
        for action in actions.split()
    )


def _role(name: str, description: str, *permissions: Permission) -> Role:
    return Role(domain=PLATFORM, id=name, description=description, permissions=permissions, built_in=True)


BUILT_IN_ROLES: Final = (
    _role("platform-admin", "Manages everything.", Permission("/management/*", ANY_ACTION)),
    _role(
        "organization-admin",
        "Manages an organization with its clinics, roles, people and keys.",
        READ_ALL,
        *_rights(
            {
                "organizations": "update",
                "clinics": "create update administer",
                "roles": "create update delete",
                "assignments": "create update delete",
                "providers": "create update delete",
                "api-keys": "create update delete",
            }
        ),
    ),
    _role(
        "clinic-admin",
        "Manages a clinic with its people and keys.",
        READ_ALL,
        *_rights(
            {
                "clinics": "update",
                "assignments": "create update delete",
                "providers": "create update delete",
                "api-keys": "create update delete",
            }
        ),
    ),
    _role("auditor", "Reads everything that is managed, and its history.", READ_ALL),
    _role("decision-client", "Asks for decisions.", Permission("/management/decisions", "read")),
)

BUILT_IN_IDS: Final = frozenset(role.id for role in BUILT_IN_ROLES)
