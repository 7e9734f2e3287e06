"""Every page and every list on a company's book of a million events: how long one takes to be made.

Nothing names the pages here. They come from the product's addresses: those without parts in them at once,
those with parts from links on the pages before (one of each). Every page is asked for plain; one with a
filter bar also with each field of it and each of its choices, a list in pages also with its second page, one
far down and its last, and an exported list until its first row as CSV. Operations of the API come from its
description, with the values of their parameters likewise. A new list is measured the day it has an address.

Asked for as an administrator and, plain, as a person of one site, through Django's own handler (the network
and the browser come on top), some times unless the first was quick. A figure a page: its slowest form.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from datetime import time as hour
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import Resolver404, URLResolver, get_resolver, resolve

from bench.harness import Figure, median, say, tell
from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.accounts.models import Role, User
from lotbook.kernel import clock, pages, sql

ROUNDS = 3
QUICK_S, SLOW_S = 0.2, 3.0
"""A page well below the bar at its first time is not asked for again, one far above it once."""
MOST = 1_000.0
CHOICES, FEW = 12, 2
"""Of a field with more choices (all places, all customers …) a few are tried."""
FAR_DOWN = 0.75
SETS = 4
"""Of one address with parts, or with all sorts of parameters, so many are tried."""

LEFT_OUT = {
    "account/": "allauth's pages of one person: no lists",
    "badge": "one person's badge",
    "static/": "files",
    "style": "samples of components, no data",
    "log": "tamper evidence: measured with the log",
}
"""Addresses not asked for, and why. Those that answer to POST alone leave themselves out."""
NOT_ASKED = {
    "xlsx": "a worksheet is written whole before its first byte",
    ".pdf": "a paper of one document",
}


@dataclass
class Kind:
    """One page of the product (an address with its parts open) and how long its forms took, in seconds."""

    name: str
    taken: dict[str, list[float]] = field(default_factory=dict)
    worked: dict[str, float] = field(default_factory=dict)

    def figure(self) -> Figure:
        slowest = max(self.taken, key=lambda form: median(self.taken[form]))
        times = self.taken[slowest]
        note = (
            f"{len(self.taken)} forms; slowest: {slowest or 'plain'}, at worst {max(times) * 1000:.0f} ms,"
            f" {self.worked[slowest] * 1000:.0f} ms of a processor"
        )
        return Figure(f"page {self.name}", median(times) * 1000, "ms", most=MOST, note=note)


def measure(told: str) -> None:
    """Time every page on the book this process is set up on; ``told`` (JSON) says of which day it is."""
    day = date.fromisoformat(json.loads(told)["today"])
    # A page that a person may not see is left out; that it was refused is no news here.
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    events = sql.rows("SELECT count(*) FROM ledger_event")[0][0]
    say(f"{events:,} events")
    with clock.standing(datetime.combine(day, hour(10), UTC)):
        kinds = [*_pages(), *_operations()]
    figures = sorted((kind.figure() for kind in kinds), key=lambda one: -one.value)
    for one in figures:
        tell(one)
    forms = sum(len(kind.taken) for kind in kinds)
    note = f"of {len(figures)} pages and operations in {forms} forms, {events:,} events: {figures[0].name}"
    tell(Figure("slowest list", figures[0].value, "ms", most=MOST, note=note))


def _client(username: str, role: str, sites: Iterable[str] = ()) -> Client:
    person = User.objects.filter(username=username).first() or accounts.create_user(
        username=username, role=role, password="a-long-bench-password", actor="lotbook", sites=list(sites)
    )
    client = Client(headers={"host": "localhost"})
    client.force_login(person)
    return client


def everywhere() -> Client:
    """Somebody who may see everything (a second factor is asked for once, and costs no page anything)."""
    Role.objects.filter(name="administrator").update(needs_second_factor=False)
    return _client("bench", "administrator")


def _at_one_site() -> Client:
    busiest = (
        "SELECT s.code FROM places_place s JOIN places_place p ON p.parent_id = s.id"
        " WHERE s.kind = 'site' GROUP BY s.code ORDER BY count(*) DESC, s.code LIMIT 1"
    )
    return _client("bench-site", "manager", [sql.rows(busiest)[0][0]])


# --- Pages -------------------------------------------------------------------------------------------


def _pages() -> list[Kind]:
    """Walk the product's pages, each plain and in all its forms."""
    client, other = everywhere(), _at_one_site()
    kinds = []
    for path, response in walk(client):
        kind = Kind(_name(path))
        for form in _forms(_look(response), path):
            _time(kind, form, client, path)
        if "<" not in kind.name:
            _time(kind, "", other, path, told="at one site")
        if kind.taken:
            kinds.append(kind)
    return kinds


