import { decodeBase64 } from "./decode-base64.ts";

/** Bytes searched for pages: a larger file is scaled by the part that was searched. */
const maxSearchedBytes = 8 * 1024 * 1024;
/** Bytes of an average page in a PDF that compresses its objects: used if no page is readable. */
const bytesPerPage = 50_000;
/** Pages that a provider accepts in one request (Anthropic 600, Gemini 1,000): a larger count is a false one. */
const maxPages = 10_000;

/** Decodes bytes as Latin-1 in pieces, so that no call has too many arguments. */
function decodeLatin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

/**
 * Returns the number of pages of a PDF from its base64 text: the largest `/Count` of its page trees, else its `/Type /Page`
 * objects (ISO 32000-1, 7.7.3), else, if both are inside compressed streams, an estimate by size. Never throws; linear in the
 * size.
 */
export function readPdfPages(base64: string): number {
  const bytes = decodeBase64(base64, maxSearchedBytes);
  const text = decodeLatin1(bytes);
  const sizeBytes = (base64.length * 3) / 4;
  let pages = 0;
  let largest = 0;
  for (const found of text.matchAll(/\/Type\s{0,4}\/Page(?![a-zA-Z])/g)) if (found.index >= 0) pages++;
  for (const found of text.matchAll(/\/Count\s{1,4}(\d{1,6})/g))
    largest = Math.max(largest, Number(found[1]));
  const scale = Math.max(1, sizeBytes / maxSearchedBytes);
  const tree = /\/Type\s{0,4}\/Pages/.test(text) && largest <= maxPages ? largest : 0;
  const counted = Math.max(Math.round(pages * scale), tree);
  return Math.min(maxPages, counted > 0 ? counted : Math.max(1, Math.ceil(sizeBytes / bytesPerPage)));
}
