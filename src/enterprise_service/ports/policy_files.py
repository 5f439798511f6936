"""Policy files as text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A policy file: ``path`` as a person would type it, ``text`` its content."""

    path: str
    text: str


class PolicyFiles(ABC):
    """A folder of policy files.

    1. Files whose names end in ``.yaml`` or ``.yml``, in any folder below, in the order of their paths.
    2. Hidden files and folders are left out; links that lead out of the folder are refused.
    3. A file that can't be read or isn't UTF-8 raises ``InvalidRequestError`` that names it.
    """

    @abstractmethod
    def read(self) -> Sequence[SourceFile]:
        """All of them. 4. ``NotFoundError`` when the folder (or single file) doesn't exist."""
