"""Texts that programs read wrongly: as several, as another, as an instruction, or not at all."""

from __future__ import annotations

import unicodedata
from typing import Final

TEXTS: Final = {
    "a comma": "eve, admin, clinic2",
    "quotes": "\"eve\" 'admin' `clinic`",
    "a row of CSV": 'eve","admin","clinic2',
    "brackets": "eve (admin) [c1] {c2}",
    "a backslash": "C:\\new\\table\\",
    "an operator of MongoDB": '$where {"$gt": ""} a.$.b',
    "SQL": "'; DROP TABLE policy_log; --",
    "a formula": "=HYPERLINK(A1)",
    "a comment": "#eve; // admin",
    "stars": "* a*b **",
    "colons": ": :x a:b",
    "slashes": "a/b/../c//d",
    "percents": "%2e%2f%00 100%",
    "HTML": "<script>alert(1)</script>&amp;",
    "YAML": "- {a: b} !!python/object &x *x",
    "a number": "007",
    "a truth": "true",
    "nothing": "null",
    "blanks": " eve  admin ",
    "wide blanks": "\u00a0eve\u2003\u3000",
    "separators of lines": "eve\u2028admin\u2029c1",
    "right to left": "\u202eeve\u202c \u05e9\u05dc\u05d5\u05dd \u200f",
    "a combining accent": "e\u0301ve",
    "a composed accent": "\u00e9ve",
    "zalgo": "e\u0301\u0327\u0334\u0352v\u0489e",
    "no width": "e\u200bv\u200de\ufeff",
    "emoji": "\U0001f469\u200d\u2695\ufe0f\U0001f1ea\U0001f1fa",
    "other planes": "\U0001d518\U00020000\U0010ffff",
    "letters that look alike": "\u0435v\u0435",
    "capitals of a sort": "\u0130\u1e9e\ufb01",
    "none that is assigned": "\u0378\ue000\ufffe",
}
"""By what is strange about each; all of them are allowed wherever text is."""

REFUSED: Final = {
    "a newline": "eve\nadmin",
    "a carriage return": "eve\r",
    "a tab": "\teve",
    "NUL": "eve\0",
    "an escape": "\x1b[31meve",
    "DEL": "eve\x7f",
    "a control character of Latin-1": "eve\x85admin",
    "half a pair": "eve\ud83d",
}
"""Texts that are allowed nowhere."""


def near(text: str) -> set[str]:
    """Others that a careless program takes for ``text``."""
    forms = {unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")}
    parts = {*text.split(","), *text.split(), text.strip(), text.strip("\"'` "), text.partition("\u2028")[0]}
    others = {text.casefold(), text.upper(), text + "\u200f", text + " ", text.replace("\\", ""), f'"{text}"'}
    return {each for each in forms | parts | others | {text.replace("*", "x")} if each and each != text}
