"""``/api-keys``."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from flask import Response

from enterprise_policy.state.api_key import ApiKey
from enterprise_policy.state.chain import Purpose
from enterprise_policy.state.edits import Op
from enterprise_policy.state.record import Fields, Kind, Versioned
from enterprise_service.administer import find
from enterprise_service.administer.commit import Committed
from enterprise_service.administer.lists import Lists
from enterprise_service.administer.wish import Wish
from enterprise_service.chores.key_use import KeyUses
from enterprise_service.http.documented import Body, blueprint_of
from enterprise_service.http.management import codes, shown
from enterprise_service.http.management.parameters import place
from enterprise_service.http.management.paths import API, Route, Shape, creating, deleting, listing, reading, updating
from enterprise_service.http.management.reads import Reads, slice_of, taken
from enterprise_service.http.management.schemas import api_keys as schemas
from enterprise_service.http.management.shown import Show
from enterprise_service.http.management.writes import Made, Writes
from enterprise_service.http.service import Service

ALL: Final = "/api-keys"
ONE: Final = "/api-keys/<key_id>"
PLACES: Final = (place("key_id", "The key's id."),)
SHAPE: Final = Shape(schemas.ApiKeySchema, schemas.API_KEY)
MADE: Final = Made(
    kind=Kind.API_KEY,
    show=shown.each(lambda found: shown.api_key(found, {})),
    location=lambda fields: f"{API}{ALL}/{fields['id']}",
)

_ID_BYTES: Final = 10
_SECRET_BYTES: Final = 32

_wish: Final = partial(Wish, kind=Kind.API_KEY)


def api_key_routes(service: Service, reads: Reads, writes: Writes, lists: Lists) -> Any:  # noqa: ANN401 (flask-smorest has no types)
    """The views, as a blueprint."""
    show = _showing(service.key_use)

    def list_keys() -> Response:
        """Those that you may read, by id; never what could be used in their place."""
        return reads.page(lambda scene, cut: taken(lists.api_keys(scene, slice_of(cut)), show))

    def create_key() -> Response:
        """The answer is the only one that has the `key`; the service keeps a hash of it.

        The same request again, by its `Idempotency-Key`, is answered with `key_shown` in its place: delete that key and
        make another when the first answer was lost.
        """
        call = writes.posted(schemas.NewApiKeySchema)
        key_id, domain = secrets.token_hex(_ID_BYTES), call.fields.pop("domain")
        key = f"esk_{key_id}_{secrets.token_hex(_SECRET_BYTES)}"
        call.fields["hash"] = service.keyring.sign(Purpose.API_KEY, key.encode()).hex()
        wish = _wish(op=Op.CREATE, domain=domain, id=key_id, fields=call.fields)
        return writes.create(call, wish, MADE, partial(_shown_once, key))

    def read_key(key_id: str) -> Response:
        """A key, as it is now, without what could be used in its place."""
        return reads.one(lambda scene: find.api_key(scene, key_id), show)

    def update_key(key_id: str) -> Response:
        """A merge patch of its name; a key that may do more, or for longer, is another key."""
        call = writes.patched(schemas.ApiKeyPatchSchema)
        return writes.update(call, _wish(op=Op.UPDATE, id=key_id, fields=call.fields), show)

    def delete_key(key_id: str) -> Response:
        """It ends, on every worker within the time in which changes spread, and with it all keys that it made."""
        return writes.delete(writes.deleted(), _wish(op=Op.DELETE, id=key_id))

    paths = (
        listing(Route(ALL, "List API keys", list_keys), SHAPE),
        creating(
            Route(ALL, "Create an API key", create_key),
            Body(schema=schemas.NewApiKeySchema, examples=schemas.NEW),
            Body(schema=schemas.MadeApiKeySchema, examples=schemas.MADE),
            ("unknown_reference", "too_deep", codes.GRANT),
        ),
        reading(Route(ONE, "Read an API key", read_key, PLACES), SHAPE),
        updating(
            Route(ONE, "Rename an API key", update_key, PLACES),
            Body(schema=schemas.ApiKeyPatchSchema, examples=schemas.PATCHES),
            SHAPE,
        ),
        deleting(Route(ONE, "Delete an API key", delete_key, PLACES)),
    )
    return blueprint_of("api-keys", "Credentials of programs: shown once, kept as a keyed hash.", paths)


def _showing(key_use: KeyUses) -> Show:
    """Shows keys with when they were last used, which is looked up for all of them at once."""

    def show(found: Sequence[Versioned[ApiKey]]) -> list[Fields]:
        last_used = key_use.last_used([versioned.record.id for versioned in found])
        return [shown.api_key(versioned, last_used) for versioned in found]

    return show


def _shown_once(key: str, committed: Committed) -> Fields:
    """``key``, unless the answer is one to a request that was made before: that had another."""
    return {"key_shown": True} if committed.replayed else {"key": key}
