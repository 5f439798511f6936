"""``/domains/{domain}/assignments`` and ``/assignments``."""

from __future__ import annotations

from functools import partial
from typing import Any, Final
from uuid import uuid4

from flask import Response

from enterprise_policy.state.edits import Op
from enterprise_policy.state.record import Kind
from enterprise_service.administer import find
from enterprise_service.administer.lists import AssignmentFilter, Lists
from enterprise_service.administer.scene import Scene
from enterprise_service.administer.wish import Wish
from enterprise_service.http.documented import Body, blueprint_of
from enterprise_service.http.management import codes, shown
from enterprise_service.http.management.parameters import ONE_SUBJECT, ROLE, SUBJECT, place
from enterprise_service.http.management.paths import API, Route, Shape, creating, deleting, listing, reading, updating
from enterprise_service.http.management.reads import Cut, NextPage, Reads, slice_of, taken
from enterprise_service.http.management.schemas import assignments as schemas
from enterprise_service.http.management.writes import Made, Writes

ALL: Final = "/domains/<domain>/assignments"
ONE: Final = "/domains/<domain>/assignments/<assignment_id>"
BELOW: Final = "/assignments"
DOMAIN: Final = place("domain", "The domain in which they hold.")
PLACES: Final = (DOMAIN, place("assignment_id", "The assignment's id."))
SHAPE: Final = Shape(schemas.AssignmentSchema, schemas.ASSIGNMENT)
SHOW: Final = shown.each(shown.assignment)
MADE: Final = Made(
    kind=Kind.ASSIGNMENT,
    show=SHOW,
    location=lambda fields: f"{API}/domains/{fields['domain']}/assignments/{fields['id']}",
)

_wish: Final = partial(Wish, kind=Kind.ASSIGNMENT)


def assignment_routes(reads: Reads, writes: Writes, lists: Lists) -> Any:  # noqa: ANN401 (flask-smorest has no types)
    """The views, as a blueprint."""

    def list_assignments(domain: str) -> Response:
        """Those right in the domain, by id."""

        def take(scene: Scene, cut: Cut) -> NextPage:
            wanted = AssignmentFilter(domain, cut.filters[SUBJECT.name], cut.filters[ROLE.name])
            return taken(lists.assignments(scene, wanted, slice_of(cut)), SHOW)

        return reads.page(take, (SUBJECT, ROLE))

    def list_assignments_below() -> Response:
        """All that one subject holds, wherever you may read it, by id."""
        return reads.page(
            lambda scene, cut: taken(lists.assignments_below(scene, cut.filters[SUBJECT.name], slice_of(cut)), SHOW),
            (ONE_SUBJECT,),
        )

    def create_assignment(domain: str) -> Response:
        """The subject holds the role here and below, from now on or in the window that is given."""
        call = writes.posted(schemas.NewAssignmentSchema)
        return writes.create(call, _wish(op=Op.CREATE, domain=domain, id=uuid4().hex, fields=call.fields), MADE)

    def read_assignment(domain: str, assignment_id: str) -> Response:
        """An assignment, as it is now."""
        return reads.one(lambda scene: find.assignment(scene, domain, assignment_id), SHOW)

    def update_assignment(domain: str, assignment_id: str) -> Response:
        """A merge patch of window and reason. What follows from a provider's record changes through that record."""
        call = writes.patched(schemas.AssignmentPatchSchema)
        return writes.update(call, _wish(op=Op.UPDATE, domain=domain, id=assignment_id, fields=call.fields), SHOW)

    def delete_assignment(domain: str, assignment_id: str) -> Response:
        """The subject is deprived of the role here."""
        return writes.delete(writes.deleted(), _wish(op=Op.DELETE, domain=domain, id=assignment_id))

    paths = (
        listing(
            Route(ALL, "List assignments in a domain", list_assignments, (DOMAIN,)),
            SHAPE,
            (SUBJECT, ROLE),
            codes.IN_PLACE,
        ),
        listing(Route(BELOW, "List the assignments of a subject", list_assignments_below), SHAPE, (ONE_SUBJECT,)),
        creating(
            Route(ALL, "Give a role", create_assignment, (DOMAIN,)),
            Body(schema=schemas.NewAssignmentSchema, examples=schemas.NEW),
            SHAPE.body("The assignment"),
            ("not_found", "unknown_reference", codes.TAKEN, codes.GRANT),
        ),
        reading(Route(ONE, "Read an assignment", read_assignment, PLACES), SHAPE),
        updating(
            Route(ONE, "Change an assignment", update_assignment, PLACES),
            Body(schema=schemas.AssignmentPatchSchema, examples=schemas.PATCHES),
            SHAPE,
            ("in_use", codes.TAKEN, codes.GRANT, codes.MANAGED),
        ),
        deleting(Route(ONE, "Take a role away", delete_assignment, PLACES), ("in_use", codes.GRANT)),
    )
    return blueprint_of("assignments", "Who holds which role, where and when.", paths)
