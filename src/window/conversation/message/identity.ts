import { hashTexts } from "./sha256.ts";

/**
 * Version of the rules that make an entry's key. The entries of a thread of another version get their keys again when it is opened;
 * the keys by which a store finds an answer without its thread, in the upgrade step that changes the rules.
 */
export const keyVersion = 1;

/**
 * Returns an entry's chain: SHA-256 over its parent's chain (empty for the first entry) and its own key, as 64 hex characters. It
 * identifies a place in a history, makes a repeated append harmless, and lets a fork share its past.
 */
export function chainKey(parentChain: string, key: string): string {
  return hashTexts([parentChain, "\n", key]);
}

/** Returns the key of a content, whatever its place: equal contents have equal keys. 128 bits of SHA-256, as hex. */
export function contentKey(...pieces: readonly string[]): string {
  const texts: string[] = [];
  for (const piece of pieces) texts.push(`${piece.length}:`, piece);
  return hashTexts(texts).slice(0, 32);
}
