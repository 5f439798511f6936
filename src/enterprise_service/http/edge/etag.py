"""Entity tags: the revision of a record's last change (RFC 9110, section 8.8.3)."""

from __future__ import annotations

import re
from typing import Final

from enterprise_policy.errors import InvalidRequestError
from enterprise_service.administer.scene import Expected

_TAG: Final = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS: Final = re.compile(rf"[ \t,]*{_TAG}(?:[ \t]*,[ \t,]*{_TAG})*[ \t,]*")
_REVISION: Final = re.compile(r'"([1-9][0-9]{0,18})"')
_ANY: Final = "*"


def etag_of(revision: int) -> str:
    """The tag of a record that was last changed at ``revision``."""
    return f'"{revision}"'


def read_if_match(text: str | None) -> Expected | None:
    """What ``If-Match`` asks for; ``None`` when there is none.

    A tag that is weak, or no revision, is never that of a record. Raises ``InvalidRequestError`` for what is no list
    of tags.
    """
    if text is None:
        return None
    if text.strip() == _ANY:
        return Expected(None)
    if not _TAGS.fullmatch(text):
        raise InvalidRequestError('the header `if-match` is neither `*` nor a list of tags such as `"12"`')
    found = (_REVISION.fullmatch(tag) for tag in re.findall(_TAG, text))
    return Expected(frozenset(int(match[1]) for match in found if match))


def is_none_match(text: str | None, revision: int) -> bool:
    """Whether ``If-None-Match`` lets a record of ``revision`` be sent: weak tags count, what is no list doesn't."""
    if text is None or not (text.strip() == _ANY or _TAGS.fullmatch(text)):
        return True
    tags = {tag.removeprefix("W/") for tag in re.findall(_TAG, text)}
    return text.strip() != _ANY and etag_of(revision) not in tags
