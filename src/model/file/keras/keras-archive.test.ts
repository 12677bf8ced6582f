import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { bytesSource } from "../source/byte-source.ts";
import { readModelFile } from "../read-model-file.ts";
import { MiB } from "../../../shared/units.ts";

interface Member {
  readonly name: string;
  readonly data: Uint8Array;
  readonly method?: number;
  readonly flags?: number;
  /** What the header says instead of the truth. */
  readonly packed?: number;
  readonly unpacked?: number;
}

/** Returns the entries of a zip archive, without the directory at its end, which is never read. */
function archive(...members: readonly Member[]): Uint8Array {
  return Buffer.concat(
    members.flatMap(({ name, data, method = 0, flags = 0, packed = data.length, unpacked = packed }) => {
      const header = Buffer.alloc(30);
      header.write("PK\u0003\u0004", 0, "latin1");
      header.writeUInt16LE(flags, 6);
      header.writeUInt16LE(method, 8);
      header.writeUInt32LE(packed, 18);
      header.writeUInt32LE(unpacked, 22);
      header.writeUInt16LE(Buffer.byteLength(name), 26);
      header.writeUInt16LE(3, 28);
      return [header, Buffer.from(name), Buffer.alloc(3), data];
    }),
  );
}

const topology = { class_name: "Sequential", config: { name: "s", layers: [] } };
const config = Buffer.from(JSON.stringify(topology));
const metadata: Member = { name: "metadata.json", data: Buffer.from("{}") };

function read(bytes: Uint8Array): ReturnType<typeof readModelFile> {
  return readModelFile(bytesSource("m.keras", bytes));
}

describe(".keras", () => {
  test.each<[string, readonly Member[]]>([
    ["as Keras writes it", [metadata, { name: "config.json", data: config }]],
    [
      "packed again, weights first",
      [
        { name: "model.weights.h5", data: Buffer.alloc(100_000) },
        { name: "config.json", data: deflateRawSync(config), method: 8 },
      ],
    ],
  ])("gives its network %s", async (_, members) => {
    expect(await read(archive(...members))).toEqual({
      format: "keras",
      name: "m.keras",
      topology,
      weights: [],
    });
  });

  const bomb = deflateRawSync(Buffer.alloc(64 * MiB));
  test.each<[string, Member, RegExp]>([
    ["a bomb", { name: "config.json", data: bomb, method: 8, unpacked: 10 }, /more than 8388608 bytes/u],
    [
      "a size of gigabytes",
      { name: "config.json", data: config, packed: 2 ** 31 },
      /got a config.json of 2147483648 bytes/u,
    ],
    ["an end within", { name: "config.json", data: config, packed: config.length + 1 }, /ends within/u],
    ["rubbish", { name: "config.json", data: Buffer.from("nothing"), method: 8 }, /cannot be decompressed/u],
    ["another packing", { name: "config.json", data: config, method: 14 }, /method 14\. Unpack it/u],
    ["encryption", { name: "config.json", data: config, flags: 1 }, /encrypted/u],
    ["sizes behind the data", { name: "a", data: config, flags: 8, packed: 0 }, /no sizes\. Unpack it/u],
    ["a long name", { name: "a".repeat(5000), data: config }, /name of 5000 bytes/u],
  ])("with %s is rejected in bounded memory", async (_, member, message) => {
    await expect(read(archive(member))).rejects.toMatchObject({
      code: "invalid-data",
      message: expect.stringMatching(message),
    });
  });

  test.each([["data.pkl"], ["archive/data.pkl"]])(
    "an archive with %s instead of config.json is not a model",
    async (name) => {
      await expect(read(archive({ name, data: config }))).rejects.toMatchObject({ code: "unknown-format" });
    },
  );
});
