"""Files of other organisations over the page."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.journeys.epcis_documents import document, event, quantity

from lotbook.foundation.accounts.rules import ROLES
from lotbook.interfaces.exchange.epcis.models import CapturedEvent

pytestmark = pytest.mark.django_db

PAGE = "/import/epcis"
MILK = "urn:epc:class:lgtin:9521321.012345.MILK-1"


def logged_in(permission: bool) -> Client:
    """Somebody who may capture events, or somebody who may not."""
    role = next(name for name, may in sorted(ROLES.items()) if ("exchange.capture" in may) is permission)
    user = get_user_model().objects.create_user(username=f"eva-{role}", password="a long enough word")
    user.role = role
    user.save()
    client = Client()
    client.force_login(user)
    return client


def upload(client: Client, **files: bytes) -> tuple[int, str]:
    sent = [SimpleUploadedFile(f"{name}.json", data) for name, data in files.items()]
    response = client.post(PAGE, {"upload": sent})
    return response.status_code, response.content.decode()


def test_several_files_are_sent_and_each_is_told_about() -> None:
    client = logged_in(True)
    assert client.get(PAGE).status_code == 200
    good = document(event("ObjectEvent", quantityList=[quantity(MILK, 5)]))
    bad = document({**event("ObjectEvent", quantityList=[]), "action": "<b>SEE</b>"})
    status, page = upload(client, good=good, bad=bad)
    assert status == 422
    assert "bad.json" in page
    assert "/epcisBody/eventList/0/action" in page
    assert "<b>SEE" not in page
    kept = CapturedEvent.objects.get()
    assert kept.file_name == "good.json"
    assert kept.captured_by.startswith("user:eva-")
    assert upload(client, good=good)[0] == 200
    assert CapturedEvent.objects.count() == 1


def test_no_file_is_said_plainly() -> None:
    status, page = upload(logged_in(True))
    assert status == 422
    assert "No file was chosen" in page


def test_it_needs_a_permission() -> None:
    assert Client().get(PAGE).status_code == 302
    client = logged_in(False)
    assert client.get(PAGE).status_code == 403
    assert upload(client, good=document())[0] == 403
