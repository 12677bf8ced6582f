import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { readBytes } from "./read-bytes.ts";

const folder = mkdtempSync(join(tmpdir(), "loadline-bytes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}
const content = Uint8Array.from({ length: 300_000 }, (_, at) => (at * at) % 251);

test("readBytes reads plain and packed files to the same bytes, in a buffer of their size", async () => {
  for (const path of [file("a", content), file("a.gz", gzipSync(content))]) {
    const bytes = await readBytes(path, 1_000_000);
    expect(Buffer.compare(bytes, content)).toBe(0);
    expect(bytes.buffer.byteLength).toBe(content.length);
  }
  expect(await readBytes(file("none", new Uint8Array(0)), 10)).toHaveLength(0);
  expect(await readBytes(file("none.gz", gzipSync("")), 1000)).toHaveLength(0);
});
test("readBytes reads all members of a packed file, whose last states only its own size", async () => {
  const path = file("two.gz", Buffer.concat([gzipSync(content), gzipSync("end")]));
  const bytes = await readBytes(path, 1_000_000);
  expect(bytes).toHaveLength(content.length + 3);
  expect(Buffer.compare(bytes, Buffer.concat([content, Buffer.from("end")]))).toBe(0);
});
test("readBytes refuses a file above the limit, whatever size it claims", async () => {
  await expect(readBytes(file("large", content), 1000)).rejects.toThrow(
    /large: got 300000 bytes or more, allowed: up to 1000/,
  );
  const packed = gzipSync(new Uint8Array(5_000_000));
  await expect(readBytes(file("bomb.gz", packed), 100_000)).rejects.toThrow(/allowed: up to 100000/);
  // It claims to unpack to 1 byte.
  packed.writeUInt32LE(1, packed.length - 4);
  await expect(readBytes(file("liar.gz", packed), 100_000)).rejects.toThrow(/allowed: up to 100000/);
});
test("readBytes names damaged and missing files", async () => {
  const packed = gzipSync(content);
  await expect(readBytes(file("cut.gz", packed.subarray(0, 1000)), 1e6)).rejects.toThrow(
    /cut\.gz: cannot be unpacked/,
  );
  await expect(readBytes(file("empty.gz", new Uint8Array(0)), 1e6)).rejects.toThrow(/empty\.gz/);
  await expect(readBytes(join(folder, "not-there"), 1e6)).rejects.toThrow(/not-there: no such file/);
  await expect(readBytes(folder, 1e6)).rejects.toThrow(/is not a regular file/);
});
