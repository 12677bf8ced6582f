import { expect, test } from "vitest";
import { serializeValue } from "./serialize-value.ts";

test("serializeValue writes bytes of every kind as base64, and everything else as JSON.stringify", () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
  const base64 = Buffer.from(bytes).toString("base64");
  const holders = [bytes, Buffer.from(bytes)];
  for (const data of holders)
    expect(serializeValue({ image: { format: "png", source: { bytes: data } } })).toBe(
      `{"image":{"format":"png","source":{"bytes":"${base64}"}}}`,
    );
  expect(serializeValue({ a: new Uint8Array([1]), b: bytes.buffer })).toBe(`{"a":"AQ==","b":"${base64}"}`);
  expect(serializeValue({ type: "Buffer", list: [{ "0": 1 }], at: new Date(0) })).toBe(
    '{"type":"Buffer","list":[{"0":1}],"at":"1970-01-01T00:00:00.000Z"}',
  );
  expect(serializeValue(undefined)).toBeUndefined();
});
