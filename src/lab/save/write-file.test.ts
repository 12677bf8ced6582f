import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { open, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isLoadlineError } from "../../shared/errors.ts";
import type { FileCalls, OpenFile } from "./file-calls.ts";
import { writeFileAtomically } from "./write-file.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "loadline-write-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const text = (words: string): Uint8Array => new TextEncoder().encode(words);

async function errorOf(work: Promise<unknown>): Promise<Error & { readonly code?: unknown }> {
  return await work.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: Error) => error,
  );
}

/** Returns the real calls with some of them replaced; `change` gets each opened file. */
function callsWith(
  own: Partial<FileCalls>,
  change: (file: OpenFile) => Partial<OpenFile> = () => ({}),
): FileCalls {
  return {
    open: async (path, flags) => {
      const file = await open(path, flags);
      const plain: OpenFile = {
        write: (bytes, offset, length) => file.write(bytes, offset, length),
        chmod: (mode) => file.chmod(mode),
        sync: () => file.sync(),
        close: () => file.close(),
      };
      return { ...plain, ...change(plain) };
    },
    rename,
    remove: (path) => rm(path, { force: true }),
    list: (path) => readdir(path),
    stat: (path) => stat(path),
    realpath: (path) => realpath(path),
    ...own,
  };
}

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: told by the test`), { code });
}

describe("writeFileAtomically", () => {
  test("writes all pieces, also empty ones and those in shared memory, and leaves nothing else", async () => {
    const path = join(folder, "model.safetensors");
    const shared = new Uint8Array(new SharedArrayBuffer(3)).fill(0x61);
    await writeFileAtomically(path, [text("one "), new Uint8Array(0), shared, text(" two")]);
    expect(readFileSync(path, "utf8")).toBe("one aaa two");
    await writeFileAtomically(path, []);
    expect(readFileSync(path, "utf8")).toBe("");
    expect(readdirSync(folder)).toEqual(["model.safetensors"]);
  });

  test("continues if the system writes fewer bytes than it was given", async () => {
    const path = join(folder, "a");
    const calls = callsWith({}, (file) => ({
      write: (bytes, offset, length) => file.write(bytes, offset, Math.min(length, 3)),
    }));
    await writeFileAtomically(path, [text("0123456789"), text("abcd")], calls);
    expect(readFileSync(path, "utf8")).toBe("0123456789abcd");
  });

  test("flushes the bytes before it renames, and the name before it returns", async () => {
    const path = join(folder, "a");
    const done: string[] = [];
    const calls = callsWith(
      {
        rename: async (from, to) => {
          done.push("rename");
          await rename(from, to);
        },
      },
      (file) => ({
        write: async (bytes, offset, length) => {
          done.push("write");
          return await file.write(bytes, offset, length);
        },
        sync: async () => {
          done.push("sync");
          await file.sync();
        },
      }),
    );
    await writeFileAtomically(path, [text("x")], calls);
    expect(done).toEqual(["write", "sync", "rename", "sync"]);
  });

  test.each<[string, (file: OpenFile) => Partial<OpenFile>, Partial<FileCalls>]>([
    ["the disk is full at once", () => ({ write: () => Promise.reject(failure("ENOSPC")) }), {}],
    [
      "the disk is full halfway",
      (file) => {
        let calls = 0;
        return {
          write: (bytes, offset, length) =>
            calls++ > 1 ? Promise.reject(failure("ENOSPC")) : file.write(bytes, offset, Math.min(length, 2)),
        };
      },
      {},
    ],
    ["the bytes do not reach the disk", () => ({ sync: () => Promise.reject(failure("EIO")) }), {}],
    ["the system writes no byte", () => ({ write: () => Promise.resolve({ bytesWritten: 0 }) }), {}],
    ["the file cannot be renamed", () => ({}), { rename: () => Promise.reject(failure("EXDEV")) }],
    [
      "the file cannot be closed",
      (file) => ({ close: () => file.close().then(() => Promise.reject(failure("EIO"))) }),
      {},
    ],
  ])("keeps the old file and leaves no other if %s", async (_what, change, own) => {
    const path = join(folder, "model");
    writeFileSync(path, "old");
    const error = await errorOf(
      writeFileAtomically(path, [text("the new"), text(" bytes")], callsWith(own, change)),
    );
    expect(isLoadlineError(error, "file-unwritable")).toBe(true);
    expect(error.message).toContain(`${path}: could not be written`);
    expect(error.cause).toBeInstanceOf(Error);
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["model"]);
  });

  test("reports the first error, not that the temporary file cannot be removed", async () => {
    const calls = callsWith({ remove: () => Promise.reject(failure("EBUSY")) }, () => ({
      write: () => Promise.reject(failure("ENOSPC")),
    }));
    const error = await errorOf(writeFileAtomically(join(folder, "a"), [text("x")], calls));
    expect((error.cause as { code?: unknown }).code).toBe("ENOSPC");
  });

  test("ignores a folder that cannot be flushed, and reports a broken disk", async () => {
    const path = join(folder, "a");
    const folderSync = (code: string): FileCalls =>
      callsWith({
        open: async (opened, flags) => {
          const file = await callsWith({}).open(opened, flags);
          return flags === "r" ? { ...file, sync: () => Promise.reject(failure(code)) } : file;
        },
      });
    await writeFileAtomically(path, [text("1")], folderSync("EINVAL"));
    const error = await errorOf(writeFileAtomically(path, [text("2")], folderSync("EIO")));
    expect(isLoadlineError(error, "file-unwritable")).toBe(true);
    expect(readFileSync(path, "utf8")).toBe("2");
  });

  test("refuses a device, a folder, and a file in a missing folder", async () => {
    const fifo = join(folder, "pipe");
    execFileSync("mkfifo", [fifo]);
    mkdirSync(join(folder, "models"));
    for (const [path, message] of [
      [fifo, /got a folder or a device/],
      [join(folder, "models"), /got a folder or a device/],
      [join(folder, "missing", "a"), /ENOENT/],
    ] as const) {
      const error = await errorOf(writeFileAtomically(path, [text("x")]));
      expect(isLoadlineError(error, "file-unwritable")).toBe(true);
      expect(error.message).toMatch(message);
    }
    expect(statSync(fifo).isFIFO()).toBe(true);
    expect(isLoadlineError(await errorOf(writeFileAtomically("", [])), "invalid-option")).toBe(true);
  });

  test("keeps the permissions of the old file, and writes through a link", async () => {
    const path = join(folder, "secret");
    const link = join(folder, "latest");
    writeFileSync(path, "old", { mode: 0o640 });
    symlinkSync(path, link);
    await writeFileAtomically(link, [text("new")]);
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder).sort()).toEqual(["latest", "secret"]);
    expect(readFileSync(link, "utf8")).toBe("new");
  });

  test("removes leftovers of killed writers of this file, and nothing else", async () => {
    const ended = spawn(process.execPath, ["--version"]);
    await once(ended, "exit");
    const name = (pid: number | undefined, file = "model"): string => `.${file}.${pid}-0123456789ab.tmp`;
    const kept = [
      name(process.ppid),
      name(process.pid),
      name(ended.pid, "other"),
      `model.${ended.pid}-0123456789ab.tmp`,
      `.model.${ended.pid}-0123456789ab.tmp.gz`,
      ".model.tmp",
    ];
    // Left by an earlier process with our id: a restarted container uses the same ids again.
    const before = `.model.${process.pid}-ba9876543210.tmp`;
    for (const each of [...kept, name(ended.pid), before]) writeFileSync(join(folder, each), "x");
    utimesSync(join(folder, before), new Date(2020, 0), new Date(2020, 0));
    await writeFileAtomically(join(folder, "model"), [text("x")]);
    expect(readdirSync(folder).sort()).toEqual([...kept, "model"].sort());
  });

  test("writes one of several versions if called at once in one process", async () => {
    const path = join(folder, "a");
    const versions = Array.from({ length: 20 }, (_, index) => text(String(index).repeat(10_000)));
    await Promise.all(versions.map((each) => writeFileAtomically(path, [each])));
    expect(versions.map((each) => new TextDecoder().decode(each))).toContain(readFileSync(path, "utf8"));
    expect(readdirSync(folder)).toEqual(["a"]);
  });
});

describe("a writer that is killed", () => {
  const size = 300_000;
  /** Returns whether the file is complete: all its bytes are equal, and it has the full size. */
  const isWhole = (bytes: Uint8Array): boolean =>
    bytes.length === size && bytes.every((byte) => byte === bytes[0]);

  test("leaves a complete file at any moment, and others always read a complete one", async () => {
    const path = join(folder, "model");
    const loop = fileURLToPath(new URL("write-loop-fixture.ts", import.meta.url));
    const seen = new Set<number | undefined>();
    let leftovers = 0;
    for (let round = 0; round < 12; round++) {
      const child = spawn(process.execPath, [loop, path, String(size)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const gone = once(child, "exit");
      try {
        await once(child.stdout, "data");
        // Kills at moments spread over some rewrites; each read meanwhile must be complete too. The first round lasts until
        // rewrites were seen, however slow the disk is.
        const until = performance.now() + 3 + ((round * 7) % 12);
        while (performance.now() < until || seen.size < 3) {
          const bytes = readFileSync(path);
          expect(isWhole(bytes)).toBe(true);
          seen.add(bytes[0]);
        }
      } finally {
        child.kill("SIGKILL");
        await gone;
      }
      expect(isWhole(readFileSync(path))).toBe(true);
      // At most the file it was writing: later writers have removed those of earlier rounds.
      const left = readdirSync(folder).length - 1;
      expect(left).toBeLessThanOrEqual(1);
      leftovers += left;
    }
    await writeFileAtomically(path, [text("done")]);
    expect(readdirSync(folder)).toEqual(["model"]);
    // The test is only valid if the file changed while it was read, and kills interrupted a rewrite.
    expect(seen.size).toBeGreaterThan(2);
    expect(leftovers).toBeGreaterThan(0);
  });
});

/** Returns whether a small file system can be mounted here: it needs root, and more rights than most containers have. */
function mountSmall(path: string): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", path], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

test("writeFileAtomically keeps the old file on a disk that is really full", async ({ skip }) => {
  const small = join(folder, "small");
  mkdirSync(small);
  if (!mountSmall(small)) skip("no file system of 64 KB can be mounted here");
  try {
    const path = join(small, "model");
    await writeFileAtomically(path, [new Uint8Array(20_000).fill(1)]);
    const error = await errorOf(writeFileAtomically(path, [new Uint8Array(100_000).fill(2)]));
    expect(isLoadlineError(error, "file-unwritable")).toBe(true);
    expect((error.cause as { code?: unknown }).code).toBe("ENOSPC");
    expect(readFileSync(path)).toEqual(Buffer.alloc(20_000, 1));
    expect(readdirSync(small)).toEqual(["model"]);
  } finally {
    execFileSync("umount", [small]);
  }
});
