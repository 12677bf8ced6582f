import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isLoadlineError } from "../../shared/errors.ts";
import { maxTensorFileBytes, readWholeFile } from "./read-file.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
import { writeFileAtomically } from "./write-file.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "loadline-read-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("readWholeFile", () => {
  test("reads all bytes, up to the limit, into a buffer of their own", async () => {
    const path = join(folder, "a");
    writeFileSync(path, "0123456789");
    const bytes = await readWholeFile(path, 10);
    expect(new TextDecoder().decode(bytes)).toBe("0123456789");
    expect([bytes.byteOffset, bytes.buffer.byteLength]).toEqual([0, 10]);
    writeFileSync(path, "");
    expect(await readWholeFile(path, 0)).toEqual(new Uint8Array(0));
  });

  test("lets saved tensors be read in place", async () => {
    const path = join(folder, "model.safetensors");
    const data = Float32Array.from({ length: 1000 }, (_, at) => at / 7);
    await writeFileAtomically(
      path,
      encodeSafetensors([{ name: "w", shape: [10, 100], data }], { steps: "3" }),
    );
    const bytes = await readWholeFile(path, maxTensorFileBytes);
    const { tensors, metadata } = decodeSafetensors(bytes, path);
    expect(tensors.get("w")).toEqual({ name: "w", shape: [10, 100], data });
    expect(tensors.get("w")?.data.buffer).toBe(bytes.buffer);
    expect({ ...metadata }).toEqual({ steps: "3" });
  });

  test("refuses a file above the limit without reading it, a folder, a pipe, and a missing file", async () => {
    const large = join(folder, "large");
    writeFileSync(large, "");
    // A sparse file: it takes no disk space, and would take 6 GB of memory.
    truncateSync(large, 6e9);
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    for (const [path, code, message] of [
      [large, "file-unreadable", /got 6000000000 bytes, allowed: at most 4394967304/],
      [pipe, "file-unreadable", /got a folder or a device, allowed: a file/],
      [folder, "file-unreadable", /got a folder or a device, allowed: a file/],
      [join(folder, "missing"), "not-found", /no such file/],
    ] as const) {
      const error: unknown = await readWholeFile(path, maxTensorFileBytes).catch((caught: unknown) => caught);
      expect(isLoadlineError(error, code)).toBe(true);
      expect((error as Error).message).toMatch(message);
      expect((error as Error).message).toContain(path);
    }
  });
});
