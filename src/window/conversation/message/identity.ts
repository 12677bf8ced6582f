import { hashTexts } from "./sha256.ts";

/**
 * Identity of an entry: SHA-256 over its parent's identity (empty for the first) and its own bytes, as 64 hex
 * characters. Chaining makes a resent history recognise itself, a repeated append harmless and a fork share its past.
 */
export function chainHash(parentHash: string, json: string): string {
  return hashTexts([parentHash, "\n", json]);
}

/** Key of a content without its place: equal contents have equal keys. 128 bits of SHA-256, hex. */
export function contentKey(...pieces: readonly string[]): string {
  const texts: string[] = [];
  for (const piece of pieces) texts.push(`${piece.length}:`, piece);
  return hashTexts(texts).slice(0, 32);
}
