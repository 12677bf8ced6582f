import * as fc from "fast-check";
import { createTar } from "nanotar";
import { describe, expect, test } from "vitest";
import { tarEnd, tarEntry, tarHeader } from "./tar.fixture.ts";
import { readTar } from "./tar-stream.ts";

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function readAll(bytes: Uint8Array, chunk = 700, maxBytes = 1e6): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for await (const piece of readTar(inChunks(bytes, chunk), "t.tgz", maxBytes)) {
    const before = files.get(piece.path) ?? "";
    expect(piece.start).toBe(before.length);
    files.set(piece.path, before + Buffer.from(piece.bytes).toString("latin1"));
  }
  return files;
}

const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

describe("readTar", () => {
  test("reads what another writer wrote, in chunks of any size", async () => {
    const file = fc.record({
      name: fc.stringMatching(/^[a-z/]{1,90}$/),
      data: fc.string({ unit: "grapheme-ascii", maxLength: 1500 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(file, { selector: (each) => each.name, maxLength: 5 }),
        fc.integer({ min: 1, max: 3000 }),
        async (items, chunk) => {
          const read = await readAll(createTar(items), chunk);
          expect(read).toEqual(new Map(items.map(({ name, data }) => [name, data])));
        },
      ),
      { numRuns: 50 },
    );
  });
  test("takes long names from their own records, and skips folders and links", async () => {
    const long = `package/${"d/".repeat(90)}a.txt`;
    const record = ` path=${long}\n`;
    const digits = String(record.length + 3);
    const bytes = join(
      tarEntry("pax", `${digits}${record}`, "x"),
      tarEntry("short", "alpha"),
      tarEntry("@LongLink", `${long}2\0`, "L"),
      tarEntry("short", "beta"),
      tarHeader({ path: "b.txt", size: 0, prefix: "package/data" }),
      // The record's size overrides the header's.
      tarEntry("pax", "9 size=3\n", "x"),
      tarHeader({ path: "sized", size: 0 }),
      tarEntry("x", "").fill(0).fill(122, 0, 3),
      tarEntry("folder/", "", "5"),
      tarEntry("link", "", "2"),
      tarEntry("hard", "", "1"),
      tarEntry("global", "12 a=bcdefg\n", "g"),
      tarEntry("last", ""),
      tarEnd,
    );
    expect(await readAll(bytes)).toEqual(
      new Map([
        [long, "alpha"],
        [`${long}2`, "beta"],
        ["package/data/b.txt", ""],
        ["sized", "zzz"],
        ["last", ""],
      ]),
    );
  });
  test.each([
    ["a cut header", tarEntry("a", "alpha").subarray(0, 300), /t.tgz, unpacked byte 300: ends in the middle/],
    [
      "a cut file",
      tarEntry("a", "alpha").subarray(0, 514),
      /unpacked byte 514: ends in the middle of a file/,
    ],
    ["a cut filling", tarEntry("a", "alpha").subarray(0, 1000), /unpacked byte 1000: ends in the middle/],
    [
      "a checksum that is wrong",
      tarHeader({ path: "a", size: 0, checksum: "000001\0 " }),
      /unpacked byte 512: got a header whose checksum is wrong/,
    ],
    [
      "a size that is negative",
      tarHeader({ path: "a", size: 0, sizeField: "-0000000001\0" }),
      /got a size that is not octal/,
    ],
    [
      "a size in another base",
      tarHeader({ path: "a", size: 0, sizeField: "\u0001zzzzzzz" }),
      /got a size that is not octal/,
    ],
    [
      "attributes without end",
      tarHeader({ path: "a", size: 8_000_000_000, type: "x" }),
      /got attributes of 8000000000 bytes, allowed: up to 65536/,
    ],
    ["a broken attribute", join(tarEntry("a", "99 path=x\n", "x"), tarEnd), /damaged record of attributes/],
    ["an endless attribute", join(tarEntry("a", "0 path=x\n", "x"), tarEnd), /damaged record of attributes/],
    ["a size of words", join(tarEntry("a", "10 size=x\n", "x"), tarEnd), /a size that is not a number/],
    [
      "more than is allowed",
      join(tarEntry("a", "x".repeat(9000)), tarEnd),
      /got more than 5000 unpacked bytes, allowed: up to 5000/,
    ],
  ])("refuses %s", async (_, bytes, message) => {
    await expect(readAll(bytes, 700, 5000)).rejects.toThrow(message);
  });
  test("reads any bytes as files, or names the byte that is wrong", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), fc.nat(2100), async (noise, at) => {
        const bytes = join(tarEntry("a", "alpha"), tarEntry("pax", "11 path=bc\n", "x"), tarEntry("b", "b"));
        bytes.set(noise.subarray(0, bytes.length - Math.min(at, bytes.length)), Math.min(at, bytes.length));
        await readAll(join(bytes, tarEnd)).catch((error: Error) => {
          expect(error.message).toMatch(/^t\.tgz, unpacked byte \d+: /);
        });
      }),
      { numRuns: 200 },
    );
  });
});
