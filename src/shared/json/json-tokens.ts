const backslash = 0x5c;
const quote = 0x22;
const space = 0x20;
/** Whitespace characters that are passed one by one before the platform's search takes over. */
const shortGap = 16;
const notBlank = /[^ \n\r\t]/g;

/**
 * Returns the offset of the first character at or after `index` that is not JSON whitespace; the text's length if there is
 * none. Headers may be padded by megabytes, which the platform's search passes many times as fast as a loop.
 */
export function skipBlanks(json: string, index: number): number {
  const end = index + shortGap;
  for (let at = index; at < end; at++) {
    const code = json.charCodeAt(at);
    if (code > space) return at;
    // NaN, past the end of the text, is not a blank either.
    if (code !== space && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
  }
  notBlank.lastIndex = end;
  return notBlank.exec(json)?.index ?? json.length;
}

/** Returns the offset after the closing quote of the string that starts at `start`; -1 if it is not closed. */
export function skipString(json: string, start: number): number {
  // The platform's own search is many times as fast as a loop over characters.
  let end = json.indexOf('"', start + 1);
  while (end !== -1) {
    let before = end - 1;
    while (json.charCodeAt(before) === backslash) before--;
    // An even number of backslashes escapes only each other, so the quote ends the string.
    if ((end - before) % 2 === 1) return end + 1;
    end = json.indexOf('"', end + 1);
  }
  return -1;
}

/**
 * Decodes the key whose JSON string is `json` from `start` to `end`, quotes included. Returns a key with a broken escape as
 * written.
 */
export function decodeKey(json: string, start: number, end: number): string {
  const raw = json.slice(start + 1, json.charCodeAt(end - 1) === quote ? end - 1 : end);
  if (!raw.includes("\\")) return raw;
  try {
    return String(JSON.parse(json.slice(start, end)));
  } catch {
    return raw;
  }
}
