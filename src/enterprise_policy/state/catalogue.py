"""The catalogue: which resources and actions exist, in words for administrators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from enterprise_policy.errors import InvalidRequestError
from enterprise_policy.state.checks import DESCRIPTION_LIMIT, NAME_LIMIT, optional_text_fault, refuse_faults
from enterprise_policy.state.record import Fields, Kind, present
from enterprise_policy.values.names import PLATFORM, action_fault, text_fault
from enterprise_policy.values.patterns import covers, pattern_fault


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueAction:
    """What can be done. ``dangerous``: a wrong grant hurts. ``tenants``: offered to them for their own roles."""

    action: str
    label: str
    description: str
    dangerous: bool = False
    tenants: bool = True

    def to_fields(self) -> Fields:
        """Itself as a JSON object."""
        return {
            "action": self.action,
            "label": self.label,
            "description": self.description,
            "dangerous": self.dangerous,
            "tenants": self.tenants,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueResource:
    """What actions are done to: ``resource`` is a pattern."""

    resource: str
    label: str
    group: str
    description: str
    actions: tuple[CatalogueAction, ...]

    def checks(self, pointer: str) -> Iterator[tuple[str, str | None]]:
        """What is wrong with each field, below ``pointer``."""
        yield f"{pointer}/resource", pattern_fault(self.resource)
        yield f"{pointer}/label", text_fault(self.label, NAME_LIMIT)
        yield f"{pointer}/group", text_fault(self.group, NAME_LIMIT)
        yield f"{pointer}/description", text_fault(self.description, DESCRIPTION_LIMIT)
        for place, action in enumerate(self.actions):
            yield f"{pointer}/actions/{place}/action", action_fault(action.action)
            yield f"{pointer}/actions/{place}/label", text_fault(action.label, NAME_LIMIT)
            yield f"{pointer}/actions/{place}/description", text_fault(action.description, DESCRIPTION_LIMIT)

    def to_fields(self) -> Fields:
        """Itself as a JSON object."""
        return {
            "resource": self.resource,
            "label": self.label,
            "group": self.group,
            "description": self.description,
            "actions": [action.to_fields() for action in self.actions],
        }

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> CatalogueResource:
        """The resource that ``to_fields`` gave."""
        actions = tuple(CatalogueAction(**action) for action in fields["actions"])
        return cls(**{**fields, "actions": actions})


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All resources and actions; there is one catalogue, made at ``platform``, from git only."""

    KIND: ClassVar[Kind] = Kind.CATALOGUE

    resources: tuple[CatalogueResource, ...]
    managed_by: str | None = None

    def __post_init__(self) -> None:
        """Raise ``InvalidRequestError`` with every fault."""
        refuse_faults(
            ("/managed_by", optional_text_fault(self.managed_by, NAME_LIMIT)),
            *(c for i, r in enumerate(self.resources) for c in r.checks(f"/resources/{i}")),
        )
        names = [resource.resource for resource in self.resources]
        for place, name in enumerate(names):
            if name in names[:place]:
                raise InvalidRequestError.at(f"/resources/{place}/resource", "is listed twice")

    @property
    def id(self) -> str:
        """Its one name."""
        return "catalogue"

    @property
    def home(self) -> str:
        """It is the platform's."""
        return PLATFORM

    @property
    def domain(self) -> str:
        """It is the platform's."""
        return PLATFORM

    def offers(self, resource: str, action: str) -> bool:
        """Whether tenants may put ``action`` on everything that the pattern ``resource`` names into roles of theirs."""
        return any(
            covers(listed.resource, resource) and any(each.tenants and each.action == action for each in listed.actions)
            for listed in self.resources
        )

    def to_fields(self) -> Fields:
        """Itself as a JSON object."""
        resources = [resource.to_fields() for resource in self.resources]
        return {"resources": resources, **present({"managed_by": self.managed_by})}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Catalogue:
        """The catalogue that ``to_fields`` gave."""
        resources = tuple(CatalogueResource.from_fields(resource) for resource in fields["resources"])
        return cls(resources=resources, managed_by=fields.get("managed_by"))
