import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

/**
 * Hashes texts as if they were one, as UTF-8; returns 64 hex characters. Half a surrogate pair is hashed as U+FFFD; a pair must
 * not be split between two texts.
 */
export type HashTexts = (texts: readonly string[]) => string;

/**
 * Characters up to which one call is faster than a hash object: 0.56 of the time at 60 characters, 0.9 at 2,000, 1.4 at 100,000.
 */
const maxOneCall = 5_000;
const encoder = new TextEncoder();

/** SHA-256 in JavaScript, for browsers and edge runtimes: the platform's own there can only be awaited. */
export const hashWithoutNode: HashTexts = (texts) => {
  const hash = sha256.create();
  for (const text of texts) hash.update(encoder.encode(text));
  return bytesToHex(hash.digest());
};

/**
 * Returns SHA-256 by `node:crypto`; undefined where the runtime does not have it. It is not imported, so that bundlers for the
 * browser accept it.
 */
export function nodeHash(): HashTexts | undefined {
  const node = globalThis.process as typeof globalThis.process | undefined;
  if (typeof node?.getBuiltinModule !== "function") return undefined;
  const crypto = node.getBuiltinModule("node:crypto");
  if (typeof crypto?.hash !== "function") return undefined;
  const { createHash, hash } = crypto;
  return (texts) => {
    let length = 0;
    for (const text of texts) length += text.length;
    if (length <= maxOneCall) return hash("sha256", texts.join(""), "hex");
    const long = createHash("sha256");
    for (const text of texts) long.update(text, "utf8");
    return long.digest("hex");
  };
}

/** SHA-256 of texts by the fastest implementation of the runtime: Node's is 7 to 20 times as fast as JavaScript. */
export const hashTexts: HashTexts = nodeHash() ?? hashWithoutNode;
