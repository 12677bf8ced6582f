import { hashTexts } from "./sha256.ts";

/**
 * Returns an entry's identity: SHA-256 over its parent's identity (empty for the first entry) and its own bytes, as 64 hex
 * characters. Chaining identifies a history that is sent again, makes a repeated append harmless, and lets a fork share its
 * past.
 */
export function chainHash(parentHash: string, json: string): string {
  return hashTexts([parentHash, "\n", json]);
}

/** Returns the key of a content, whatever its place: equal contents have equal keys. 128 bits of SHA-256, as hex. */
export function contentKey(...pieces: readonly string[]): string {
  const texts: string[] = [];
  for (const piece of pieces) texts.push(`${piece.length}:`, piece);
  return hashTexts(texts).slice(0, 32);
}
