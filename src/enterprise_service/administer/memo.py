"""What was made of immutable parts is made once, as long as the parts are the very same."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from operator import is_
from typing import Generic, TypeVar

V = TypeVar("V")


class Memo(Generic[V]):
    """The last answer to each of the ``size`` questions asked last. Any thread may ask.

    It holds the parts too, so that none of them can pass for another that took its place in memory.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._answers: OrderedDict[Hashable, tuple[tuple[object, ...], V]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, question: Hashable, parts: tuple[object, ...], make: Callable[[], V]) -> V:
        """The answer to ``question``, which follows from ``parts``; from ``make`` when they are others than before."""
        with self._lock:
            known = self._answers.get(question)
        if known is not None and len(known[0]) == len(parts) and all(map(is_, known[0], parts)):
            return known[1]
        answer = make()
        with self._lock:
            self._answers[question] = (parts, answer)
            self._answers.move_to_end(question)
            if len(self._answers) > self._size:
                self._answers.popitem(last=False)
        return answer
