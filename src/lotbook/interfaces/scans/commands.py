"""``lotbook decode``: what a barcode, an element string or a Digital Link means; ``lotbook epc``: RFID tags.

They open no book and need no Django, so they start at once and may be fed line by line.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from typing import IO, Any

from lotbook.interfaces.scans import tagging
from lotbook.standards.gs1.digitallink import read_link
from lotbook.standards.gs1.elements import read_bracketed, read_element_string
from lotbook.standards.gs1.errors import Gs1Error, refused
from lotbook.standards.gs1.identifiers import AIS
from lotbook.standards.gs1.message import Message, Rules
from lotbook.standards.gs1.symbols import read_symbol
from lotbook.standards.scans import Ambiguous, understand

#: Written for people in place of the separator, which they cannot type.
_TYPED_SEPARATORS = ("\\x1d", "{GS}", "<GS>", "\u241d")
_TAG_FORMS = {"urn:epc:tag:": "tag", "urn:epc:id:": "pure", "http": "digital_link"}
_SWITCHES = ("associations", "unknown_ais", "aliases", "zero_suppressed")


def _scan(text: str, rules: Rules) -> tuple[Message | None, str]:
    scan = read_symbol(text, rules)
    return scan.message, scan.notation


def _plain(read: Callable[[str, Rules], Message]) -> Callable[[str, Rules], tuple[Message | None, str]]:
    return lambda text, rules: (read(text, rules), text)


_READERS: dict[str, Callable[[str, Rules], tuple[Message | None, str]]] = {
    "scan": _scan,
    "element_string": _plain(read_element_string),
    "bracketed": _plain(read_bracketed),
    "digital_link": _plain(read_link),
}


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``decode`` and ``epc``."""
    parser = commands.add_parser(
        "decode",
        help="say what a barcode, element string or Digital Link means",
        description="Read a scan (with its symbology identifier in front, such as ]C1), an element string (^"
        " stands for FNC1), the form in brackets, or a GS1 Digital Link, and check all of it by the GS1"
        " standards. With --jsonl: requests as JSON on stdin, an answer on stdout for each line. Exit code 1"
        " when TEXT is refused.",
    )
    parser.add_argument("text", nargs="?", metavar="TEXT", help="what to read; {GS} stands for the separator")
    parser.add_argument(
        "--as", dest="form", choices=sorted(_READERS), help="the form (default: by its looks)"
    )
    parser.add_argument("--alone", action="store_true", help="do not ask for elements that belong together")
    parser.add_argument(
        "--unknown-ais", action="store_true", help="accept codes that the table does not have"
    )
    parser.add_argument("--aliases", action="store_true", help="accept words such as /gtin/ in Digital Links")
    parser.add_argument("--zero-suppressed", action="store_true", help="accept short GTINs in Digital Links")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.add_argument("--jsonl", action="store_true", help="read requests and write answers, line by line")
    parser.set_defaults(run=run)
    tag = commands.add_parser(
        "epc",
        help="read and write RFID tags: EPC in hexadecimal digits, URIs, Digital Links",
        description="Read what an RFID tag holds (hexadecimal digits) or a tag URI (urn:epc:tag:…), or make"
        " a tag from a pure identity (urn:epc:id:…) or a GS1 Digital Link and the name of a scheme."
        " With --jsonl: requests as JSON on stdin, an answer on stdout for each line."
        " Exit code 1 when TEXT is refused.",
    )
    tag.add_argument("text", nargs="?", metavar="TEXT", help="hexadecimal digits, URN or link")
    tag.add_argument("--scheme", help="make a tag of this scheme, such as SGTIN-96 or SGTIN+")
    tag.add_argument("--filter", type=int, help="its filter value (default: 0)")
    tag.add_argument("--gcp-length", type=int, help="digits of the company prefix, for schemes that show it")
    tag.add_argument("--json", action="store_true", help="print the answer as JSON")
    tag.add_argument("--jsonl", action="store_true", help="read requests and write answers, line by line")
    tag.set_defaults(run=run_epc)


def run_epc(options: argparse.Namespace) -> int:
    """Answer one tag, or every line of stdin; 0 when understood, 1 when refused, 2 for no text."""
    if options.jsonl:
        serve(sys.stdin.buffer, sys.stdout, tagging.answer, tagging.refusal)
        return 0
    if options.text is None:
        print("lotbook epc: TEXT or --jsonl is needed.", file=sys.stderr)
        return 2
    form = next((form for begin, form in _TAG_FORMS.items() if options.text.lower().startswith(begin)), "hex")
    answer = tagging.answer({
        form: options.text, "scheme": options.scheme, "filter": options.filter, "gcp_len": options.gcp_length
    })  # fmt: skip
    if options.json:
        print(json.dumps(answer, ensure_ascii=False, indent=2))
    elif answer["ok"]:
        for name in ("scheme", "filter", *tagging.FORMS[1:-1]):
            if answer[name] is not None:
                print(f"{name.replace('_', ' '):<15} {answer[name]}")
    else:
        print(f"lotbook: {answer['error']['message']}", file=sys.stderr)
    return 0 if answer["ok"] else 1


