/** Subject and readable body of a mail. Other headers only serve to decode it. */
export interface MailText {
  readonly subject: string;
  readonly body: string;
}

/** Nested parts; deeper nesting is an attack or a loop of forwards. */
const maxDepth = 8;

interface Part {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

function splitPart(text: string): Part {
  const end = /\r?\n\r?\n/.exec(text);
  const head = end === null ? text : text.slice(0, end.index);
  const body = end === null ? "" : text.slice(end.index + end[0].length);
  const headers = new Map<string, string>();
  for (const line of head.replaceAll(/\r?\n[ \t]+/g, " ").split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon > 0 && !headers.has(line.slice(0, colon).toLowerCase())) {
      headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
    }
  }
  return { headers, body };
}

function bytesOf(binary: string): Uint8Array {
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** Decodes bytes as UTF-8 if they are declared so or valid, in their charset if known, or else as Latin-1, which never fails. */
function decodeBytes(binary: string, charset: string): string {
  const wants = charset.toLowerCase();
  try {
    if (wants === "utf-8" || wants === "utf8" || wants === "") {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytesOf(binary));
    }
    return new TextDecoder(wants).decode(bytesOf(binary));
  } catch {
    return binary;
  }
}

function fromQuotedPrintable(text: string): string {
  return text
    .replaceAll(/=\r?\n/g, "")
    .replaceAll(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function fromBase64(text: string): string {
  const clean = text.replaceAll(/[^a-z0-9+/]/gi, "");
  return atob(clean.slice(0, clean.length - (clean.length % 4 === 1 ? 1 : 0)));
}

/** Decodes the encoded words of a header (RFC 2047). */
function decodeWords(text: string): string {
  return text
    .replaceAll(/\?=\s+=\?/g, "?==?")
    .replaceAll(/=\?([^?]+)\?([bq])\?([^?]*)\?=/gi, (_, charset: string, kind: string, word: string) =>
      decodeBytes(
        kind.toLowerCase() === "b" ? fromBase64(word) : fromQuotedPrintable(word.replaceAll("_", " ")),
        charset,
      ),
    );
}

const entities: Readonly<Record<string, string>> = {
  nbsp: " ",
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** Extracts the text that a reader of HTML sees: without tags, comments, styles and scripts. */
export function readableHtml(html: string): string {
  return html
    .replaceAll(/<!--[\s\S]*?(?:-->|$)/g, "")
    .replaceAll(/<(style|script)\b[\s\S]*?(?:<\/\1\s*>|$)/gi, " ")
    .replaceAll(/<\/?(?:b|i|u|em|font|span|strong|a|big|small)\b[^>]*>/gi, "")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/&#(\d{1,7});?/g, (_, code: string) => String.fromCodePoint(Math.min(Number(code), 0x10ffff)))
    .replaceAll(/&([a-z]+);?/gi, (whole, name: string) => entities[name.toLowerCase()] ?? whole);
}

function parameter(header: string, name: string): string {
  const match = new RegExp(`${name}\\s*=\\s*(?:"([^"]*)"|([^\\s;]+))`, "i").exec(header);
  return match?.[1] ?? match?.[2] ?? "";
}

function bodyText({ headers, body }: Part, depth: number): string {
  const type = headers.get("content-type") ?? "text/plain";
  const boundary = parameter(type, "boundary");
  if (/^multipart\//i.test(type) && boundary !== "" && depth < maxDepth) {
    const parts = body.split(`--${boundary}`).slice(1);
    return parts
      .filter((part) => !part.startsWith("--"))
      .map((part) => bodyText(splitPart(part.replace(/^\s*?\r?\n/, "")), depth + 1))
      .join("\n");
  }
  if (/^message\/rfc822/i.test(type) && depth < maxDepth) return bodyText(splitPart(body), depth + 1);
  if (!/^(?:text\/|multipart\/)/i.test(type)) return "";
  const encoding = (headers.get("content-transfer-encoding") ?? "").toLowerCase();
  const binary =
    encoding === "base64"
      ? fromBase64(body)
      : encoding === "quoted-printable"
        ? fromQuotedPrintable(body)
        : body;
  const text = decodeBytes(binary, parameter(type, "charset"));
  return /html/i.test(type) || /<html|<body|<\/(?:p|td|a|font)>/i.test(text) ? readableHtml(text) : text;
}

/** Reads subject and body of a mail whose bytes are decoded as Latin-1. Returns what is readable of a damaged mail; never fails. */
export function readMail(source: string): MailText {
  const mail = splitPart(source);
  return { subject: decodeWords(mail.headers.get("subject") ?? ""), body: bodyText(mail, 0) };
}
