"""Calls made up from the OpenAPI document that the service serves, by three kinds of keys.

`make fuzz` makes many more of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from enterprise_policy.state.api_key import Scope
from enterprise_policy.state.edits import create
from enterprise_service.administer.genesis import AUTHOR, genesis
from tests.support.gates import Asked
from tests.support.keys import Issued, issued

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
KEYS: Final = {
    "platform": issued("platform", *Scope),
    "clinic": issued("c1", Scope.MANAGE),
    "decide": issued("o1", Scope.DECIDE),
}
KNOWN: Final = {
    "domain": st.sampled_from(["o1", "c1", "c2", "platform"]),
    "organization_id": st.just("o1"),
    "clinic_id": st.sampled_from(["c1", "c2"]),
    "role_id": st.sampled_from(["dentist", "auditor"]),
    "assignment_id": st.sampled_from(["dr.lee.dentist.o1", "dr.old.dentist.o1"]),
    "key_id": st.sampled_from([key.record.id for key in KEYS.values()]),
    "revision": st.integers(1, 4),
}
"""Names that lead somewhere, for some of the calls."""

PART: Final = 8
"""So many times fewer calls of each operation than a law has examples."""


@pytest.mark.parametrize("kind", KEYS)
def test_no_call_gets_an_answer_that_is_not_documented(kind: str, report: Callable[[str], None]) -> None:
    asked = Asked()
    asked.process.commit(AUTHOR, genesis(asked.process.model))
    asked.process.make(*(create(key.record) for key in KEYS.values()))
    asked.process.follower.start(3600)
    schema = schemathesis.openapi.from_wsgi("/api-docs/openapi.json", asked.web.flask)
    seen: Counter[int] = Counter()
    for result in schema.get_all_operations():
        _fuzz(result.ok(), KEYS[kind], seen)
    asked.process.follower.stop()
    report(f"fuzz by {kind}: {sum(seen.values())} calls, {dict(sorted(seen.items()))}")
    assert sum(seen.values()) > 100
    assert not any(status >= 500 for status in seen)


def _fuzz(operation: APIOperation, key: Issued, seen: Counter[int]) -> None:
    @settings(
        max_examples=max(4, settings().max_examples // PART),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), known=st.fixed_dictionaries({}, optional=KNOWN))
    def call(case: schemathesis.Case, known: dict[str, str]) -> None:
        case.path_parameters.update({name: text for name, text in known.items() if name in case.path_parameters})
        response = case.call(headers=key.authorized)
        seen[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    call()
