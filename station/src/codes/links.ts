/** GS1 Digital Link URIs, uncompressed; as `read_link` in `gs1/digitallink.py`. */
import { isDigits } from "./checks.ts";
import { type Refused, refused, shown } from "./faults.ts";
import { AIS, identifier, verify } from "./identifiers.ts";
import { limited } from "./strings.ts";
import { ALIASES } from "./table.ts";
import type { Element, Elements } from "./types.ts";
import { decode, parseUri } from "./uris.ts";

const WHAT = "a Digital Link";
const AUTHORITY = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?$/;

/** Reads a link on any domain, with any path in front; short GTINs are filled with zeros. */
export function readLink(text: string): Elements {
  const { path, query } = cut(text);
  const elements: Element[] = path.map(([code, value]) => [code, plain(value)]);
  // In a query + is a blank to most who read it, and no value has blanks: a + of the value comes as %2B.
  for (const [code, value] of query) elements.push([code, plain(value.replaceAll("+", " "))]);
  const filled = elements.map(([code, value]): Element => [code, code === "01" ? fill(value) : value]);
  const key = filled[0]![0];
  const followers = new Set(AIS.get(key)?.paths?.flat());
  const seen = new Set<string>();
  filled.forEach(([code, value], number) => {
    if (seen.has(code)) throw refused(WHAT, "repeated", `(${code}) once`, "it twice");
    seen.add(code);
    verify(identifier(code), value);
    if (number >= path.length && (followers.has(code) || !identifier(code).attribute)) {
      const expected = followers.has(code) ? `(${code}) behind (${key}) in the path` : "a code for links";
      throw refused(WHAT, "not_an_attribute", expected, `(${code}) in the query`);
    }
  });
  limited(filled);
  return filled;
}

function fill(value: string): string {
  return [8, 12, 13].includes(value.length) && isDigits(value) ? value.padStart(14, "0") : value;
}

function cut(text: string): { path: Element[]; query: Element[] } {
  const uri = parseUri(text);
  if (uri === null) throw refused("a URI", "not_a_uri", "scheme:… in the characters of RFC 3986", shown(text));
  if (!/^https?$/i.test(uri.scheme) || !uri.host) {
    throw refused(WHAT, "not_a_web_address", "http(s)://host/…", shown(text));
  }
  if (!AUTHORITY.test(uri.authority)) {
    throw refused(WHAT, "illegal_host", "a host name or number, and perhaps a port", shown(uri.authority));
  }
  const segments = uri.path.split("/").slice(1);
  const start = startOfKey(segments);
  if (start === null) throw whyNoKey(segments, text);
  const path: Element[] = [];
  for (let at = start; at < segments.length; at += 2) path.push([segments[at]!, segments[at + 1]!]);
  return { path, query: attributes(uri.query) };
}

/** The rightmost key whose followers are all its qualifiers, in their order, counted by twos from the end. */
function startOfKey(segments: readonly string[]): number | null {
  for (let start = segments.length - 2; start >= 0; start -= 2) {
    const paths = AIS.get(segments[start]!)?.paths;
    const behind = segments.slice(start + 1);
    if (!paths || behind.some((value, at) => at % 2 === 0 && !value)) continue;
    const followers = behind.filter((_, at) => at % 2 === 1);
    if (paths.some((path) => inOrder(followers, path))) return start;
  }
  return null;
}

function inOrder(codes: readonly string[], allowed: readonly string[]): boolean {
  let at = -1;
  return codes.every((code) => (at = allowed.indexOf(code, at + 1)) >= 0);
}

function whyNoKey(segments: readonly string[], text: string): Refused {
  const places = segments.filter((_, at) => (segments.length - at) % 2 === 0).toReversed();
  const word = places.find((place) => Object.hasOwn(ALIASES, place));
  if (word !== undefined) {
    return refused(WHAT, "alias_refused", `the code ${ALIASES[word]} (or the switch that accepts words)`, shown(word));
  }
  const key = places.find((place) => AIS.get(place)?.paths);
  if (key === undefined) return refused(WHAT, "no_key", "a GS1 key and its value in the path", shown(text));
  const ways = (AIS.get(key)?.paths ?? []).filter((path) => path.length > 0);
  const only = ways.map((path) => path.map((code) => `(${code})`).join(" ")).join(" or ");
  const behind = only ? `only ${only}, in this order` : "no code";
  return refused(WHAT, "bad_path", `values for all, and behind (${key}) ${behind}`, shown(text));
}

/** Only all-digit names are GS1 codes, others (linkType, lang, …) are none of ours. */
function attributes(query: string): Element[] {
  const found: Element[] = [];
  for (const pair of query.replaceAll(";", "&").split("&")) {
    const equals = pair.indexOf("=");
    if (equals >= 0 && isDigits(pair.slice(0, equals))) found.push([pair.slice(0, equals), pair.slice(equals + 1)]);
  }
  return found;
}

function plain(escaped: string): string {
  const text = decode(escaped);
  if (text === null) throw refused("an escape", "bad_escape", "UTF-8 behind the % signs", shown(escaped));
  return text;
}
