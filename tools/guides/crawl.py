"""Whether the words and addresses that a guide names are there, for the person who works by it.

A guide names pages by their address in code (`/receiving/orders`; `/receiving/orders/…` is the page of one
of them) and whatever is to be clicked or filled in in **bold**.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from tools.guides import book
from tools.guides.blocks import BLOCK, Guide

ADDRESS = re.compile(r"`(/[a-z0-9/…?=&.-]*)`")
BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
LINK = re.compile(r'(?:href|hx-get)="([^"]+)"')
TAG = re.compile(r"<[^>]+>")
SPACE = re.compile(r"\s+")
STATION = "/station/"
PAGES_MAX = 14
"""Of one kind (`/orders/…`) so many are looked at for a word before it counts as missing."""


def faults(guide: Guide) -> list[str]:
    """What the guide names and the person does not find."""
    plain = BLOCK.sub("", guide.text())
    wanted = {_words(bold) for bold in BOLD.findall(plain)}
    said: list[str] = []
    for shown in _pages(guide.person, list(dict.fromkeys(ADDRESS.findall(plain))), said):
        wanted = {words for words in wanted if words not in shown}
        if not wanted:
            break
    return said + [f"{guide.path.name}: **{words}** stands on none of its pages" for words in sorted(wanted)]


def _pages(person: str, addresses: list[str], said: list[str]) -> Iterator[str]:
    """The text of the pages that the addresses name, those that are there first."""
    from django.test import Client

    from lotbook.foundation.accounts.models import User

    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(username=person))
    links: list[str] = []
    for address in ["/", *sorted(addresses, key=lambda one: "…" in one)]:
        if "…" in address:
            pattern = re.compile(re.escape(address).replace("…", "[0-9a-f-]{36}") + r"(?:\?.*)?$")
            found = [link for link in dict.fromkeys(links) if pattern.match(link)][:PAGES_MAX]
            if not found:
                said.append(f"{person} finds no page like {address}")
        else:
            found = [address]
        for path in found:
            answer = client.get(path, follow=True)
            body = answer.getvalue().decode()
            if answer.status_code != 200:
                said.append(f"{path} answers {person} with {answer.status_code}")
            links += [html.unescape(link) for link in LINK.findall(body)]
            yield _words(html.unescape(TAG.sub(" ", body.partition("<body")[2])))
            if path == STATION:
                yield _station()


def _station() -> str:
    """What the station can say: its page is empty, and its words stand in its script."""
    sources = (book.ROOT / "station" / "src").rglob("*.ts")
    return _words(" ".join(one.read_text("utf-8") for one in sources if not one.name.endswith(".test.ts")))


def _words(text: str) -> str:
    return SPACE.sub(" ", text).strip()