def walk(client: Client) -> Iterator[tuple[str, HttpResponseBase]]:
    """Every page of the product once, plain: its address with something in every part, and the answer."""
    waiting = [f"/{path}" for path in sorted(_plain(get_resolver(), "")) if not _is_left_out(path)]
    known = {_name(path) for path in waiting}
    kinds: Counter[str] = Counter()
    while waiting:
        path = waiting.pop(0)
        response = client.get(path)
        if response.status_code != 200:
            continue
        yield path, response
        for link in _look(response).links:
            name = _name(link)
            if name and name not in known and not _is_left_out(link.lstrip("/")):
                known.add(name)
                kinds[name.partition(" ")[0]] += 1
                if kinds[name.partition(" ")[0]] <= SETS:
                    waiting.append(link)


def _look(response: HttpResponseBase) -> _Look:
    look = _Look()
    if response.headers.get("Content-Type", "").startswith("text/html"):
        look.feed(_body(response).decode())
    return look


def _is_left_out(path: str) -> bool:
    return path.startswith((*LEFT_OUT, "api/", "epcis")) or any(word in path for word in NOT_ASKED)


def _plain(resolver: URLResolver, before: str) -> Iterator[str]:
    """Addresses without parts to fill in."""
    for pattern in resolver.url_patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _plain(pattern, path)
        elif "<" not in path and "(" not in path and "^" not in path:
            yield path


def _name(path: str) -> str:
    """The address a path is one of, with the names of its parameters; nothing when it is none of ours."""
    parts = urlsplit(path)
    if parts.netloc or not parts.path.startswith("/"):
        return ""
    try:
        found = resolve(parts.path)
    except Resolver404:
        return ""
    asked = sorted({name for name, _ in parse_qsl(parts.query)})
    return "/" + found.route + (f" ({', '.join(asked)})" if asked and not _is_plain(found.route) else "")


def _is_plain(route: str) -> bool:
    """Whether the page shows something without being told what: the trace does not."""
    return route != "trace" and "<" not in route


class _Look(HTMLParser):
    """What a page offers: links, its filter bar's fields, further pages, exports."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fields: dict[str, list[str]] = {}
        self.next = ""
        self.export = ""
        self._filters = False
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        address = found.get("hx-get") or (found.get("href", "") if tag == "a" else "")
        if address.startswith("/"):
            self.links.append(address)
        if tag == "a" and found.get("rel") == "next":
            self.next = address
        if tag == "a" and "format=csv" in address:
            self.export = address
        if tag == "form":
            self._filters = "lb-filters" in found.get("class", "")
        elif self._filters and tag == "select":
            self._select = found.get("name", "")
            self.fields[self._select] = []
        elif self._filters and tag == "option" and found.get("value"):
            self.fields[self._select].append(found["value"])
        elif self._filters and tag == "input" and found.get("name"):
            is_tick = found.get("type") in ("checkbox", "radio")
            values = (
                [found.get("value", "on")] if is_tick else list(_words(found["name"], found.get("type", "")))
            )
            self.fields.setdefault(found["name"], []).extend(values)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._filters = False


def _forms(look: _Look, path: str) -> Iterator[str]:
    """The queries a page is asked with, beside none."""
    yield urlsplit(path).query
    for name, values in look.fields.items():
        for value in values if len(values) <= CHOICES else values[-FEW:]:
            yield urlencode({name: value})
    if look.next:
        query = dict(parse_qsl(urlsplit(look.next).query))
        yield urlencode(query)
        if "cursor" in query:
            yield urlencode({**query, "cursor": _far_down(query["cursor"])})
        elif "page" in query:
            yield urlencode({**query, "page": "9999999"})
    if look.export:
        yield urlsplit(look.export).query


def _far_down(cursor: str) -> str:
    """A cursor most of the way to the last row, where its position is one of keys."""
    position = json.loads(_decoded(cursor))
    return pages.write_cursor(*(int(part * FAR_DOWN) for part in position))


def _decoded(cursor: str) -> bytes:
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


def _time(kind: Kind, form: str, client: Client, path: str, *, told: str = "") -> None:
    address = urlsplit(path).path + (f"?{form}" if form else "")
    before, begin = _processor(), time.perf_counter()
    response = client.get(address)
    _body(response)
    first = time.perf_counter() - begin
    if response.status_code != 200:
        return
    name = told or ("" if path.endswith(form) else form)
    taken, worked = [first], _processor() - before
    if first > QUICK_S:
        rounds = ROUNDS if first < SLOW_S else 1
        before = _processor()
        taken = [_timed(client, address) for _ in range(rounds)]
        worked = (_processor() - before) / rounds
    kind.taken[name], kind.worked[name] = taken, worked
    if median(taken) * 1000 > MOST / 2:
        say(f"{median(taken) * 1000:8,.0f} ms  {worked * 1000:7,.0f} ms of a processor  {address}  {told}")


def _processor() -> float:
    """Seconds of a processor that this process took, and its PostgreSQL where that runs on this machine."""
    own = time.process_time()
    if not sql.is_postgres():
        return own
    stat = Path(f"/proc/{sql.rows('SELECT pg_backend_pid()')[0][0]}/stat")
    if not stat.exists():
        return own
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return own + (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _timed(client: Client, address: str) -> float:
    begin = time.perf_counter()
    _body(client.get(address))
    return time.perf_counter() - begin


def _body(response: HttpResponseBase) -> bytes:
    """What the client gets; of a list that streams its header and its first row."""
    if response.streaming:
        found = b"".join(islice(response, 2))
        response.close()
        return found
    return response.getvalue()


# --- What filters are asked for ----------------------------------------------------------------------

EXAMPLES = {
    "item": "SELECT code FROM catalog_item WHERE id = (SELECT min(item_id) FROM lots_lot)",
    "place": "SELECT code FROM places_place WHERE kind = 'bin' ORDER BY id DESC LIMIT 1",
    "lot": "SELECT number FROM lots_lot WHERE number <> '' ORDER BY id DESC LIMIT 1",
    "customer": "SELECT code FROM partners_partner WHERE is_customer ORDER BY id DESC LIMIT 1",
    "supplier": "SELECT code FROM partners_partner WHERE is_supplier ORDER BY id DESC LIMIT 1",
    "carrier": "SELECT code FROM partners_partner WHERE is_carrier ORDER BY id DESC LIMIT 1",
    "site": "SELECT code FROM places_place WHERE kind = 'site' ORDER BY id DESC LIMIT 1",
    "sscc": "SELECT sscc FROM places_place WHERE sscc IS NOT NULL ORDER BY id DESC LIMIT 1",
    "document": "SELECT max(document_number) FROM ledger_event",
    "order": "SELECT max(number) FROM receiving_order",
}
"""A value that is in the book, by the parameter's name."""
SAME = {
    "q": "lot", "source": "place", "destination": "place", "partner": "customer", "near": "place",
    "notice": "order", "number": "order",
}  # fmt: skip
RARE, COMMON = "xyzzy-not-there", "a"
DAYS = {"within": "30", "days": "30", "expires_within": "30", "since": "2026-11-01", "until": "2026-11-10"}
_found: dict[str, str] = {}


