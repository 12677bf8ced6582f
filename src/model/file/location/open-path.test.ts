import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ggufBytes, safetensorsBytes } from "../header/header.fixture.ts";
import { readModelFile } from "../read-model-file.ts";
import { openPath } from "./open-path.ts";

const folder = mkdtempSync(join(tmpdir(), "loadline-open-path-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

test("a file is read from any offset, and so are those next to it", async () => {
  const path = write(
    "a/m.safetensors",
    safetensorsBytes({ a: { dtype: "F32", shape: [1], data_offsets: [0, 4] } }, 4),
  );
  write("a/config.json", '{"model_type":"llama"}');
  const source = await openPath(path);
  expect(await readModelFile(source)).toMatchObject({
    format: "safetensors",
    config: { model_type: "llama" },
  });
  expect(await source.read(0, 3)).toHaveLength(3);
  expect(await source.read((source.byteLength ?? 0) - 1, 10)).toHaveLength(1);
  expect(await source.read(10_000, 10)).toHaveLength(0);
  // A name from a file must not lead out of the folder.
  expect(await source.sibling?.("../../etc/hostname")).toBeUndefined();
  await source.close?.();
});

test("the model of a folder is chosen, and several are listed", async () => {
  write("b/m-Q4_0.gguf", ggufBytes({}));
  const source = await openPath(join(folder, "b"));
  expect(source.name).toBe("m-Q4_0.gguf");
  await source.close?.();
  write("b/m-Q8_0.gguf", ggufBytes({}));
  await expect(openPath(join(folder, "b"))).rejects.toMatchObject({ code: "invalid-option" });
});

test("a missing file, a file as a folder, a pipe and an empty folder are rejected", async () => {
  await expect(openPath(join(folder, "none.gguf"))).rejects.toMatchObject({ code: "not-found" });
  const file = write("c/file", "x");
  await expect(openPath(join(file, "m.gguf"))).rejects.toMatchObject({ code: "not-found" });
  mkdirSync(join(folder, "empty"));
  await expect(openPath(join(folder, "empty"))).rejects.toMatchObject({ code: "not-found" });
  await expect(openPath("meta-llama/Llama-3.2-1B")).rejects.toThrow(
    /no such file. For a model of the hub, write hf:meta-llama\/Llama-3.2-1B$/u,
  );
  await expect(openPath("models/none.gguf")).rejects.toThrow(/: no such file$/u);
  await expect(openPath("")).rejects.toMatchObject({ code: "invalid-option" });
});

test.skipIf(process.platform === "win32")("a pipe is refused and not waited for", async () => {
  const pipe = join(folder, "pipe.gguf");
  execFileSync("mkfifo", [pipe]);
  await expect(openPath(pipe)).rejects.toMatchObject({
    code: "file-unreadable",
    message: expect.stringContaining("is not a regular file"),
  });
});

test.skipIf(process.platform === "win32" || process.getuid?.() === 0)(
  "a file without permission is rejected",
  async () => {
    const path = write("d/m.gguf", ggufBytes({}));
    chmodSync(path, 0o000);
    await expect(openPath(path)).rejects.toMatchObject({
      code: "file-unreadable",
      message: expect.stringContaining("EACCES"),
    });
  },
);

test("a file that becomes shorter while it is read ends early", async () => {
  const path = write("e/m.gguf", ggufBytes({ dataBytes: 1000 }));
  const source = await openPath(path);
  truncateSync(path, 10);
  expect(await source.read(0, 100)).toHaveLength(10);
  await expect(readModelFile(source)).rejects.toMatchObject({ code: "invalid-data" });
  await source.close?.();
});
