"""The nouns of the command line: one description each, of which the commands are made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import click

from enterprise_service.cli.manage.noun import Across, Noun, Option
from enterprise_service.cli.manage.shown import change_lines
from enterprise_service.cli.manage.words import ANY, ID, PAIR, REASON, ROLE_NAME, SUBJECT, TEXT, TIME

SUSPENDED: Final = "suspended"

# --- options that several have ---------------------------------------------------------------------------------------

_NAME: Final = Option(flags=("--name",), sets="name", type=ANY, says="What people call it.")
_STATUS: Final = Option(
    flags=("--status",),
    sets="status",
    type=click.Choice(["active", SUSPENDED]),
    says="A suspended domain denies every decision in itself and below.",
)
_ATTRIBUTE: Final = Option(
    flags=("--attribute",),
    sets="attributes",
    type=PAIR,
    many=True,
    metavar="KEY=VALUE",
    gather=dict,
    says="A text to keep with it; may be given again.",
)
_NEW_ATTRIBUTE: Final = replace(_ATTRIBUTE, says=f"{_ATTRIBUTE.says} KEY= takes it away.")
_STARTS_AT: Final = Option(
    flags=("--starts-at",), sets="starts_at", type=TIME, says="Not before then, such as 2026-01-31T08:00:00Z."
)
_ENDS_AT: Final = Option(flags=("--ends-at",), sets="ends_at", type=TIME, says="Not from then on.")
_DOMAIN: Final = Option(
    flags=("-d", "--domain"), sets="domain", type=ID, required=True, says="An organization or clinic, or `platform`."
)
_CLINIC: Final = Option(flags=("--clinic",), type=ID, required=True, says="The clinic that the record belongs to.")
_WINDOW: Final = {"starts-at": ("starts_at", None), "ends-at": ("ends_at", None)}


def _id(says: str, *, field: str = "id", required: bool = False) -> Option:
    return Option(flags=("--id",), sets=field, type=ID, required=required, says=says)


def _needed(option: Option) -> Option:
    return replace(option, required=True)


def _instead(option: Option, of_all: str) -> Option:
    """In an update: a list is replaced as a whole."""
    return replace(option, says=f"{option.says} Those given stand in place of {of_all}.")


# --- domains ---------------------------------------------------------------------------------------------------------

ORGANIZATION: Final = Noun(
    name="org",
    says="Organizations.",
    kind="organization",
    collection="/organizations",
    columns=(("ID", "id"), ("NAME", "name"), ("STATUS", "status")),
    creates=(_id("By default one is made."), _needed(_NAME), _STATUS, _ATTRIBUTE),
    updates=(_NAME, _STATUS, _NEW_ATTRIBUTE),
    clears={"attributes": ("attributes", None)},
    cascades=True,
    suspends=True,
)

_ORGANIZATION: Final = Option(
    flags=("--organization",), sets="organization_id", type=ID, says="The organization that it belongs to."
)
_PARENT: Final = Option(
    flags=("--parent",), sets="parent_id", type=ID, says="The clinic group above it; else the organization."
)

CLINIC: Final = Noun(
    name="clinic",
    says="Clinics and groups of clinics.",
    kind="clinic",
    collection="/clinics",
    columns=(
        ("ID", "id"),
        ("NAME", "name"),
        ("STATUS", "status"),
        ("ORGANIZATION", "organization_id"),
        ("PARENT", "parent_id"),
    ),
    creates=(_id("By default one is made."), _needed(_ORGANIZATION), _PARENT, _needed(_NAME), _STATUS, _ATTRIBUTE),
    updates=(_PARENT, _NAME, _STATUS, _NEW_ATTRIBUTE),
    clears={"parent": ("parent_id", None), "attributes": ("attributes", None)},
    filters=(replace(_ORGANIZATION, says="Only those of this organization."),),
    cascades=True,
    suspends=True,
)

# --- who has what ----------------------------------------------------------------------------------------------------

_ROLES: Final = Option(
    flags=("--role",),
    sets="roles",
    type=ROLE_NAME,
    many=True,
    metavar="ROLE",
    says="ID, the nearest role of that id, or DOMAIN/ID; may be given again.",
)

PROVIDER: Final = Noun(
    name="provider",
    says="Providers at clinics.",
    kind="provider_assignment",
    collection="/clinics/{clinic}/providers",
    key="provider_id",
    within=_CLINIC,
    across=Across(path="/providers/{provider}/clinics", by="provider"),
    columns=(
        ("PROVIDER", "provider_id"),
        ("CLINIC", "clinic_id"),
        ("ROLES", "roles"),
        ("FROM", "starts_at"),
        ("UNTIL", "ends_at"),
        ("VERIFICATION", "verification"),
    ),
    creates=(
        _id("The provider, who is the subject too.", field="provider_id", required=True),
        _needed(_ROLES),
        _STARTS_AT,
        _ENDS_AT,
    ),
    updates=(_instead(_ROLES, "all roles"), _STARTS_AT, _ENDS_AT),
    clears=_WINDOW,
    filters=(Option(flags=("--provider",), type=ID, says="At all clinics, this provider only."),),
)

ASSIGNMENT: Final = Noun(
    name="assignment",
    says="Who holds which role where.",
    kind="assignment",
    collection="/domains/{domain}/assignments",
    within=_DOMAIN,
    across=Across(path="/assignments", by="subject"),
    columns=(
        ("ID", "id"),
        ("DOMAIN", "domain"),
        ("SUBJECT", "subject"),
        ("ROLE", "role"),
        ("FROM", "starts_at"),
        ("UNTIL", "ends_at"),
        ("SOURCE", "source"),
    ),
    creates=(
        Option(flags=("--subject",), sets="subject", type=ANY, required=True, says="Who gets the role."),
        Option(
            flags=("--role",),
            sets="role",
            type=ROLE_NAME,
            required=True,
            metavar="ROLE",
            says="ID, the nearest role of that id, or DOMAIN/ID.",
        ),
        _STARTS_AT,
        _ENDS_AT,
        Option(flags=("--because",), sets="reason", type=REASON, says="Why, to be kept with the assignment."),
    ),
    updates=(
        _STARTS_AT,
        _ENDS_AT,
        Option(flags=("--because",), sets="reason", type=REASON, says="Why, to be kept with the assignment."),
    ),
    clears={**_WINDOW, "because": ("reason", None)},
    filters=(
        Option(flags=("--subject",), sets="subject", type=SUBJECT, says="Only those of this subject."),
        Option(flags=("--role",), sets="role", type=ID, says="Only those of roles of this id."),
    ),
)

# --- roles -----------------------------------------------------------------------------------------------------------


def _permission(effect: str, says: str) -> Option:
    def entry(words: tuple[str, str]) -> dict[str, Any]:
        action, resource = words
        return {"resource": resource, "action": action, "effect": effect}

    return Option(
        flags=(f"--{effect}",),
        sets="permissions",
        type=ANY,
        many=True,
        width=2,
        metavar="ACTION RESOURCE",
        entry=entry,
        says=says,
    )


_DESCRIPTION: Final = Option(flags=("--description",), sets="description", type=ANY, says="What it is for.")
_INHERITS: Final = Option(
    flags=("--inherits",),
    sets="inherits",
    type=ROLE_NAME,
    many=True,
    metavar="ROLE",
    says="A role that comes with it: ID or DOMAIN/ID; may be given again.",
)
_PERMISSIONS: Final = (
    _permission("allow", "What it allows; may be given again."),
    _permission("deny", "What it denies, whatever else allows it; may be given again."),
)

ROLE: Final = Noun(
    name="role",
    says="Roles, and what they allow and deny.",
    kind="role",
    collection="/domains/{domain}/roles",
    within=_DOMAIN,
    columns=(
        ("ID", "id"),
        ("DOMAIN", "domain"),
        ("EXTENDS", "extends"),
        ("INHERITS", "inherits"),
        ("PERMISSIONS", "#permissions"),
        ("MANAGED BY", "managed_by"),
        ("DESCRIPTION", "description"),
    ),
    creates=(
        _id("The id; two domains may have roles of the same id."),
        Option(
            flags=("--extends",), sets="extends", type=ID, says="The domain above whose role of this id it extends."
        ),
        *(_DESCRIPTION, _INHERITS, *_PERMISSIONS),
    ),
    updates=(
        _DESCRIPTION,
        _instead(_INHERITS, "all inherited roles"),
        *(_instead(option, "all permissions") for option in _PERMISSIONS),
    ),
    clears={
        "description": ("description", None),
        "inherits": ("inherits", []),
        "permissions": ("permissions", []),
    },
    filters=(
        Option(
            flags=("--visible",),
            sets="visible",
            flag=True,
            says="Also those made above the domain, which can be used in it.",
        ),
    ),
    read_only=frozenset({"domain", "built_in", "managed_by", "revision"}),
)

# --- keys and changes ------------------------------------------------------------------------------------------------

KEY: Final = Noun(
    name="key",
    says="API keys, for services and tools.",
    kind="api_key",
    collection="/api-keys",
    columns=(
        ("ID", "id"),
        ("NAME", "name"),
        ("DOMAIN", "domain"),
        ("SCOPES", "scopes"),
        ("EXPIRES", "expires_at"),
        ("LAST USED", "last_used_at"),
        ("MADE BY", "created_by"),
    ),
    creates=(
        _needed(_NAME),
        replace(_DOMAIN, says="Where it is good for something: there and below."),
        Option(
            flags=("--scope",),
            sets="scopes",
            type=click.Choice(["decide", "query", "manage", "audit"]),
            many=True,
            required=True,
            says="What it is good for; may be given again.",
        ),
        Option(flags=("--expires-at",), sets="expires_at", type=TIME, says="Good for nothing from then on."),
    ),
    updates=(_needed(_NAME),),
)

CHANGE: Final = Noun(
    name="change",
    says="What was changed, by whom; undo it, or make a change of your own.",
    collection="/changes",
    key="revision",
    key_type=click.IntRange(min=1),
    columns=(("REVISION", "revision"), ("AT", "at"), ("ACTOR", "actor"), ("EDITS", "#edits"), ("REASON", "reason")),
    lines=change_lines,
    filters=(
        replace(_DOMAIN, required=False, says="Only what was changed in this domain and below."),
        Option(flags=("--actor",), sets="actor", type=TEXT, says="Only what this actor changed."),
        Option(flags=("--subject",), sets="subject", type=TEXT, says="Only what is about this subject."),
        Option(
            flags=("--since",),
            sets="since",
            type=click.IntRange(min=0),
            metavar="REVISION",
            says="Only what came after this revision.",
        ),
    ),
)
