import * as fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBase64 } from "./decode-base64.ts";

test("decodeBase64 decodes what Buffer.from decodes, up to the limit", () => {
  const texts = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("base64")),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("base64url")),
    fc.string({ unit: fc.constantFrom(..."AZaz09+/-_= \n*é"), maxLength: 30 }),
  );
  fc.assert(
    fc.property(texts, fc.nat(60), (text, maxBytes) => {
      const whole = Buffer.from(text, "base64");
      expect([...decodeBase64(text, maxBytes)]).toEqual([...whole.subarray(0, maxBytes)]);
    }),
    { seed: 5, numRuns: 2000 },
  );
});
