"""In a real browser: scans by keyboard wedge and by camera come in whole, and are answered in time."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserType, Page, Route
from tests.station.films import film, picture
from tests.station.station_node import ROOT, node
from tests.station.wedge import GS, Keys, Wedge

from lotbook.standards.scans.proving import PROOF_CODES

pytestmark = [pytest.mark.browser, pytest.mark.once]

# Nothing listens there: every request is answered from here. A page of localhost may use the camera.
ORIGIN = "http://localhost:1"
HARNESS = "tests/station/harness.ts"
ZXING = "node_modules/zxing-wasm/dist"
MODULES = {
    "imports": {
        "zxing-wasm/reader": f"/{ZXING}/es/reader/index.js",
        "zxing-wasm/reader/zxing_reader.wasm?url": "/wasm-url.js",
    }
}
PAGE = f"""<!doctype html><html lang="en"><title>Senses</title>
<script type="importmap">{json.dumps(MODULES)}</script>
<main><input id="lot" value="A-1"><input id="many" type="number" value="12"><textarea id="note"></textarea>
<button id="post">Post</button><video id="view"></video></main><link rel="stylesheet" href="/band.css">
<script type="module" src="/{HARNESS}"></script></html>"""
GTIN = "0104012345123456"
PALLET = f"]C1{GTIN}10AB-1{GS}17270331"


@pytest.fixture(scope="module")
def scripts() -> dict[str, str]:
    """Give the station's modules as a browser can run them: path → the file itself, its types stripped."""
    files = [path for path in (ROOT / "station/src").rglob("*.ts") if not path.name.endswith(".test.ts")]
    paths = [HARNESS, *(path.relative_to(ROOT).as_posix() for path in files)]
    command = [node(), "--no-warnings", str(ROOT / "tests/station/strip.mts")]
    done = subprocess.run(
        command, input=json.dumps(paths), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, str] = json.loads(done.stdout)
    return found


