"""Reads the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from enterprise_policy.state.catalogue import Catalogue, CatalogueAction, CatalogueResource
from enterprise_policy.state.role import RoleRef
from enterprise_policy.values.names import PLATFORM
from enterprise_service.bundles.document import Node
from enterprise_service.bundles.draft import Draft, Load
from enterprise_service.bundles.section import Section, read_section

_RESOURCE_FIELDS = ("resource", "label", "group", "description", "actions")
_ACTION_FIELDS = ("action", "label", "description", "dangerous", "tenants")

T = TypeVar("T")
_Nodes = dict[str, Node]


def read_catalogue_file(section: Section) -> Draft:
    """The catalogue of a file of ``kind: catalogue``."""
    nodes: _Nodes = {"": section.node}
    resources = tuple(_items(section, "resources", _RESOURCE_FIELDS, nodes, _resource))

    def make(_: tuple[RoleRef, ...], load: Load) -> Catalogue:
        return Catalogue(resources=resources, managed_by=load.managed_by)

    return Draft(path=section.notes.path, domain=PLATFORM, make=make, nodes=nodes)


def _items(
    section: Section, field: str, names: Sequence[str], nodes: _Nodes, read: Callable[[Section, _Nodes], T]
) -> Iterator[T]:
    """What ``read`` makes of each item of a list; ``nodes`` gets the places of its fields."""
    sections = (read_section(section.notes, node, names) for node in section.items(field, required=True))
    for place, item in enumerate(item for item in sections if item is not None):
        inner: _Nodes = item.nodes(**{name: name for name in names})
        yield read(item, inner)
        nodes |= {f"/{field}/{place}": item.node}
        nodes |= {f"/{field}/{place}{pointer}": node for pointer, node in inner.items()}


def _resource(section: Section, nodes: _Nodes) -> CatalogueResource:
    return CatalogueResource(
        resource=_text(section, "resource"),
        label=_text(section, "label"),
        group=_text(section, "group"),
        description=_prose(section),
        actions=tuple(_items(section, "actions", _ACTION_FIELDS, nodes, _action)),
    )


def _action(section: Section, _: _Nodes) -> CatalogueAction:
    return CatalogueAction(
        action=_text(section, "action"),
        label=_text(section, "label"),
        description=_prose(section),
        dangerous=section.flag("dangerous", default=False),
        tenants=section.flag("tenants", default=True),
    )


def _text(section: Section, field: str) -> str:
    text = section.text(field, required=True)
    return _unread(section) if text is None else text


def _prose(section: Section) -> str:
    text = section.prose("description", required=True)
    return _unread(section) if text is None else text


def _unread(section: Section) -> str:
    """Stands for a text that couldn't be read, which is noted, so that what is around it can be judged."""
    place = section.node.place
    return f"unread {place.line} {place.column}"
