"""The model file is decided as it is written, or refused with the clause that isn't."""

from __future__ import annotations

import pytest

from enterprise_policy.decide.model import read_model
from enterprise_policy.errors import ModelRefusedError
from tests.support.oracle import MODEL

CLAUSES = {
    'p.sub != ""': 'p.sub!=""',
    "g2(r.dom, p.dom)": "g2(r.dom,p.dom)",
    "g(r.sub, p.sub, r.dom)": "g(r.sub,p.sub,r.dom)",
    "resourceMatch(r.obj, p.obj)": "resourceMatch(r.obj,p.obj)",
    '(p.act == "*" || r.act == p.act)': '(p.act=="*"||r.act==p.act)',
}


def test_the_models_text_is_kept_and_its_digest_is_of_what_it_says() -> None:
    model = read_model(MODEL)
    assert model.text == MODEL
    assert model.digest == "4da56c05ed33c8836e7881960d0289323ea9e7c35fad62de035856bb406ea95e"


@pytest.mark.parametrize(
    "same",
    [
        MODEL.replace(" ", ""),
        MODEL.replace(" = ", "\t=  "),
        MODEL.replace("\n", "\r\n"),
        MODEL + "\n; a comment\n# another\n\n",
        MODEL.replace("[matchers]", "[ matchers ]"),
    ],
)
def test_blanks_and_comments_say_nothing(same: str) -> None:
    assert read_model(same).digest == read_model(MODEL).digest


def test_a_matcher_in_another_order_is_another_text_with_the_same_meaning() -> None:
    head, _, matcher = MODEL.rpartition("m = ")
    turned = " && ".join(reversed(matcher.strip().split(" && ")))
    assert read_model(f"{head}m = {turned}").digest != read_model(MODEL).digest


@pytest.mark.parametrize(
    ("written", "instead", "named"),
    [
        ("r = sub, dom, obj, act", "r = sub, obj, act", "`r` in `[request_definition]` of the model is `sub,obj,act`"),
        ("p = sub, dom, obj, act, eft", "p = sub, dom, obj, act", "`p` in `[policy_definition]`"),
        ("g = _, _, _", "g = _, _", "`g` in `[role_definition]`"),
        ("g = _, _, _", "g = _, _, _, (_, _)", "`g` in `[role_definition]`"),
        ("g2 = _, _", "", "`g2` in `[role_definition]` of the model is ``"),
        ("some(where (p.eft == allow)) && ", "", "`e` in `[policy_effect]`"),
        (
            "some(where (p.eft == allow)) && !some(where (p.eft == deny))",
            "priority(p.eft) || deny",
            "`e` in `[policy_effect]`",
        ),
        ("[policy_effect]", "[policy_effects]", "`e` in `[policy_effect]`"),
    ],
)
def test_another_definition_is_refused_by_its_name(written: str, instead: str, named: str) -> None:
    with pytest.raises(ModelRefusedError, match=r"only `.*` is decided") as refused:
        read_model(MODEL.replace(written, instead))
    assert named in str(refused.value)


@pytest.mark.parametrize(
    ("written", "instead", "named"),
    [
        ("g2(r.dom, p.dom)", "r.dom == p.dom", "r.dom==p.dom"),
        ("g2(r.dom, p.dom)", "g2(p.dom, r.dom)", "g2(p.dom,r.dom)"),
        ("g(r.sub, p.sub, r.dom)", "g(r.sub, p.sub, p.dom)", "g(r.sub,p.sub,p.dom)"),
        ("resourceMatch(r.obj, p.obj)", "keyMatch2(r.obj, p.obj)", "keyMatch2(r.obj,p.obj)"),
        ("resourceMatch(r.obj, p.obj)", "regexMatch(r.obj, p.obj)", "regexMatch(r.obj,p.obj)"),
        ("resourceMatch(r.obj, p.obj)", "eval(p.sub_rule)", "eval(p.sub_rule)"),
        ('(p.act == "*" || r.act == p.act)', "r.act == p.act", "r.act==p.act"),
        ('(p.act == "*" || r.act == p.act)', '(p.act == " *" || r.act == p.act)', '(p.act==" *"||r.act==p.act)'),
        ('p.sub != ""', 'p.sub != " "', 'p.sub!=" "'),
        ("g2(r.dom, p.dom) &&", "g2(r.dom, p.dom) ||", "g2(r.dom,p.dom)||g(r.sub,p.sub,r.dom)"),
        ("&& g2(r.dom, p.dom)", "&& g2(r.dom, p.dom) # aside", "g2(r.dom,p.dom)#aside"),
        ("&& g2(r.dom, p.dom)", r"&& \ ", "\\"),
    ],
)
def test_another_clause_is_refused_by_its_text(written: str, instead: str, named: str) -> None:
    with pytest.raises(ModelRefusedError) as refused:
        read_model(MODEL.replace(written, instead))
    assert str(refused.value).startswith(f"the matcher has the clause `{named}")


@pytest.mark.parametrize("clause", CLAUSES)
def test_a_clause_that_is_left_out_is_named(clause: str) -> None:
    without = MODEL.replace(f"{clause} && ", "").replace(f" && {clause}", "")
    assert without != MODEL
    with pytest.raises(ModelRefusedError) as refused:
        read_model(without)
    assert (
        str(refused.value) == f"the matcher lacks the clause `{CLAUSES[clause]}`, which this engine always decides by"
    )


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ("[matchers]\nm2 = r.sub == p.sub", "the model defines `m2` in `[matchers]`, which this engine doesn't decide"),
        (
            "[role_definition]\ng3 = _, _",
            "the model defines `g3` in `[role_definition]`, which this engine doesn't decide",
        ),
        ("[constraints]\nc = sod", "the model defines `c` in `[constraints]`, which this engine doesn't decide"),
        ("nonsense", "line 19 of the model is neither a section nor a definition: `nonsense`"),
    ],
)
def test_what_is_added_is_refused(more: str, sentence: str) -> None:
    with pytest.raises(ModelRefusedError) as refused:
        read_model(f"{MODEL}\n{more}\n")
    assert str(refused.value) == sentence


def test_an_empty_file_is_no_model() -> None:
    with pytest.raises(ModelRefusedError):
        read_model("")
