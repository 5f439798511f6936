from __future__ import annotations

import io
import json
import logging
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from enterprise_policy.errors import StoreUnavailableError
from enterprise_service.observability import configure_logging, memory, report_memory
from enterprise_service.repeating import Repeating
from enterprise_service.secret import MASK, Secret

KEY = 'a"key\\with-what-JSON-escapes'


class Log:
    """The lines that were logged."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def text(self) -> str:
        return self.stream.getvalue()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text().splitlines()]

    def line(self) -> dict[str, Any]:
        (line,) = self.lines()
        return line


@pytest.fixture
def log() -> Iterator[Log]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    log = Log()
    configure_logging("INFO", [Secret(KEY)], log.stream)
    yield log
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)


def log_failure(message: str, reason: str) -> None:
    try:
        int(reason)
    except ValueError as error:
        error.args = (reason,)
        logging.getLogger("x").exception(message)


def test_a_line_is_one_object_with_the_known_fields_first(log: Log) -> None:
    logging.getLogger("enterprise_service.x").warning("%s is away", "it", extra={"request_id": "r-1"})
    line = log.line()
    assert list(line) == ["time", "level", "logger", "message", "request_id"]
    assert line["time"].endswith("Z")
    del line["time"]
    assert line == {"level": "WARNING", "logger": "enterprise_service.x", "message": "it is away", "request_id": "r-1"}


def test_a_line_end_in_a_message_makes_no_second_line(log: Log) -> None:
    logging.getLogger("x").info('a\r\n{"level": "ERROR"}\u2028b\x1b[31m')
    assert len(log.text().splitlines()) == 1
    assert log.line()["message"] == 'a\r\n{"level": "ERROR"}\u2028b\x1b[31m'
    assert "\x1b" not in log.text()


def test_an_exception_is_inside_the_object(log: Log) -> None:
    log_failure("it failed", "because\nof this")
    line = log.line()
    assert line["message"] == "it failed"
    assert line["error"].startswith("Traceback")
    assert line["error"].endswith("ValueError: because\nof this")


def test_lines_below_the_level_are_left_out(log: Log) -> None:
    logging.getLogger("x").debug("too much")
    assert log.lines() == []


@pytest.mark.parametrize(
    "said",
    [
        f"the key is {KEY}",
        "Authorization: Bearer abcdefgh.ijkl",
        "{'Authorization': 'Bearer abcdefghijkl'}",
        "(b'authorization', b'bearer abcdefghijkl')",
        "authorization=abcdefgh",
        "Basic YWJjZGVmZ2g6aWprbA==",
        "the key esk_abcdefgh-ijkl was used",
    ],
)
def test_no_credential_reaches_the_log(log: Log, said: str) -> None:
    logger = logging.getLogger("x")
    logger.info(said)
    logger.info("in an argument: %s", said)
    logger.info("in a field", extra={"headers": {"a": [said, (said,)]}, said: 1, "thing": ValueError(said)})
    log_failure("in an exception", said)
    assert len(log.lines()) == 4
    for line in log.lines():
        shown = json.dumps(line, ensure_ascii=False)
        assert MASK in shown
        for secret in (json.dumps(KEY)[1:-1], "abcdefgh", "YWJjZGVmZ2g6"):
            assert secret not in shown


def test_words_that_only_sound_like_credentials_are_kept(log: Log) -> None:
    logging.getLogger("x").info("basic checks, a bearer of news, no authorization given")
    assert log.line()["message"] == "basic checks, a bearer of news, no authorization given"


def test_what_json_has_no_word_for_becomes_text(log: Log) -> None:
    logging.getLogger("x").info("m", extra={"n": float("nan"), "s": {1}, "d": {1: None}, "f": 0.5, "t": True})
    line = log.line()
    assert (line["n"], line["s"], line["d"], line["f"], line["t"]) == ("nan", "{1}", {"1": None}, 0.5, True)


def test_loggers_of_libraries_come_the_same_way_and_say_no_more_than_they_may(log: Log) -> None:
    logging.getLogger("gunicorn.error").info("booting")
    logging.getLogger("uvicorn.error").info("started", extra={"color_message": "\x1b[1mstarted"})
    logging.getLogger("gunicorn.access").info("GET /secret")
    logging.getLogger("uvicorn.access").info("GET /secret")
    logging.getLogger("casbin.enforcer").warning("Request: eve, c1, /patients/42, read ---> False")
    logging.getLogger("casbin.policy").info("Policy: ...")
    assert [(line["logger"], line["message"]) for line in log.lines()] == [
        ("gunicorn.error", "booting"),
        ("uvicorn.error", "started"),
    ]
    assert "color_message" not in log.text()


def test_a_library_that_set_up_a_handler_of_its_own_loses_it(log: Log) -> None:
    own = io.StringIO()
    logger = logging.getLogger("gunicorn.error")
    logger.addHandler(logging.StreamHandler(own))
    logger.propagate = False
    configure_logging("INFO", (), log.stream)
    logger.info("once")
    assert (log.line()["message"], own.getvalue()) == ("once", "")


def test_warnings_of_python_are_lines_too(log: Log) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    assert log.line()["logger"] == "py.warnings"


def test_memory_is_reported_in_bytes(log: Log) -> None:
    report_memory()
    line = log.line()
    assert (line["level"], line["message"]) == ("INFO", "memory")
    assert 10**6 < line["peak_rss_bytes"] < 10**11
    assert memory().keys() == {key for key in line if key.endswith("_bytes")}


def test_repeated_work_goes_on_after_trouble(log: Log) -> None:
    calls: list[int] = []
    enough = threading.Event()

    def work() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise StoreUnavailableError("the store is away")
        if len(calls) == 2:
            raise ValueError("a fault")
        enough.set()

    repeating = Repeating("sweep", 0.001, work)
    repeating.start()
    assert enough.wait(30)
    repeating.stop()
    first, second, *_ = log.lines()
    assert (first["level"], first["message"]) == ("WARNING", "sweep: the store is away")
    assert (second["level"], second["message"]) == ("ERROR", "sweep met a fault of its own")
    count = len(calls)
    threading.Event().wait(0.02)
    assert len(calls) == count
