"""The pages that print the training papers, from a book and for who asks."""

from __future__ import annotations

import pytest
from django.test import Client

from lotbook.foundation.accounts.models import User
from lotbook.foundation.places.models import Place

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def ines(client: Client) -> Client:
    client.force_login(User.objects.create(username="ines", role="administrator"))
    return client


def test_sites_have_a_practice_set_and_empty_ones_say_so(ines: Client) -> None:
    assert b"No sites yet" in ines.get("/station/training").content
    Place.objects.create(code="KIT", name="Kitchen", kind="site", own=True)
    assert b"/station/practice.pdf?site=KIT" in ines.get("/station/training").content
    refused = ines.get("/station/practice.pdf?site=KIT")
    assert refused.status_code == 422
    assert b"no lots and no jobs to practise with" in refused.content


def test_the_card_is_a_pdf_on_the_paper_asked_for(ines: Client) -> None:
    answer = ines.get("/station/card.pdf?paper=letter")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF")
    assert b"612" in answer.content
    assert b"595" in ines.get("/station/card.pdf?paper=whatever").content
