"""All paths of the management API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from enterprise_service.administer.commit import Commit
from enterprise_service.administer.history import History
from enterprise_service.administer.lists import Lists
from enterprise_service.http.management.api_keys import api_key_routes
from enterprise_service.http.management.assignments import assignment_routes
from enterprise_service.http.management.catalogue import catalogue_routes
from enterprise_service.http.management.changes import change_routes
from enterprise_service.http.management.clinics import clinic_routes
from enterprise_service.http.management.organizations import organization_routes
from enterprise_service.http.management.providers import provider_routes
from enterprise_service.http.management.reads import Reads
from enterprise_service.http.management.roles import role_routes
from enterprise_service.http.management.writes import Writes
from enterprise_service.http.service import Service


def management_routes(service: Service, commit: Commit) -> Iterator[Any]:
    """The views, a blueprint for each collection."""
    reads, writes = Reads(service), Writes(service.credentials, commit)
    lists, history = Lists(), History(service.log)
    yield organization_routes(reads, writes, lists)
    yield clinic_routes(reads, writes, lists)
    yield provider_routes(reads, writes, lists)
    yield role_routes(reads, writes, lists)
    yield assignment_routes(reads, writes, lists)
    yield api_key_routes(service, reads, writes, lists)
    yield change_routes(reads, writes, history)
    yield catalogue_routes(reads)
