"""Texts for authorities and the press: what a draft says, what it lacks, versions, paper."""

from __future__ import annotations

import html
from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from tests import cast
from tests.cast import Cast

from lotbook.insights.recall import actions, casetexts, queries
from lotbook.insights.recall.casetexts import de, en, es, fr, pl
from lotbook.insights.recall.models import Case, CaseText
from lotbook.insights.recall.queries import texts
from lotbook.insights.recall.reports import texts as papers
from lotbook.kernel.errors import Conflict, NotFound, Refused
from lotbook.traceability.lots.models import Lot

QUINN = "user:quinn"


def opened(kind: str = "recall", **more: Any) -> Case:
    given = {"lots": [str(Lot.objects.get(number="TOM-1").uid)]}
    case = actions.open_case(kind=kind, reason="glass in jars", suspects=given, actor=QUINN, **more)
    return actions.take_scope(case=case.uid, actor=QUINN)


@pytest.mark.once
def test_every_language_says_the_same_things() -> None:
    for one in (de, fr, es, pl):
        assert one.WORDS.keys() == en.WORDS.keys(), one.__name__
        assert one.ASK.keys() == en.ASK.keys(), one.__name__
        for key, words in one.WORDS.items():
            found = sorted(part.split("}")[0] for part in words.split("{")[1:])
            wanted = sorted(part.split("}")[0] for part in en.WORDS[key].split("{")[1:])
            assert found == wanted, (one.__name__, key)


@pytest.mark.parametrize("language", list(casetexts.LANGUAGES))
def test_a_draft_says_what_the_book_knows_and_marks_what_it_lacks(world: Cast, language: str) -> None:
    case = opened(hazard="cuts", classification="II")
    made = texts.draft(case, "authority", language)
    for words in (
        "SAUCE-1",
        "09526543006015",
        "glass in jars",
        "cuts",
        "Larchwood Market",
        "120 pc",
        "900 pc",
    ):
        assert words in made.body, words
    assert "TOM-1" not in made.body
    assert made.missing == casetexts.missing(made.body) >= 8
    assert made.body.count("\n\n") == 9
    press = texts.draft(case, "press", language)
    assert "SAUCE-1" in press.body
    assert "Larchwood" not in press.body
    assert 0 < press.missing < made.missing
    assert "DRILL" not in made.body + press.body


def test_what_becomes_known_is_filled_in(world: Cast) -> None:
    case = opened()
    before = texts.draft(case, "authority", "en")
    actions.freeze(case=case.uid, actor=QUINN)
    actions.decide(case=case.uid, decision="withdrawal", reason="glass was found", actor=QUINN)
    Lot.objects.filter(number="SAUCE-1").update(expires_on=date(2027, 3, 3), produced_on=date(2026, 9, 1))
    after = texts.draft(queries.case(case.uid), "authority", "en")
    assert before.missing - after.missing == 3
    for words in (
        "lot SAUCE-1, to be used by 03 MAR 2027",
        "withdrawal. Why: glass was found",
        "from 01 SEP 2026",
    ):
        assert words in after.body, words
    assert after.title.startswith("Marinara sauce 350 g: withdrawal")


