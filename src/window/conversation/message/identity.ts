import { createHash } from "node:crypto";

/**
 * Identity of an entry: SHA-256 over its parent's identity (empty for the first) and its own bytes, as 64 hex
 * characters. Chaining makes a resent history recognise itself, a repeated append harmless and a fork share its past.
 */
export function chainHash(parentHash: string, json: string): string {
  return createHash("sha256").update(parentHash).update("\n").update(json, "utf8").digest("hex");
}

/** Key of a content without its place: equal contents have equal keys. 128 bits of SHA-256, hex. */
export function contentKey(...pieces: readonly string[]): string {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(`${piece.length}:`).update(piece, "utf8");
  return hash.digest("hex").slice(0, 32);
}
