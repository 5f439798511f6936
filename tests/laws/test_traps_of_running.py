"""Ways in which policy engines have answered wrongly, or not in time, while they worked; each is closed here."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import count, islice

import pytest

from enterprise_policy.decide.decide import decide
from enterprise_policy.decide.question import Question
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_policy.state.record import Status
from enterprise_policy.values.names import id_fault, resource_fault, subject_fault
from enterprise_policy.values.patterns import covers, matches, overlaps, pattern_fault
from tests.support.logs import Process
from tests.support.policies import allow, assignment, clinic, deny, organization, role

CHANGES = 200
STEADY = {
    Question("banned", "c1", "/chart", "read"): False,
    Question("ann", "c1", "/chart", "read"): True,
    Question("ann", "c2", "/chart", "read"): False,
}
"""What no change below makes otherwise. `banned` is allowed by one role and denied through another."""


def first_edits() -> Iterator[Edit]:
    yield create(organization("o1"))
    yield create(clinic("c1"))
    yield create(clinic("c2"))
    yield create(role("reader@platform", allow("/chart", "read")))
    yield create(role("no@platform", deny("/chart")))
    yield create(role("outcast@o1", inherits=["no@platform"]))
    yield create(assignment("banned", "reader@platform", "platform"))
    yield create(assignment("banned", "outcast@o1", "o1"))
    yield create(assignment("ann", "reader@platform", "c1"))


def later_edits() -> Iterator[Edit]:
    """Changes of the very records that the steady answers come from, over and over."""
    reader, c1 = role("reader@platform", allow("/chart", "read")), clinic("c1")
    for number in count():
        more = role("reader@platform", allow("/chart", "read"), allow(f"/other/{number}"))
        yield update(reader, more)
        reader = more
        yield create(role("no@o1", allow(f"/x/{number}"), extends="platform"))
        renamed = replace(c1, name=f"clinic {number}")
        yield update(c1, renamed)
        c1 = renamed
        yield create(clinic(f"n{number}", status=Status.SUSPENDED))
        yield delete(role("no@o1", allow(f"/x/{number}"), extends="platform"))


@pytest.fixture
def _eager_threads() -> Iterator[None]:
    """Threads take turns a hundred times as often as usual."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(usual / 100)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("_eager_threads")
def test_readers_never_see_a_policy_that_is_being_loaded() -> None:
    process = Process()
    process.make(*first_edits())
    wrong: list[tuple[int, Question]] = []
    seen: set[int] = set()
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            snapshot = process.follower.current
            assert snapshot is not None
            wrong.extend((snapshot.revision, q) for q, answer in STEADY.items() if decide(snapshot, q, 0) is not answer)
            seen.add(snapshot.revision)

    with ThreadPoolExecutor(2) as threads:
        readers = [threads.submit(read) for _ in range(2)]
        for edit in islice(later_edits(), CHANGES):
            made = process.make(edit)
            while made.revision not in seen and not any(reader.done() for reader in readers):
                time.sleep(0)
        over.set()
        for reader in readers:
            reader.result()
    assert wrong == []
    assert len(seen) >= CHANGES


UNIQUE = count()


def many_segments(size: int) -> None:
    # A pattern that was never seen, so that parsing it is counted too.
    pattern = f"/{next(UNIQUE)}" + "/:x" * size + "/*"
    resource = pattern.replace(":x", "aaaa")
    assert matches(pattern, resource)
    assert not matches(pattern + "/b", resource)
    assert covers(pattern, resource)
    assert overlaps(pattern, resource)


def one_long_segment(size: int) -> None:
    assert not matches("/" + "a" * size + "b", "/" + "a" * size + "c")
    assert not matches("/:x/" + ("a" * 50 + ".*") * (size // 50) + "!", "/x/" + "a" * size)


def checked(check: Callable[[str], str | None], unit: str, end: str, size: int) -> None:
    text = unit * ((size - len(end)) // len(unit)) + end
    for _ in range(200):
        assert check(text) is not None


@pytest.mark.parametrize(
    ("work", "size"),
    [
        pytest.param(many_segments, 20_000, id="many segments"),
        pytest.param(one_long_segment, 20_000, id="one long segment"),
        pytest.param(partial(checked, pattern_fault, "/:a", "\n"), 512, id="pattern with a line end"),
        pytest.param(partial(checked, pattern_fault, "/*", "/*"), 512, id="pattern of stars"),
        pytest.param(partial(checked, resource_fault, "/a", "/.."), 512, id="path to its parent"),
        pytest.param(partial(checked, resource_fault, "/...", "/."), 512, id="path of dots"),
        pytest.param(partial(checked, resource_fault, "/a", "/"), 512, id="path with an end"),
        pytest.param(partial(checked, subject_fault, "a", "\n"), 128, id="subject with a line end"),
        pytest.param(partial(checked, id_fault, "a.:-", "!"), 64, id="id"),
    ],
)
def test_twice_the_text_takes_at_most_three_times_as_long(work: Callable[[int], None], size: int) -> None:
    def best(size: int) -> float:
        return min(took(partial(work, size)) for _ in range(7))

    # A busy machine may spoil one comparison, not five.
    assert any(best(2 * size) <= 3 * best(size) for _ in range(5))


def took(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
