"""Which targets can be paths of the service at all."""

from __future__ import annotations

from typing import Final

_NOWHERE: Final = frozenset({"", ".", ".."})


def is_plain(path: str) -> bool:
    """Whether the decoded ``path`` may match a route: it begins with ``/``, and no segment is empty, ``.`` or ``..``.

    No route ends with a ``/``, so the empty segment after one leads nowhere as well.
    """
    return path[:1] == "/" and "\0" not in path and _NOWHERE.isdisjoint(path[1:].split("/"))
