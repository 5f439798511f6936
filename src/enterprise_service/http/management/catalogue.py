"""``/catalogue``."""

from __future__ import annotations

from typing import Any, Final

from flask import Response

from enterprise_service.administer.scene import Scene
from enterprise_service.http.documented import blueprint_of
from enterprise_service.http.management.paths import Route, Shape, reading
from enterprise_service.http.management.reads import Reads, Told
from enterprise_service.http.management.schemas.catalogue import CATALOGUE, CatalogueSchema

SHAPE: Final = Shape(CatalogueSchema, CATALOGUE)


def catalogue_routes(reads: Reads) -> Any:  # noqa: ANN401 (flask-smorest has no types)
    """The view, as a blueprint."""

    def read_catalogue() -> Response:
        """It comes from git, for the whole platform; any credential may read it. Empty while none was loaded."""
        return reads.told(_catalogue)

    path = reading(Route("/catalogue", "Read the catalogue", read_catalogue), SHAPE, ())
    return blueprint_of("catalogue", "Which resources and actions there are.", (path,))


def _catalogue(scene: Scene) -> Told:
    for found in scene.state.catalogues:
        return Told({"resources": [resource.to_fields() for resource in found.record.resources]}, found.revision)
    return Told({"resources": []}, None)