def _words(name: str, kind: str = "") -> Iterator[str]:
    """What a field or parameter is asked with: something there, something not there, and a letter."""
    if name in DAYS:
        yield DAYS[name]
        return
    if kind == "date":
        yield "2026-11-01"
        return
    if kind in ("number", "hidden"):
        return
    known = SAME.get(name, name)
    if known in EXAMPLES or name == "text":
        yield _example(known if known in EXAMPLES else "lot")
    if name in ("text", "q"):
        yield _example("item")
        yield RARE
        yield COMMON
    elif kind != "":
        yield RARE


def _example(name: str) -> str:
    if name not in _found:
        rows = sql.rows(EXAMPLES[name])
        _found[name] = str(rows[0][0]) if rows else RARE
    return _found[name]


# --- Operations of the API ---------------------------------------------------------------------------


def _operations() -> list[Kind]:
    """Every GET of the API's description, with its parameters' values; parts from the list above it."""
    from lotbook.interfaces.api.app import api

    client, kinds = everywhere(), []
    uids: dict[str, str] = {}
    paths = api.get_openapi_schema()["paths"]
    for template in sorted(paths, key=lambda path: path.count("{")):
        if "get" not in paths[template]:
            continue
        path = _filled(template, uids)
        if not path:
            continue
        parameters = [one for one in paths[template]["get"].get("parameters", []) if one["in"] == "query"]
        kind = Kind(template)
        for form in _asked(client, path, parameters):
            _time(kind, form, client, path)
        if kind.taken:
            kinds.append(kind)
        body = _body(client.get(path))
        if body.startswith(b"{") and "{" not in template:
            rows = json.loads(body).get("items") or [{}]
            uids[template] = (
                str(rows[0].get("uid") or rows[0].get("id") or "") if isinstance(rows[0], dict) else ""
            )
    return kinds


def _filled(template: str, uids: dict[str, str]) -> str:
    if "{" not in template:
        return template
    above, _, rest = template.partition("/{uid}")
    uid = uids.get(above, "")
    return f"{above}/{uid}{rest}" if uid and "{" not in rest else ""


def _asked(client: Client, path: str, parameters: list[dict[str, Any]]) -> Iterator[str]:
    yield ""
    for parameter in parameters:
        name, schema = parameter["name"], parameter["schema"]
        for value in _values(name, schema):
            yield urlencode({name: value})
    response = client.get(path)
    if response.status_code != 200 or not any(one["name"] == "cursor" for one in parameters):
        return
    cursor = json.loads(_body(response)).get("next")
    if cursor:
        yield urlencode({"cursor": cursor})
        yield urlencode({"cursor": _far_down(cursor)})
        yield urlencode({"cursor": _far_down(cursor), "limit": pages.LIMIT_MAX})


def _values(name: str, schema: dict[str, Any]) -> Iterator[str]:
    if name == "cursor":
        return
    if name == "limit":
        yield str(pages.LIMIT_MAX)
        return
    kinds = [schema, *schema.get("anyOf", [])]
    for one in kinds:
        yield from (str(value) for value in one.get("enum", []) if value != "")
        if one.get("type") == "boolean":
            yield from ("true", "false")
        if one.get("type") == "string" and "enum" not in one and one.get("format") != "uuid":
            yield from _words(name)
        if one.get("type") == "integer" and name in DAYS:
            yield DAYS[name]
