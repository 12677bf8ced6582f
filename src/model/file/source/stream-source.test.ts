import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { ggufBytes } from "../header/header.fixture.ts";
import type { HttpOptions } from "./http-options.ts";
import { openUrl } from "./http-source.ts";
import { readModelFile } from "../read-model-file.ts";
import { closeServers, serve } from "./serve.fixture.ts";

afterEach(closeServers);

/** A header of 0.5 MB with 4 MiB of data after it. */
const model = ggufBytes({
  settings: [
    ["words", { texts: Array.from({ length: 30_000 }, (_, index) => `word ${index}`) }],
    ["end", { u32: 9 }],
  ],
  tensors: [{ name: "a", shape: [2 ** 20], type: 0, offset: 0 }],
  dataBytes: 2 ** 22,
});
const options: HttpOptions = { fetch: globalThis.fetch };

describe("a server without ranges", () => {
  test("is read to the end of the header, and then closed", async () => {
    let sent = 0;
    const base = await serve((_, response) => {
      response.writeHead(200, { "content-length": String(2 ** 30) });
      const send = (): void => {
        const piece = sent < model.length ? model.subarray(sent, sent + 65_536) : new Uint8Array(65_536);
        sent += piece.length;
        if (response.destroyed || sent > 2 ** 26) return;
        if (response.write(piece)) setImmediate(send);
        else response.once("drain", send);
      };
      send();
    });
    const source = await openUrl(`${base}/m.gguf`, options);
    expect(source.byteLength).toBe(2 ** 30);
    const file = await readModelFile(source);
    expect(file).toMatchObject({ format: "gguf", metadata: { end: 9 } });
    await expect(source.read(2 ** 29, 10)).rejects.toMatchObject({
      code: "file-unreadable",
      message: expect.stringMatching(
        /does not support ranges, and byte 536870922 is past the first 67108864/u,
      ),
    });
    // What is in the connection's buffers is sent too.
    expect(sent).toBeLessThan(2 ** 24);
    await source.close?.();
    await expect(source.read(2 ** 25, 10)).rejects.toMatchObject({ code: "file-unreadable" });
  });

  test("gets another request for bytes before the window, and none for those in it", async () => {
    let requests = 0;
    const base = await serve((_, response) => {
      requests++;
      response.end(model);
    });
    const source = await openUrl(`${base}/m.gguf`, options);
    for (const [offset, length] of [
      [0, 100],
      [50, 300_000],
      [200_000, 100],
    ] as const) {
      expect(await source.read(offset, length)).toEqual(model.subarray(offset, offset + length));
    }
    expect(requests).toBe(1);
    expect(await source.read(10, 10)).toEqual(model.subarray(10, 20));
    expect(await source.read(model.length - 2, 10)).toEqual(model.subarray(-2));
    expect(await source.read(model.length, 10)).toHaveLength(0);
    expect(requests).toBe(2);
    await source.close?.();
  });

  test("that sends a compressed body without a length is read to its end", async () => {
    const config = JSON.stringify({ model_type: "llama", filler: "x".repeat(100_000) });
    const base = await serve((_, response) => {
      response.writeHead(200, { "content-encoding": "gzip", "transfer-encoding": "chunked" });
      response.end(gzipSync(config));
    });
    const source = await openUrl(`${base}/config.json`, options);
    expect(source.byteLength).toBeUndefined();
    expect(await readModelFile(source)).toMatchObject({ format: "config" });
  });

  test("that ends too early is reported", async () => {
    const base = await serve((_, response) => {
      response.writeHead(200, { "content-length": String(model.length) });
      response.write(model.subarray(0, 1000), () => response.destroy());
    });
    const source = await openUrl(`${base}/m.gguf`, options);
    await expect(readModelFile(source)).rejects.toMatchObject({ code: "file-unreadable" });
  });
});
