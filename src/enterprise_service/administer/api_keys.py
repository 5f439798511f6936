"""API keys: credentials of programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from enterprise_policy.errors import CallerError, EscalationError, Fault, ForbiddenError, InvalidRequestError
from enterprise_policy.state.api_key import ApiKey
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_policy.state.record import Kind, Versioned
from enterprise_policy.values.names import PLATFORM
from enterprise_service.administer.authority import AUTHORITY, Deed, Target
from enterprise_service.administer.cascade import lineage
from enterprise_service.administer.fields import identity, patch, required
from enterprise_service.administer.references import check_made_in, nothing
from enterprise_service.administer.scene import Scene
from enterprise_service.administer.wish import Origin, Wish


def make(scene: Scene, wish: Wish) -> Iterator[Edit]:
    """A new key; the caller's body names its domain, wherever the wish comes from."""
    if wish.origin is Origin.BODY:
        raise InvalidRequestError.at("/kind", "a key is made at `/api-keys`, the only place that shows it")
    made = ApiKey(
        id=identity(wish),
        domain=_domain(wish),
        name=required(wish, "name"),
        scopes=tuple(required(wish, "scopes")),
        hash=required(wish, "hash"),
        expires_at=wish.fields.get("expires_at"),
        created_by=scene.author.actor,
    )
    scene.mention(made.domain, "/domain")
    if not scene.sees(made.domain):
        raise _too_high(scene, made.domain)
    scene.ask_for(Target(kind=wish.kind, op=wish.op, domain=made.domain, id=made.id))
    yield create(made)


def change(scene: Scene, wish: Wish) -> Iterator[Edit]:
    """Another name."""
    fields = patch(wish, {})
    before = _the_key(scene, wish).record
    after = replace(before, **fields)
    if after != before:
        yield update(before, after)


def remove(scene: Scene, wish: Wish) -> Iterator[Edit]:
    """The end of a key, and of all keys that were made by it."""
    yield from map(delete, lineage(scene.state, _the_key(scene, wish).record))


def _domain(wish: Wish) -> str:
    if wish.domain is None:
        raise InvalidRequestError.at("/domain", "is missing")
    return wish.domain


def _too_high(scene: Scene, domain: str) -> CallerError:
    """The error for a key in a domain above the caller's, who may make keys somewhere or nowhere."""
    if not scene.rights.tops(AUTHORITY[Kind.API_KEY, Deed.CREATE].right):
        return ForbiddenError("the credential may not do this here")
    detail = f"`{domain}` lies above where the caller may make keys"
    return EscalationError(detail, faults=(Fault("/domain", detail),))


def _the_key(scene: Scene, wish: Wish) -> Versioned[ApiKey]:
    """The key that ``wish`` is about, once the caller may do that to it and expects it so."""
    found = scene.state.api_keys.get(PLATFORM, identity(wish))
    if found is None or not scene.sees(found.record.domain):
        raise nothing(wish)
    scene.ask_for(Target(kind=wish.kind, op=wish.op, domain=found.record.domain, id=found.record.id))
    scene.expect(found)
    check_made_in(wish, found.record)
    return found
