"""Drills over HTTP and on the command line: the same acts, the same refusals."""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests import cast
from tests.cast import Cast

from lotbook.insights.recall import drillcommands
from lotbook.insights.recall.models import Case, Drill
from lotbook.insights.recall.queries import drills
from lotbook.kernel.errors import NotAllowed, Refused
from lotbook.traceability.lots.models import Lot

API = "/api/v1"


@pytest.fixture
def quinn(world: Cast) -> Client:
    found = Client()
    found.force_login(cast.person("quinn"))
    return found


def send(client: Client, path: str, status: int = 200, **body: Any) -> Any:
    answer = client.post(f"{API}{path}", body, content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json()


def get(client: Client, path: str) -> Any:
    answer = client.get(f"{API}{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_drill_from_start_to_report(world: Cast, quinn: Client) -> None:
    made = send(quinn, "/recall-drills", 201, seed=7, target="2h", answers="asked")
    here = f"/recalls/{made['id']}"
    assert (made["seed"], made["drawn_from"], made["target_s"], made["running"]) == (7, 1, 7200, True)
    assert made["population"]["lots"] == 1
    draft = get(quinn, f"{here}/drill/result")
    assert (draft["signed"], draft["result"]["balance"]["ppm"]) == (False, 1_000_000)
    question = made["questions"][0]["id"]
    send(quinn, f"{here}/drill/answers", question=question, reached="yes", name="Mrs Elm")
    send(quinn, f"{here}/drill/questions", role="Laboratory", question="Keeps a sample?")
    send(quinn, f"{here}/drill/findings", text="nobody in shipping", due_on="2027-03-03")
    signed = send(quinn, f"{here}/drill/signature", text="fine")
    assert (signed["signed_by"], signed["intact"], signed["running"]) == ("user:quinn", True, False)
    finding = signed["findings"][0]["id"]
    assert send(quinn, f"{here}/drill/findings/{finding}/settled", text="trained")["findings"][0]["done_text"]
    told = get(quinn, f"{here}/drill/result")
    assert (told["signed"], told["signature"], told["result"]["remark"]) == (
        True,
        signed["signature"],
        "fine",
    )
    paper = quinn.get(f"{API}{here}/report.pdf")
    assert (paper["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    assert [one["number"] for one in get(quinn, "/recall-drills?signed_only=true")["items"]] == [
        made["number"]
    ]
    send(quinn, f"{here}/drill/signature", 409)
    assert get(quinn, f"{here}/drill")["intact"] is True


def test_what_the_api_refuses(world: Cast, quinn: Client) -> None:
    assert send(quinn, "/recall-drills", 422, target="soon")["faults"][0]["field"] == "target"
    send(quinn, "/recall-drills", 422, lots=["018f7b3c-0000-7000-8000-000000000001"])
    case = send(quinn, "/recalls", 201, kind="recall", reason="glass", suspects={})
    for path in ("/drill", "/drill/result"):
        assert quinn.get(f"{API}/recalls/{case['id']}{path}").status_code == 404
    assert quinn.get(f"{API}/recalls/{case['id']}/report.pdf?paper=letter").content[:5] == b"%PDF-"
    assert quinn.get(f"{API}/recalls/{case['id']}/report.pdf?paper=a0").status_code == 422
    audrey = Client()
    audrey.force_login(cast.person("audrey"))
    assert audrey.post(f"{API}/recall-drills", {}, content_type="application/json").status_code == 403


# -- command line -------------------------------------------------------------------------------------


def lotbook(*arguments: str) -> int:
    top = argparse.ArgumentParser()
    drillcommands.register(top.add_subparsers())
    options = top.parse_args(["drill", *arguments])
    return int(options.run(options))


def test_a_drill_on_the_command_line(
    world: Cast, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lotbook("list") == 0
    assert "No drill yet" in capsys.readouterr().out
    assert lotbook("RM-TOMATO", "TOM-1", "--target", "2h") == 0
    said = capsys.readouterr().out
    for words in ("DRILL RC-", "2 lots, 2 customers", "100 %", "Larchwood Market", "not signed"):
        assert words in said, words
    cast.person("quinn")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{cast.PASSWORD}\n"))
    file = tmp_path / "report.pdf"
    assert lotbook("--random", "--seed", "7", "--sign", "--as", "quinn", "--pdf", str(file), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["signed"], told["signed_by"], told["seed"], told["intact"]) == (True, "user:quinn", 7, True)
    assert file.read_bytes()[:5] == b"%PDF-"
    assert lotbook("list", "--json") == 0
    assert [one["signed_by"] for one in json.loads(capsys.readouterr().out)] == ["user:quinn", ""]
    assert lotbook("list") == 0
    assert "not yet" in capsys.readouterr().out


def test_nobody_signs_as_somebody_else(world: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.person("quinn")
    cast.person("audrey")
    for name, password, refusal in (
        ("quinn", "guess", NotAllowed),
        ("nobody", cast.PASSWORD, NotAllowed),
        ("audrey", cast.PASSWORD, NotAllowed),
    ):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        with pytest.raises(refusal):
            lotbook("TOM-1", "--sign", "--as", name)
    with pytest.raises(Refused, match="--as"):
        lotbook("TOM-1", "--sign")
    for arguments in (["TOM-1", "--random"], [], ["NO-SUCH"]):
        with pytest.raises(Refused):
            lotbook(*arguments)
    assert Case.objects.count() == 0


def test_differences_show_in_the_exit_code(world: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    from lotbook.insights.recall.test_drills import count_differs

    count_differs(world, 9)
    assert lotbook("SAUCE-1") == 1
    assert "less was counted" in capsys.readouterr().out
    one = Drill.objects.get()
    assert drills.clock_of(one).running
    assert Lot.objects.get(number="SAUCE-1").held == 0
