"""Probes and metrics as objects."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from werkzeug.exceptions import BadRequest
from werkzeug.exceptions import NotImplemented as NotImplementedByUs

from enterprise_service.http import metrics_folder
from enterprise_service.http.edge.answers import Answer
from enterprise_service.http.edge.tally import BUCKETS, Tally
from enterprise_service.http.operations.metrics import Metrics
from enterprise_service.http.operations.probes import liveness, readiness
from tests.support.gates import MAX_STALENESS, Asked
from tests.support.logs import away
from tests.support.ways import InProcess


@pytest.fixture
def asked() -> Asked:
    return Asked()


# --- readiness ------------------------------------------------------------------------------------------


def test_before_the_first_snapshot_nothing_is_ready() -> None:
    probe = readiness(Asked(empty=True).service)
    assert not probe.well
    assert probe.fields["status"] == "not_ready"
    assert (probe.fields["revision"], probe.fields["staleness_seconds"]) == (None, None)


@pytest.fixture(params=["manages", "decides only"])
def plane(request: pytest.FixtureRequest) -> Asked:
    return Asked(manages=request.param == "manages")


def test_past_the_limit_of_staleness_nothing_is_ready(plane: Asked) -> None:
    asked = plane
    asked.process.clock.advance(MAX_STALENESS)
    assert readiness(asked.service).well
    asked.process.clock.advance(0.5)
    assert not readiness(asked.service).well


def test_while_the_store_is_away_only_decisions_stay_ready(plane: Asked) -> None:
    asked, manages = plane, plane.manages
    asked.process.log.before = away()
    asked.process.follower.start(1000)
    asked.process.follower.stop()
    probe = readiness(asked.service)
    assert probe.well is not manages
    assert probe.fields["dependencies"] == {
        "sqlite": {
            "status": "disconnected",
            "critical": manages,
            "message": "SQLite is disconnected: the store is away",
        }
    }


def test_it_lives_while_its_thread_does(asked: Asked) -> None:
    assert not liveness(asked.service).well
    asked.process.follower.start(1000)
    assert liveness(asked.service).well
    asked.process.follower.stop()
    assert liveness(asked.service).fields == {"status": "failing"}


def test_a_failure_of_ours_is_logged_and_answered_without_a_word_of_it(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> float:
        raise ZeroDivisionError("a secret detail")

    monkeypatch.setattr(asked.process.follower, "staleness", fail)
    reply = InProcess(asked.web.flask).get("/health/readiness")
    assert (reply.status, reply.code) == (500, "internal_error")
    assert b"secret" not in reply.body
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.exc_info is not None
    assert record.__dict__["request_id"] == reply.header("x-request-id")


def test_what_flask_refuses_by_itself_has_the_same_form(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    for error, code in ((BadRequest(), "invalid_request"), (NotImplementedByUs(), "internal_error")):
        monkeypatch.setattr(asked.process.follower, "staleness", lambda error=error: _raise(error))
        assert InProcess(asked.web.flask).get("/health/readiness").code == code


def _raise(error: Exception) -> None:
    raise error


# --- metrics --------------------------------------------------------------------------------------------


def numbers(metrics: Metrics) -> dict[str, float]:
    text, _ = metrics.render(None)
    return {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
        for line in text.splitlines()
        if not line.startswith("#")
    }


def test_a_tally_is_carried_over_once(asked: Asked) -> None:
    tally = Tally("/authorize")
    metrics = Metrics(asked.service, [tally])
    for seconds in (0.0001, BUCKETS[0], 0.3, 60.0):
        tally.add(Answer(200, b"", b"", 1, 0), seconds)
    tally.add(Answer(200, b"", b"", 2, 3), 0.002)
    tally.add(Answer(400, b"", b""), 0.0)
    for _ in range(3):
        metrics.carry()
    shown = numbers(metrics)
    labels = 'method="POST",route="/authorize",status="200"'
    name = "enterprise_service_http_request_duration_seconds"
    assert shown[f'{name}_bucket{{le="0.0005",{labels}}}'] == 2
    assert shown[f'{name}_bucket{{le="0.0025",{labels}}}'] == 3
    assert shown[f'{name}_bucket{{le="2.5",{labels}}}'] == 4
    assert shown[f'{name}_bucket{{le="+Inf",{labels}}}'] == shown[f"{name}_count{{{labels}}}"] == 5
    assert shown[f"{name}_sum{{{labels}}}"] == pytest.approx(60.3026)
    assert shown[f"enterprise_service_http_requests_total{{{labels}}}"] == 5
    assert [shown[f'enterprise_service_decisions_total{{outcome="{o}"}}'] for o in ("allow", "deny", "error")] == [
        6,
        3,
        1,
    ]


def test_what_is_left_at_the_end_is_carried_over(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    tally = Tally("/authorize")
    metrics = Metrics(asked.service, [tally])
    metrics.start()
    tally.add(Answer(200, b"", b"", 1, 0), 0.1)
    metrics.stop()
    monkeypatch.setattr(metrics, "carry", lambda: None)
    assert numbers(metrics)['enterprise_service_decisions_total{outcome="allow"}'] == 1


def test_gauges_follow_the_policy(asked: Asked) -> None:
    asked.process.clock.advance(7)
    shown = numbers(asked.web.metrics)
    assert shown["enterprise_service_policy_revision"] == 1
    assert shown["enterprise_service_policy_staleness_seconds"] == 7
    assert shown["enterprise_service_store_up"] == 1
    asked.process.log.before = away()
    asked.process.follower.start(1000)
    asked.process.follower.stop()
    assert numbers(asked.web.metrics)["enterprise_service_store_up"] == 0


def test_outcomes_are_there_before_the_first_decision(asked: Asked) -> None:
    shown = numbers(asked.web.metrics)
    assert [shown[f'enterprise_service_decisions_total{{outcome="{o}"}}'] for o in ("allow", "deny", "error")] == [
        0
    ] * 3


# --- the folder that processes share --------------------------------------------------------------------


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where folders are made."""
    monkeypatch.setattr(metrics_folder, "_MEMORY", tmp_path)
    monkeypatch.setenv(metrics_folder.VARIABLE, "")
    return tmp_path


def test_the_folder_goes_with_the_service(shelf: Path) -> None:
    with metrics_folder.metrics_folder() as folder:
        assert folder.parent == shelf
        assert os.environ[metrics_folder.VARIABLE] == str(folder)
    assert list(shelf.iterdir()) == []


def test_a_forked_process_that_ends_leaves_it(shelf: Path) -> None:
    program = """
import os, sys
from enterprise_service.http.metrics_folder import metrics_folder
with metrics_folder() as folder:
    if os.fork() == 0:
        sys.exit(0)
    os.wait()
    print(folder.exists())
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert run.stdout == "True\n"


def test_the_folder_of_a_service_that_was_killed_is_taken_away_and_no_other(shelf: Path) -> None:
    dead = shelf / f"{metrics_folder.PREFIX}dead"
    dead.mkdir()
    (dead / "in-use").touch()
    with metrics_folder.metrics_folder() as first, metrics_folder.metrics_folder() as second:
        assert not dead.exists()
        assert first.exists()
        assert second.exists()
