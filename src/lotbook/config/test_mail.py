"""Where mail goes, by its address."""

from __future__ import annotations

from pathlib import Path

import pytest

from lotbook.config import mail


@pytest.mark.once
def test_the_address_of_the_mail_server_is_read() -> None:
    told = mail.settings_of("smtps://otto:p%2Fw@mail.example", Path("mail"))
    assert (told["host"], told["port"], told["user"], told["password"]) == (
        "mail.example",
        465,
        "otto",
        "p/w",
    )
    assert (told["ssl"], told["tls"], told["backend"].split(".")[-2]) == (True, False, "smtp")
    assert mail.settings_of("", Path("m"))["backend"].split(".")[-2] == "filebased"
    assert mail.settings_of("smtp://h:25?tls=off", Path("m"))["tls"] is False
    for wrong in ("ftp://x", "smtp://", "mail.example"):
        with pytest.raises(ValueError, match="LOTBOOK_MAIL_URL"):
            mail.settings_of(wrong, Path("m"))