def test_versions_are_kept_and_written_once(world: Cast) -> None:
    case = opened()
    made = texts.draft(case, "press", "de")
    values: dict[str, Any] = {"case": case.uid, "kind": "press", "language": "de", "actor": QUINN}
    first = actions.keep_text(**values, title=made.title, body=made.body)
    again = actions.keep_text(**values, title=made.title, body=made.body.replace("\n", "\r\n"))
    assert (first.version, again) == (1, first)
    second = actions.keep_text(**values, title=made.title, body="Bitte zurückbringen.")
    assert (second.version, texts.newest(case, "press", "de")) == (2, second)
    assert texts.shown(case, "press", "de").body == "Bitte zurückbringen."
    assert texts.shown(case, "press", "de", version=str(first.uid)).kept == first
    assert texts.shown(case, "press", "de", fresh=True).kept is None
    assert [step.verb for step in queries.log(case)][-2:] == ["text kept", "text kept"]
    with pytest.raises(DatabaseError, match="written once"), transaction.atomic():
        CaseText.objects.update(body="other")
    for name in ("x", case.uid):
        with pytest.raises(NotFound):
            texts.text(case, name)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "poem"}, "kind"),
        ({"language": "tlh"}, "language"),
        ({"title": " "}, "title"),
        ({"body": ""}, "body"),
    ],
)
def test_what_is_not_kept(world: Cast, given: dict[str, str], field: str) -> None:
    values = {"kind": "press", "language": "en", "title": "t", "body": "b", **given}
    case = opened()
    with pytest.raises(Refused) as refusal:
        actions.keep_text(case=case.uid, actor=QUINN, **values)
    assert refusal.value.faults[0].field == field
    actions.call_off(case=case.uid, reason="mistaken", actor=QUINN)
    with pytest.raises(Conflict):
        actions.keep_text(case=case.uid, actor=QUINN, **{**values, "kind": "press", "language": "en"})


def test_a_text_of_a_drill_says_so_in_itself_and_on_paper(world: Cast) -> None:
    drill, real = opened("drill"), opened()
    for language in casetexts.LANGUAGES:
        assert "DRILL" in texts.draft(drill, "press", language).body.splitlines()[0]
    made = actions.keep_text(
        case=drill.uid, kind="press", language="en", title="Jars", body="A line.", actor=QUINN
    )
    paper = papers.paper(drill, texts.shown(drill, "press", "en"), by="user:ada")
    assert paper == papers.paper(drill, texts.shown(drill, "", "", version=str(made.uid)), by="user:anna")
    other = actions.keep_text(
        case=real.uid, kind="press", language="en", title="Jars", body="A line.", actor=QUINN
    )
    assert other.version == 1
    assert papers.paper(real, texts.shown(real, "press", "en"), by="user:ada") != paper


def test_the_tab_and_the_api(world: Cast) -> None:
    case = opened()
    quinn = Client()
    quinn.force_login(cast.person("quinn"))
    here = f"/recall/{case.uid}"
    shown = html.unescape(quinn.get(f"{here}?tab=texts&kind=press&language=fr").content.decode())
    for words in ("facts to be filled", "rappelle", "à compléter", "Lotbook never sends it"):
        assert words in shown, words
    values = {"kind": "press", "language": "fr", "title": "Rappel", "body": "<script>alert(1)</script>"}
    kept = quinn.post(f"{here}/text/keep", values, follow=True).content.decode()
    assert "Kept as version 1" in kept
    assert "<script>alert" not in kept
    refused = quinn.post(f"{here}/text/keep", {**values, "title": ""})
    assert (refused.status_code, b"alert(1)" in refused.content) == (422, True)
    plain = quinn.get(f"{here}/text?kind=press&language=fr&plain")
    assert plain["Content-Type"].startswith("text/plain")
    assert quinn.get(f"{here}/text?kind=press&language=fr").content[:5] == b"%PDF-"
    api = f"/api/v1/recalls/{case.uid}/texts"
    draft = quinn.get(f"{api}/draft?kind=authority&language=es").json()
    assert draft["missing"] > 5
    body = {"kind": "authority", "language": "es", "title": draft["title"], "body": draft["body"]}
    made = quinn.post(api, body, content_type="application/json")
    assert (made.status_code, made.json()["version"], made.json()["missing"]) == (201, 1, draft["missing"])
    assert [one["language"] for one in quinn.get(api).json()["items"]] == ["es", "fr"]
    uid = made.json()["id"]
    assert quinn.get(f"{api}/{uid}").json()["body"] == draft["body"]
    assert quinn.get(f"{api}/{uid}/pdf").content[:5] == b"%PDF-"
    audrey = Client()
    audrey.force_login(cast.person("audrey"))
    assert audrey.post(f"{here}/text/keep", values).status_code == 403
    assert "Keep as a version" not in audrey.get(f"{here}?tab=texts").content.decode()
