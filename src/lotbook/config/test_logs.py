"""What must not stand in the log."""

from __future__ import annotations

import io
import logging
import logging.config
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client

TOKEN = "Zm9v-LWJhcg_" * 3 + "abcdefg"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the book's own handler writes, with the filters of the settings."""
    told = settings.LOGGING
    name = told["handlers"]["stderr"]["filters"][0]
    kind = told["filters"][name]["()"]
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(logging.config.DictConfigurator({"version": 1}).resolve(kind)())
    handler.setFormatter(logging.Formatter(told["formatters"]["line"]["format"], style="{"))
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


@pytest.mark.once
@pytest.mark.django_db
def test_the_secret_of_an_answer_link_is_left_out(written: io.StringIO, client: Client) -> None:
    assert client.get(f"/answer/{TOKEN}?lang=de").status_code == 404
    assert client.get("/no-such-page").status_code == 404
    logging.getLogger("x").error(
        "tried %s twice, then /answer/%s.", f"https://book.example/answer/{TOKEN}", TOKEN
    )
    told = written.getvalue()
    assert "Not Found: /answer/…" in told
    assert "Not Found: /no-such-page" in told
    assert "tried https://book.example/answer/… twice" in told
    assert TOKEN not in told
