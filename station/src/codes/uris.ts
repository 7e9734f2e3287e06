/** URI syntax by RFC 3986; as `standards/uri.py`. */

const ESCAPE = "%[0-9A-Fa-f]{2}";
const NAME = String.raw`A-Za-z0-9._~!$&'()*+,;=\-`;
const SEGMENT = `(?:[${NAME}:@]|${ESCAPE})`;
const URI = new RegExp(
  "^(?<scheme>[A-Za-z][A-Za-z0-9+.-]*):" +
    `(?://(?<authority>(?:(?:[${NAME}:]|${ESCAPE})*@)?` +
    String.raw`(?<host>\[(?<literal>[^\[\]]*)\]|(?:[${NAME}]|${ESCAPE})*)` +
    "(?::[0-9]*)?)(?=[/?#]|$)|(?!//))" +
    `(?<path>(?:${SEGMENT}|/)*)` +
    String.raw`(?:\?(?<query>(?:${SEGMENT}|[/?])*))?` +
    `(?:#(?:${SEGMENT}|[/?])*)?$`,
);
const FUTURE_ADDRESS = new RegExp(String.raw`^v[0-9A-Fa-f]+\.[${NAME}:]+$`);

export interface Uri {
  readonly scheme: string;
  readonly authority: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
}

function isAddressLiteral(text: string): boolean {
  if (FUTURE_ADDRESS.test(text)) return true;
  return /^[0-9A-Fa-f:.]+$/.test(text) && URL.canParse(`http://[${text}]/`);
}

/** Splits an absolute URI, still escaped; null when `text` is none. */
export function parseUri(text: string): Uri | null {
  const groups = URI.exec(text)?.groups;
  if (groups === undefined) return null;
  const { scheme = "", authority = "", host = "", literal, path = "", query = "" } = groups;
  if (literal !== undefined && !isAddressLiteral(literal)) return null;
  return { scheme, authority, host, path, query };
}

/** Undoes %-escapes; null when they do not spell UTF-8. A % without two digits behind it stays. */
export function decode(text: string): string | null {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text.replace(/%(?![0-9A-Fa-f]{2})/g, "%25"));
  } catch {
    return null;
  }
}
