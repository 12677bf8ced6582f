const quote = 0x22;
const backslash = 0x5c;
const maxControl = 0x1f;

/** Returns the character of an escape that JSON does not require, or undefined for one that must stay. */
function decodeEscape(json: string, at: number): string | undefined {
  if (json[at + 1] === "/") return "/";
  if (json[at + 1] !== "u") return undefined;
  const code = Number.parseInt(json.slice(at + 2, at + 6), 16);
  return code > maxControl && code !== quote && code !== backslash ? String.fromCharCode(code) : undefined;
}

/** Returns the index after the string that starts at `start`, and pushes the string with its escapes decoded. */
function pushString(json: string, start: number, pieces: string[]): number {
  let from = start;
  let at = start + 1;
  while (at < json.length) {
    const code = json.charCodeAt(at);
    if (code === quote) {
      at++;
      break;
    }
    if (code !== backslash) {
      at++;
      continue;
    }
    const decoded = decodeEscape(json, at);
    const length = json[at + 1] === "u" ? 6 : 2;
    if (decoded !== undefined) {
      pieces.push(json.slice(from, at), decoded);
      from = at + length;
    }
    at += length;
  }
  pieces.push(json.slice(from, at));
  return at;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/**
 * Returns valid JSON text without the blanks between its values and without escapes that JSON does not require: what a
 * provider shows the model of a value that it received as JSON. Writers differ in both, and neither reaches the model: escaped
 * Chinese is six characters for one, an indented body is twice as long. Numbers keep their digits. Linear in the length.
 */
export function compactJson(json: string): string {
  if (!/[\s\\]/.test(json)) return json;
  const pieces: string[] = [];
  let from = 0;
  let at = 0;
  while (at < json.length) {
    const code = json.charCodeAt(at);
    if (code === quote) {
      pieces.push(json.slice(from, at));
      at = pushString(json, at, pieces);
      from = at;
    } else if (isBlank(code)) {
      pieces.push(json.slice(from, at));
      while (at < json.length && isBlank(json.charCodeAt(at))) at++;
      from = at;
    } else at++;
  }
  pieces.push(json.slice(from));
  return pieces.join("").toWellFormed();
}
