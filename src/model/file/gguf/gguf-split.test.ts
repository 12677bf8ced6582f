import { describe, expect, test } from "vitest";
import { bytesSource } from "../source/byte-source.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { readGguf } from "./gguf.ts";
import { ggufBytes } from "../header/header.fixture.ts";

const f32 = 0;

/** Returns a source over files of one folder in memory. */
function folder(files: Readonly<Record<string, Uint8Array>>, name: string): ByteSource {
  return {
    ...bytesSource(name, files[name] ?? new Uint8Array(0)),
    sibling: (sibling) => Promise.resolve(sibling in files ? folder(files, sibling) : undefined),
  };
}

describe("a split model", () => {
  const part = (number: number, count: number, names: readonly string[]): Uint8Array =>
    ggufBytes({
      settings: [
        ["split.no", { u16: number }],
        ["split.count", { u16: count }],
        ["split.tensors.count", { u32: 3 }],
        ...(number === 0 ? ([["general.architecture", { text: "llama" }]] as const) : []),
      ],
      tensors: names.map((name, index) => ({ name, shape: [8], type: f32, offset: index * 32 })),
    });
  const files = {
    "m-00001-of-00003.gguf": part(0, 3, []),
    "m-00002-of-00003.gguf": part(1, 3, ["a", "b"]),
    "m-00003-of-00003.gguf": part(2, 3, ["c"]),
  };

  test.each(Object.keys(files))("is read with all its parts from %s", async (name) => {
    const model = await readGguf(folder(files, name));
    expect(model.parts).toBe(3);
    expect(model.tensors.map((tensor) => tensor.name)).toEqual(["a", "b", "c"]);
    expect(model.metadata["general.architecture"]).toBe("llama");
    expect(model.byteLength).toBe(Object.values(files).reduce((sum, bytes) => sum + bytes.length, 0));
  });

  test("is rejected with the part that is missing, out of order, or lists a tensor again", async () => {
    const { "m-00002-of-00003.gguf": second, ...missing } = files;
    await expect(readGguf(folder(missing, "m-00001-of-00003.gguf"))).rejects.toMatchObject({
      code: "not-found",
      message: expect.stringContaining("m-00002-of-00003.gguf"),
    });
    const swapped = { ...files, "m-00003-of-00003.gguf": second };
    await expect(readGguf(folder(swapped, "m-00001-of-00003.gguf"))).rejects.toThrow(/says it is part 1/u);
    const doubled = { ...files, "m-00003-of-00003.gguf": part(2, 3, ["a"]) };
    await expect(readGguf(folder(doubled, "m-00001-of-00003.gguf"))).rejects.toThrow(
      /"a" is also in an earlier part/u,
    );
    const fewer = { ...files, "m-00003-of-00003.gguf": part(2, 3, []) };
    await expect(readGguf(folder(fewer, "m-00001-of-00003.gguf"))).rejects.toThrow(
      /list 2 tensors, .* says 3/u,
    );
    const other = ggufBytes({
      settings: [
        ["split.no", { u16: 2 }],
        ["split.count", { u16: 3 }],
        ["general.architecture", { text: "gemma" }],
      ],
      tensors: [{ name: "c", shape: [8], type: f32, offset: 0 }],
    });
    await expect(
      readGguf(folder({ ...files, "m-00003-of-00003.gguf": other }, "m-00001-of-00003.gguf")),
    ).rejects.toThrow(/m-00003-of-00003.gguf: belongs to another model/u);
    const more = { ...files, "m-00001-of-00003.gguf": part(0, 4, []) };
    await expect(readGguf(folder(more, "m-00001-of-00003.gguf"))).rejects.toThrow(
      /split.count says 4 parts, but its name says 3/u,
    );
    const alone = { ...files, "m-00003-of-00003.gguf": ggufBytes({}) };
    await expect(readGguf(folder(alone, "m-00001-of-00003.gguf"))).rejects.toThrow(
      /does not state its part number/u,
    );
    await expect(readGguf(folder({ "renamed.gguf": second }, "renamed.gguf"))).rejects.toThrow(
      /names like model-00001-of-00003/u,
    );
  });
});
