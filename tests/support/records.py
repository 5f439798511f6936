"""Every record that can be, and changes of them: all texts that the contract allows, commas and quotes more often."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from hypothesis import strategies as st

from enterprise_policy.state.api_key import ApiKey, Scope
from enterprise_policy.state.assignment import Assignment, Source
from enterprise_policy.state.catalogue import Catalogue, CatalogueAction, CatalogueResource
from enterprise_policy.state.change import Change, Idempotency
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.edits import create, delete, update
from enterprise_policy.state.model_pin import ModelPin
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.provider_assignment import ProviderAssignment, Verification
from enterprise_policy.state.record import Status
from enterprise_policy.state.role import Effect, Permission, Role, RoleRef
from enterprise_policy.values.names import is_reserved
from enterprise_policy.values.windows import ALWAYS, Window

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
CHARACTERS = st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from(
    ",\"'\\|:;#/*\u00e9\u0301\u200b\u2028\ufeff"
)


def texts(most: int, least: int = 1) -> st.SearchStrategy[str]:
    return st.text(CHARACTERS, min_size=least, max_size=min(most, 40))


IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,20}", fullmatch=True)
SUBJECTS = texts(256).filter(lambda text: not is_reserved(text))
BUNDLES = st.none() | texts(100)
MOMENTS = st.integers(
    (datetime.min.replace(tzinfo=UTC) - EPOCH) // MICROSECOND, (datetime.max.replace(tzinfo=UTC) - EPOCH) // MICROSECOND
)
WINDOWS = st.one_of(
    st.just(ALWAYS),
    st.builds(Window, MOMENTS, st.none()),
    st.builds(Window, st.none(), MOMENTS),
    st.lists(MOMENTS, min_size=2, max_size=2, unique=True).map(lambda pair: Window(min(pair), max(pair))),
)
REFS = st.builds(RoleRef, IDS, IDS)
ATTRIBUTES = st.dictionaries(texts(256), texts(1024), max_size=3).map(lambda pairs: tuple(sorted(pairs.items())))
RESOURCES = st.sampled_from(["*", "/a/:x", "/a/*", '/a,b/"c"']) | texts(1024).filter(
    lambda text: text[0] != "/" and "*" not in text and text != ":"
)
ACTIONS = texts(128)
PERMISSIONS = st.builds(Permission, RESOURCES, ACTIONS, st.sampled_from(Effect))

ORGANIZATIONS = st.builds(
    Organization,
    id=IDS,
    name=texts(256),
    status=st.sampled_from(Status),
    attributes=ATTRIBUTES,
    managed_by=BUNDLES,
)
CLINICS = st.builds(
    Clinic,
    id=IDS,
    organization_id=IDS,
    parent_id=IDS,
    name=texts(256),
    status=st.sampled_from(Status),
    attributes=ATTRIBUTES,
    managed_by=BUNDLES,
)
ROLES = st.builds(
    Role,
    domain=IDS,
    id=IDS,
    description=texts(2000, least=0),
    extends=st.none() | IDS,
    inherits=st.lists(REFS, max_size=3).map(tuple),
    permissions=st.lists(PERMISSIONS, max_size=3).map(tuple),
    built_in=st.booleans(),
    managed_by=BUNDLES,
)
ASSIGNMENTS = st.builds(
    Assignment,
    domain=IDS,
    id=IDS,
    subject=SUBJECTS,
    role=REFS,
    window=WINDOWS,
    reason=st.none() | texts(500),
    source=st.sampled_from([Source.DIRECT, Source.BUNDLE]),
    created_by=texts(256),
    managed_by=BUNDLES,
    verified=st.just(value=True),
)
PROVIDERS = st.builds(
    ProviderAssignment,
    clinic_id=IDS,
    provider_id=IDS.filter(lambda text: not is_reserved(text)),
    roles=st.lists(REFS, min_size=1, max_size=3, unique=True).map(tuple),
    window=WINDOWS,
    verification=st.sampled_from(Verification),
    created_by=texts(256),
    managed_by=BUNDLES,
)
KEYS = st.builds(
    ApiKey,
    id=IDS,
    domain=IDS,
    name=texts(256),
    scopes=st.lists(st.sampled_from(Scope), min_size=1, unique=True).map(tuple),
    hash=st.from_regex("[0-9a-f]{64}", fullmatch=True),
    expires_at=st.none() | MOMENTS,
    created_by=texts(256),
)
CATALOGUE_ACTIONS = st.builds(
    CatalogueAction,
    action=ACTIONS,
    label=texts(256),
    description=texts(2000),
    dangerous=st.booleans(),
    tenants=st.booleans(),
)
CATALOGUE_RESOURCES = st.builds(
    CatalogueResource,
    resource=RESOURCES,
    label=texts(256),
    group=texts(256),
    description=texts(2000),
    actions=st.lists(CATALOGUE_ACTIONS, max_size=2).map(tuple),
)
CATALOGUES = st.builds(
    Catalogue,
    resources=st.lists(CATALOGUE_RESOURCES, max_size=3, unique_by=lambda r: r.resource).map(tuple),
    managed_by=BUNDLES,
)
PINS = st.builds(ModelPin, digest=texts(64))
RECORDS = st.one_of(ORGANIZATIONS, CLINICS, ROLES, ASSIGNMENTS, PROVIDERS, KEYS, CATALOGUES, PINS)
EDITS = st.one_of(
    RECORDS.map(create),
    RECORDS.map(delete),
    st.builds(update, CATALOGUES, CATALOGUES),
    st.tuples(KEYS, texts(256)).map(lambda drawn: update(drawn[0], replace(drawn[0], name=drawn[1]))),
    st.tuples(ASSIGNMENTS, WINDOWS).map(lambda drawn: update(drawn[0], replace(drawn[0], window=drawn[1]))),
)
CHANGES = st.builds(
    Change,
    log_id=texts(40),
    revision=st.integers(1, 2**53),
    id=texts(40),
    at=MOMENTS,
    actor=texts(256),
    credential=texts(100),
    request_id=texts(128),
    reason=st.none() | texts(500),
    idempotency=st.none() | st.builds(Idempotency, texts(255), texts(64)),
    bundle=BUNDLES,
    edits=st.lists(EDITS, max_size=4).map(tuple),
)