def run(options: argparse.Namespace) -> int:
    """Answer one text, or every line of stdin; 0 when understood, 1 when refused, 2 for no text."""
    if options.jsonl:
        serve(sys.stdin.buffer, sys.stdout, decode, _refusal)
        return 0
    if options.text is None:
        print("lotbook decode: TEXT or --jsonl is needed.", file=sys.stderr)
        return 2
    text = options.text
    for typed in _TYPED_SEPARATORS:
        text = text.replace(typed, "\x1d")
    request = {name: getattr(options, name) for name in _SWITCHES if name != "associations"}
    form = options.form or looks_like(text)
    if options.form is None and form == "scan" and not text.startswith("]"):
        answer = _understood(text)
    else:
        answer = decode({"in": text, "as": form, "associations": not options.alone} | request)
    if options.json:
        print(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        _tell(answer)
    return 0 if answer["ok"] else 1


def serve(
    requests: Iterable[bytes],
    answers: IO[str],
    answer: Callable[[object], dict[str, Any]],
    refusal: Callable[[str, str, str, str], dict[str, Any]],
) -> None:
    """Answer every line, blank ones too; one that is no request gets an answer that says so."""
    for line in requests:
        try:
            told = answer(json.loads(line))
        except (ValueError, RecursionError):
            told = refusal("bad_request", "a request", "a JSON object", repr(line[:60]))
        except Exception as problem:  # noqa: BLE001 # a fault of ours must not take the lines behind it along
            told = refusal("internal_error", "an answer", "one", repr(problem)[:60])
        # ASCII only: the answer survives whatever encoding the other end of the pipe has.
        answers.write(json.dumps(told) + "\n")
        answers.flush()


def decode(request: object) -> dict[str, Any]:
    """Answer one request: {"in": text, "as": form} and the switches; see docs/scans.md."""
    if not isinstance(request, dict) or not isinstance(request.get("in"), str):
        return _refusal("bad_request", "a request", '{"in": text, "as": form}', repr(request)[:60])
    form = request.get("as", "scan")
    reader = _READERS.get(form) if isinstance(form, str) else None
    if reader is None:
        return _refusal("bad_request", "a request", '"as": ' + " or ".join(_READERS), repr(form)[:60])
    switches = {name: request[name] for name in _SWITCHES if request.get(name) is not None}
    odd = next((name for name, value in switches.items() if not isinstance(value, bool)), None)
    if odd is not None:
        return _refusal("bad_request", "a request", f'"{odd}": true or false', repr(switches[odd])[:60])
    try:
        return _told(*reader(request["in"], Rules(**switches)))
    except Gs1Error as error:
        return _refused(error)


def _understood(text: str) -> dict[str, Any]:
    """Answer a text without symbology identifier, as the scan station would take it."""
    try:
        scan = understand(text)
    except Gs1Error as error:
        return _refused(error)
    if isinstance(scan, Ambiguous):
        ways = " or ".join(reading.bracketed for reading in scan.readings)
        return _refusal("ambiguous", "a scan", "one reading (was a separator lost?)", ways)
    return _told(scan.message, scan.text)


def _told(message: Message | None, data: str) -> dict[str, Any]:
    return {
        "ok": True,
        "elements": [list(element) for element in message.elements] if message else [],
        "element_string": message.element_string() if message else None,
        "digital_link": message.digital_link() if message else None,
        "data": data,
        "error": None,
    }


def _refusal(code: str, what: str, expected: str, got: str) -> dict[str, Any]:
    return _refused(refused(what, code, expected, got))


def _refused(error: Gs1Error) -> dict[str, Any]:
    told = {"code": error.code, "message": str(error), "expected": error.expected, "got": error.got}
    return {
        "ok": False,
        "elements": [],
        "element_string": None,
        "digital_link": None,
        "data": None,
        "error": told,
    }


def looks_like(text: str) -> str:
    """Tell the form of a text that a person gave, by how it begins."""
    if text[:8].lower().startswith(("http://", "https://")):
        return "digital_link"
    beginnings = {"(": "bracketed", "^": "element_string"}
    return beginnings.get(text[:1], "scan")


def _tell(answer: dict[str, Any]) -> None:
    if not answer["ok"]:
        print(f"lotbook: {answer['error']['message']} ({answer['error']['code']})", file=sys.stderr)
        return
    for code, value in answer["elements"]:
        title = AIS[code].title if code in AIS else ""
        print(f"({code:<4}) {title:<24} {value}".rstrip())
    if not answer["elements"]:
        print(f"plain text: {answer['data']}")
    for name in ("element_string", "digital_link"):
        if answer[name]:
            print(f"{name.replace('_', ' '):<31} {answer[name]}")
