import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { chainKey, contentKey } from "./identity.ts";
import { hashTexts, hashWithoutNode, nodeHash } from "./sha256.ts";

/** Texts of every kind: binary code units (half surrogate pairs too), other scripts, empty, longer than a block of 64 bytes. */
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({
    unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    maxLength: 150,
  }),
  fc.string({ unit: "grapheme", maxLength: 100 }),
  fc.nat(300).map((length) => "a".repeat(length)),
);

test("hashWithoutNode equals node:crypto for 5,000 random lists of texts", () => {
  const hash = nodeHash();
  expect(hash).toBeTypeOf("function");
  fc.assert(
    fc.property(fc.array(anyText, { maxLength: 5 }), (pieces) => {
      // As in a key: what is between two pieces is never half a surrogate pair.
      const texts = pieces.flatMap((piece) => [`${piece.length}:`, piece]);
      expect(hashWithoutNode(texts)).toBe(hash?.(texts));
      expect(hashWithoutNode(texts)).toBe(createHash("sha256").update(texts.join(""), "utf8").digest("hex"));
    }),
    { seed: 3, numRuns: 5000 },
  );
});

test("hashWithoutNode equals node:crypto around the size of a block and for a megabyte", () => {
  for (const length of [0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 1_000_000]) {
    const text = "é".repeat(length >> 1) + "x".repeat(length & 1);
    expect(hashWithoutNode([text])).toBe(createHash("sha256").update(text).digest("hex"));
  }
});

test("hashTexts uses node:crypto in Node", () => {
  expect(hashTexts).not.toBe(hashWithoutNode);
});

test("chainKey hashes the parent, a line break and the bytes; contentKey separates its pieces", () => {
  // FIPS 180-2, B.1: the digest of "abc".
  expect(hashWithoutNode(["a", "bc"])).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  expect(chainKey("p", "{}")).toBe(createHash("sha256").update("p\n{}").digest("hex"));
  expect(contentKey("ab", "c")).toBe(createHash("sha256").update("2:ab1:c").digest("hex").slice(0, 32));
  expect(contentKey("ab", "c")).not.toBe(contentKey("a", "bc"));
});