def served(page: Page, scripts: dict[str, str]) -> list[str]:
    """Open the harness; what the browser complains about is told."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).lstrip("/")
        if path in scripts:
            route.fulfill(body=scripts[path], content_type="text/javascript")
        elif path == "band.css":
            route.fulfill(body=(ROOT / "station/src/feedback/band.css").read_text(), content_type="text/css")
        elif path == "wasm-url.js":
            route.fulfill(
                body=f'export default "/{ZXING}/reader/zxing_reader.wasm";', content_type="text/javascript"
            )
        elif path.startswith(ZXING) and (ROOT / path).is_file():
            kind = "application/wasm" if path.endswith(".wasm") else "text/javascript"
            route.fulfill(body=(ROOT / path).read_bytes(), content_type=kind)
        else:
            route.fulfill(
                body=PAGE if not path else "", content_type="text/html", status=404 if path else 200
            )

    page.route("**/*", answer)
    page.goto(ORIGIN)
    page.wait_for_function("() => window.station")
    return problems


@pytest.fixture(scope="module")
def opened(browser: Browser, scripts: dict[str, str]) -> Iterator[tuple[Page, list[str]]]:
    page = browser.new_page()
    yield page, served(page, scripts)
    page.close()


@pytest.fixture
def page(opened: tuple[Page, list[str]]) -> Iterator[Page]:
    """The one page of all tests that need no camera, as if it were new."""
    page, problems = opened
    page.evaluate("() => station.reset()")
    yield page
    assert problems == []


@pytest.fixture
def keys(page: Page) -> Keys:
    return Keys(page.context.new_cdp_session(page))


def scans(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate("() => station.scans")
    return found


def told(page: Page) -> list[str]:
    found: list[str] = page.evaluate("() => station.scans.map(station.told)")
    return found


# --- Anywhere on the page ----------------------------------------------------------------------------


def test_a_scan_is_caught_without_any_field(page: Page, keys: Keys) -> None:
    keys.scan(PALLET)
    assert [(scan["text"], scan["end"]) for scan in scans(page)] == [(PALLET, "Enter")]
    assert told(page) == ["elements: (01)04012345123456(10)AB-1(17)270331"]


@pytest.mark.parametrize("field", ["lot", "many", "note"])
def test_a_scan_never_lands_in_the_field_that_has_the_focus(page: Page, keys: Keys, field: str) -> None:
    box = page.locator(f"#{field}")
    before = box.input_value()
    box.focus()
    keys.scan("4012345123456")
    keys.scan("RACK 7", Wedge(end="Tab"))
    assert [scan["text"] for scan in scans(page)] == ["4012345123456", "RACK 7"]
    assert box.input_value() == before
    assert page.evaluate("() => document.activeElement.id") == field


def test_a_scan_presses_no_button(page: Page, keys: Keys) -> None:
    page.evaluate("() => { window.pressed = 0; document.querySelector('#post').onclick = () => pressed++; }")
    page.focus("#post")
    keys.scan("RACK 7 A")
    assert page.evaluate("() => pressed") == 0
    page.keyboard.press("Enter")
    assert page.evaluate("() => pressed") == 1


def test_typing_at_human_speed_is_typing(page: Page, keys: Keys) -> None:
    page.focus("#lot")
    keys.scan(" and B-22", Wedge(gap_ms=90, end=""))
    assert page.input_value("#lot") in {"A-1 and B-22", " and B-22A-1"}
    keys.now += 0.09
    keys.tap("Enter", "Enter", 0, "\r")
    assert scans(page) == []
    assert page.evaluate("() => station.keys.join('')").endswith("B-22Enter")


def test_two_fingers_at_once_are_typing_too(page: Page, keys: Keys) -> None:
    page.focus("#note")
    for pair in ("th", "e ", "lo", "t"):
        keys.now += 0.12
        for letter in pair:
            keys.now += 0.008
            keys.character(letter, Wedge())
    page.wait_for_function("() => document.querySelector('#note').value === 'the lot'", timeout=2000)
    assert scans(page) == []


def test_a_scan_without_end_is_refused_and_does_not_land_in_the_field(page: Page, keys: Keys) -> None:
    page.focus("#note")
    keys.scan(PALLET, Wedge(end=""))
    page.wait_for_function("() => station.scans.length === 1")
    assert told(page) == ["refused: unfinished"]
    assert page.input_value("#note") == ""
    page.evaluate("() => station.set({ silence: true, proven: true })")
    assert told(page) == ["elements: (01)04012345123456(10)AB-1(17)270331"]


def test_with_a_prefix_nothing_leaks_at_all(page: Page, keys: Keys) -> None:
    page.evaluate("""() => {
        station.set({ prefix: "@@", proven: true });
        station.listen({ prefix: "@@", silenceMs: 2000 }); // A machine that runs a suite stalls now and then.
        window.leaked = 0;
        document.querySelector("#lot").addEventListener("input", () => (leaked += 1));
    }""")
    page.focus("#lot")
    keys.scan(PALLET, Wedge(prefix="@@"))
    assert told(page) == ["elements: (01)04012345123456(10)AB-1(17)270331"]
    assert page.evaluate("() => leaked") == 0


@pytest.mark.parametrize("separator", ["ctrl", "alt", "f8"])
def test_the_separator_comes_in_many_ways(page: Page, keys: Keys, separator: str) -> None:
    page.focus("#lot")
    keys.scan(PALLET, Wedge(separator=separator))
    assert [scan["text"] for scan in scans(page)] == [PALLET]
    assert page.input_value("#lot") == "A-1"


def test_typing_is_the_equal_third(page: Page, keys: Keys) -> None:
    page.locator(".st-typing-field").press_sequentially("RACK-7", delay=60)
    page.keyboard.press("Enter")
    assert [(scan["text"], scan["how"]) for scan in scans(page)] == [("RACK-7", "typed")]


# --- Twelve settings ---------------------------------------------------------------------------------

LOT = f"{GTIN}10Lot-7{GS}21S001"
READ = "elements: (01)04012345123456(10)Lot-7(21)S001"
MATRIX = [
    # name, scanner, how it is set, proof passes, what is told
    ("US, Enter, GS", Wedge(), True, READ),
    ("US, Tab, GS by Alt", Wedge(end="Tab", separator="alt"), True, READ),
    ("US, Enter, prefix @@", Wedge(prefix="@@"), True, READ),
    ("US, Enter, ~ for GS", Wedge(separator="~"), True, READ),
    ("US, Enter, GS lost", Wedge(separator="lost"), False, "ambiguous"),
    ("US, Enter, % for GS", Wedge(separator="%"), False, "ambiguous"),
    ("US, caps lock", Wedge(caps_lock=True), False, "refused: caps_lock"),
    ("DE, set to DE, GS", Wedge("German", set_right=True), True, READ),
    ("DE, set to US", Wedge("German"), False, "refused: keyboard_layout"),
    (
        "DE, set to US, Tab, GS lost",
        Wedge("German", end="Tab", separator="lost"),
        False,
        "refused: keyboard_layout",
    ),
    ("FR, set to FR, Tab, ~ for GS", Wedge("French", set_right=True, end="Tab", separator="~"), True, READ),
    ("FR, set to US, caps lock", Wedge("French", caps_lock=True), False, "refused: caps_lock"),
]


def test_twelve_settings_are_read_right_or_refused_with_the_reason(page: Page, keys: Keys) -> None:
    """Every scanner is proven first, as on the setup page; then it scans a lot with a serial behind it."""
    table = []
    for name, wedge, passes, _ in MATRIX:
        page.evaluate("() => { station.reset(); station.listen({ silence: true, silenceMs: 2000 }); }")
        for code in PROOF_CODES:
            keys.now += 0.5
            keys.scan(code.aim + code.data, wedge)
        proved = page.evaluate("() => station.prove(station.scans)")
        assert bool(proved["result"]) == passes, (
            name,
            proved,
            [scan["text"] + scan["end"] for scan in scans(page)],
        )
        assert passes or proved["wrong"], (name, [scan["text"] + scan["end"] for scan in scans(page)])
        page.evaluate("() => { station.scans.length = 0; }")
        keys.now += 0.5
        keys.scan("]d2" + LOT, wedge)
        table.append((name, "proven" if passes else proved["wrong"][0], told(page)[0]))
    print(*(f"{name:30} | {proof[:64]:64} | {answer}" for name, proof, answer in table), sep="\n")
    for (name, _, _, expected), (_, _, answer) in zip(MATRIX, table, strict=True):
        assert answer.startswith(expected), (name, answer)


# --- In time -----------------------------------------------------------------------------------------


def test_twenty_scans_in_ten_seconds_are_all_answered_in_time(page: Page, keys: Keys) -> None:
    page.focus("#lot")
    began, sent = time.monotonic(), []
    for number in range(20):
        sent.append(f"]C1{GTIN}10L{number:02}")
        keys.scan(sent[-1], Wedge(gap_ms=8), paced=True)
    page.wait_for_function("() => station.figures().count >= 20")
    seconds = time.monotonic() - began
    # On a busy machine a scan may seem to stop in its middle: that is told, and the whole comes all the same.
    assert [scan["text"] for scan in scans(page) if scan["end"]] == sent
    assert page.input_value("#lot") == "A-1"
    assert page.evaluate("() => station.sounded").count("good") == 20
    figures = page.evaluate("() => station.figures()")
    print(f"20 scans in {seconds:.1f} s; scan to feedback: median {figures['median']:.0f} ms, "
          f"p95 {figures['p95']:.0f} ms, longest {figures['longest']:.0f} ms")  # fmt: skip
    assert seconds < 10
    assert figures["p95"] <= 150


# --- Feedback ----------------------------------------------------------------------------------------


def test_what_is_wrong_stays_until_it_is_answered(page: Page, keys: Keys) -> None:
    keys.scan("]C10104012345123457")
    band = page.locator(".st-band")
    assert band.get_by_role("alert").inner_text().startswith("wrong")
    assert "incorrect_check_digit" in band.inner_text()
    keys.scan(PALLET)
    assert band.get_attribute("data-tone") == "wrong"
    assert page.evaluate("() => station.sounded") == ["wrong", "good"], scans(page)
    band.get_by_role("button", name="OK").click()
    assert band.get_attribute("data-tone") is None
    keys.scan(f"]C1{GTIN}10LOT-721S001")
    assert band.get_attribute("data-tone") == "decide"


def test_the_band_is_accessible_and_moves_only_where_motion_is_welcome(page: Page, axe: str) -> None:
    page.evaluate(axe)
    page.emulate_media(reduced_motion="reduce")
    moves = "() => station.feedback.element.getAnimations().length"
    for tone in ("good", "decide", "wrong"):
        page.evaluate("(tone) => station.feedback.say({ tone, word: tone, text: tone, remedy: tone })", tone)
        assert page.evaluate(moves) == 0
        found = page.evaluate("async () => (await axe.run('.st-band')).violations.map((one) => one.id)")
        assert found == [], tone
    page.emulate_media(reduced_motion="no-preference")
    page.evaluate("() => station.feedback.say({ tone: 'wrong', word: 'Wrong lot', text: 'x' })")
    assert page.evaluate(moves) == 1
    height = page.evaluate("() => document.querySelector('.st-band-answer').getBoundingClientRect().height")
    assert height >= 56


# --- Camera ------------------------------------------------------------------------------------------

SEEN = [
    # symbol, as people write it, GS1, what the camera gives, what is understood
    ("DataMatrix", "(01)04012345123456(10)AB-1(21)S001", True,
     f"]d2{GTIN}10AB-1{GS}21S001", "elements: (01)04012345123456(10)AB-1(21)S001"),
    ("QRCode", "https://shop.example/01/04012345123456/10/AB-1?17=270331", False,
     "]Q1https://shop.example/01/04012345123456/10/AB-1?17=270331",
     "link: (01)04012345123456(10)AB-1(17)270331"),
    ("Code128", "(01)04012345123456(10)AB-1(17)270331", True,
     PALLET, "elements: (01)04012345123456(10)AB-1(17)270331"),
]  # fmt: skip


@pytest.fixture
def filmed(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any], tmp_path: Path
) -> Iterator[Browser]:
    """A browser whose camera sees three codes by turns."""
    film(
        tmp_path / "codes.y4m", [picture(written, symbol, gs1=gs1) for symbol, written, gs1, *_ in SEEN], 0.8
    )
    flags = [
        "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={tmp_path / 'codes.y4m'}",
    ]  # fmt: skip
    arguments = [*browser_type_launch_args["args"], *flags]
    browser = browser_type.launch(**{**browser_type_launch_args, "args": arguments})
    yield browser
    browser.close()


def test_the_camera_reads_codes_with_identifier_and_separator(
    filmed: Browser, scripts: dict[str, str]
) -> None:
    page = filmed.new_page()
    problems = served(page, scripts)
    page.evaluate("""async () => {
        const module = await station.camera();
        window.camera = await module.openCamera(document.querySelector("#view"), station.take);
    }""")
    page.wait_for_function("() => new Set(station.scans.map((scan) => scan.text)).size >= 3", timeout=20_000)
    page.wait_for_timeout(1500)
    seen = [scan["text"] for scan in scans(page)]
    assert set(seen) == {text for *_, text, _ in SEEN}
    assert set(told(page)) == {meaning for *_, meaning in SEEN}
    assert all(one != next_ for one, next_ in pairwise(seen)), "told twice while in view"
    lenses = page.evaluate("async () => (await camera.lenses()).length")
    light = page.evaluate("() => camera.light(true)")
    assert (lenses, light) == (1, False)
    page.evaluate("() => camera.close()")
    before = len(scans(page))
    page.wait_for_timeout(900)
    assert len(scans(page)) == before
    assert problems == []


def test_a_camera_that_is_not_allowed_is_said(page: Page) -> None:
    why = page.evaluate("""async () => {
        const module = await station.camera();
        return module.openCamera(document.querySelector("#view"), station.take).catch((error) => error.why);
    }""")
    assert why in {"denied", "missing"}
