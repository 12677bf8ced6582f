import { describe, expect, test } from "vitest";
import { decodeInput } from "./decode-input.ts";

describe("decodeInput", () => {
  test("returns the same text from a string and from bytes, without a byte order mark", () => {
    const text = '["日本語 é \u{1F600}"]';
    expect(decodeInput(new TextEncoder().encode(text))).toBe(text);
    expect(decodeInput(`\uFEFF${text}`)).toBe(text);
    expect(decodeInput(new TextEncoder().encode(`\uFEFF${text}`))).toBe(text);
  });

  test.each([
    [[0x5b, 0xff, 0x5d], "0xff at byte 1"],
    [[0x22, 0xc3], "0xc3 at byte 1"],
    [[0x22, 0xc3, 0xa9, 0xc0, 0xaf], "0xc0 at byte 3"],
    [[0xed, 0xa0, 0x80], "0xed at byte 0"],
    [[0x20, 0xf4, 0x90, 0x80, 0x80], "0xf4 at byte 1"],
    [[0x20, 0xe2, 0x82], "0xe2 at byte 1"],
    [[0xff, 0xfe, 0x5b, 0x00], "0xff at byte 0"],
  ])("refuses bytes that are not UTF-8: %j", (bytes, message) => {
    expect(() => decodeInput(new Uint8Array(bytes))).toThrow(message);
  });

  test("finds the first bad byte after well-formed text", () => {
    const good = new TextEncoder().encode("aé日\u{1F600}".repeat(1000));
    const bytes = new Uint8Array([...good, 0x80, 0x41]);
    expect(() => decodeInput(bytes)).toThrow(`0x80 at byte ${good.length}`);
  });

  test("refuses an unpaired surrogate and names its place", () => {
    expect(() => decodeInput('[\n"a\uD800b"]')).toThrow(/U\+D800 at line 2, column 3/);
    expect(() => decodeInput('"\uDC00\uD800"')).toThrow(/U\+DC00 at line 1, column 2/);
    expect(decodeInput('"\\ud800"')).toBe('"\\ud800"');
  });

  test.each(["", " \r\n\t", "\uFEFF"])("refuses %j as empty", (text) => {
    expect(() => decodeInput(text)).toThrow(/input is empty/);
  });
});
