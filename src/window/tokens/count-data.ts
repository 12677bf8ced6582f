import { readEmbeddedData } from "../conversation/media/embedded-data.ts";
import type { Format } from "../conversation/message/message.ts";
import type { TokenCounter } from "./counter.ts";
import { countFileTokens } from "./file-tokens.ts";
import { countImageTokens } from "./image-tokens.ts";

/** Shorter strings hold no file. */
const minDataLength = 64;

/** Returns the index of the quote that ends the string that starts at `start`. */
function findStringEnd(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); end !== -1; end = json.indexOf('"', end + 1)) {
    let escapes = 0;
    while (json[end - 1 - escapes] === "\\") escapes++;
    if (escapes % 2 === 0) return end;
  }
  return json.length;
}

/** Yields the range of each string of a JSON text that is long enough to hold a file. */
function* listLongStrings(json: string): Generator<{ readonly start: number; readonly end: number }> {
  let at = 0;
  for (;;) {
    const start = json.indexOf('"', at);
    if (start === -1) return;
    const end = findStringEnd(json, start);
    if (end - start > minDataLength) yield { start: start + 1, end };
    at = end + 1;
  }
}

/**
 * Counts the JSON text of a block of an unknown type, or of an unknown field. A string that holds a picture, a PDF or a sound
 * counts as that, as a provider that knows the block counts it; other data counts as the text that is sent. Linear in the
 * length.
 */
export function countDataText(json: string, counter: TokenCounter, format: Format): number {
  let tokens = 0;
  let from = 0;
  const texts: string[] = [];
  for (const { start, end } of listLongStrings(json)) {
    const facts = readEmbeddedData(json.slice(start, end));
    if (facts === undefined) continue;
    tokens +=
      facts.kind === "image"
        ? countImageTokens(facts.image, counter.model, format)
        : countFileTokens(facts.file, counter.model, format);
    texts.push(json.slice(from, start));
    from = end;
  }
  const rest = from === 0 ? json : texts.join("") + json.slice(from);
  return tokens + (rest === "" ? 0 : counter.count(rest));
}
