import type { RequestListener } from "node:http";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { ggufBytes, safetensorsBytes } from "../header/header.fixture.ts";
import type { HttpClock, HttpOptions } from "./http-options.ts";
import { openUrl } from "./http-source.ts";
import { readModelFile } from "../read-model-file.ts";
import { closeServers, sendRange, serve } from "./serve.fixture.ts";

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

describe("a server with ranges", () => {
  test("gets requests for the header only", async () => {
    const ranges: (string | undefined)[] = [];
    const base = await serve((request, response) => {
      ranges.push(request.headers.range);
      sendRange(request, response, model);
    });
    const source = await openUrl(`${base}/m.gguf?key=secret#top`, options);
    expect([source.name, source.byteLength]).toEqual(["m.gguf", model.length]);
    const file = await readModelFile(source);
    expect(file).toMatchObject({ format: "gguf", metadata: { words: { length: 30_000 }, end: 9 } });
    // 64 KiB to open it, then eight times as much.
    expect(ranges).toEqual(["bytes=0-65535", "bytes=65536-589823"]);
  });

  test("is read from any offset, up to the end, and nothing past it", async () => {
    const base = await serve((request, response) => sendRange(request, response, model));
    const source = await openUrl(`${base}/m.gguf`, options);
    const end = model.length;
    expect(await source.read(70_001, 10)).toEqual(model.subarray(70_001, 70_011));
    expect(await source.read(100_000, 200_000)).toEqual(model.subarray(100_000, 300_000));
    expect(await source.read(end - 3, 10)).toEqual(model.subarray(end - 3));
    expect(await source.read(end, 10)).toHaveLength(0);
    expect(await source.read(0, 4)).toEqual(model.subarray(0, 4));
  });

  test("that sends less than was requested gets further requests", async () => {
    const base = await serve((request, response) => {
      const start = Number(/\d+/u.exec(request.headers.range ?? "")?.[0]);
      const piece = model.subarray(start, start + 65_536);
      response.writeHead(206, {
        "content-range": `bytes ${start}-${start + piece.length - 1}/${model.length}`,
      });
      response.end(piece);
    });
    const source = await openUrl(`${base}/m.gguf`, options);
    expect(await source.read(1000, 300_000)).toEqual(model.subarray(1000, 301_000));
  });

  test("that does not report the length is read to its end", async () => {
    const base = await serve((request, response) => {
      const start = Number(/\d+/u.exec(request.headers.range ?? "")?.[0]);
      if (start >= model.length) response.writeHead(416).end();
      else response.writeHead(206).end(model.subarray(start, start + 65_536));
    });
    const source = await openUrl(`${base}/m.gguf`, options);
    expect(source.byteLength).toBeUndefined();
    expect(await source.read(model.length, 10)).toHaveLength(0);
    expect(await source.read(model.length - 4, 10)).toEqual(model.subarray(-4));
  });

  test("may have an empty file", async () => {
    const base = await serve((request, response) => sendRange(request, response, new Uint8Array(0)));
    const source = await openUrl(`${base}/m.gguf`, options);
    expect(source.byteLength).toBe(0);
    await expect(readModelFile(source)).rejects.toThrow(/is empty/u);
  });
});

describe("redirects and files in the same folder", () => {
  const config = JSON.stringify({ model_type: "llama" });
  const weights = safetensorsBytes({ a: { dtype: "F32", shape: [1], data_offsets: [0, 4] } }, 4);
  const handler: RequestListener = (request, response) => {
    const path = request.url ?? "";
    if (path === "/latest") response.writeHead(302, { location: "/v3/m.safetensors" }).end();
    else if (path === "/hub/m.safetensors")
      response.writeHead(307, { location: "/store/0a1b2c?sig=1" }).end();
    else if (path === "/v3/m.safetensors" || path.startsWith("/store/"))
      sendRange(request, response, weights);
    else if (path === "/v3/config.json" || path === "/hub/config.json")
      sendRange(request, response, Buffer.from(config));
    else if (path.startsWith("/bucket/m")) sendRange(request, response, weights);
    else if (path.startsWith("/bucket/")) response.writeHead(403).end();
    else response.writeHead(404).end("no");
  };

  test.each([
    ["/latest", "m.safetensors"],
    ["/hub/m.safetensors", "m.safetensors"],
  ])("of %s lead to the config.json next to the address that names the file", async (path, name) => {
    const source = await openUrl((await serve(handler)) + path, options);
    expect(source.name).toBe(name);
    expect(await readModelFile(source)).toMatchObject({
      config: { model_type: "llama" },
      byteLength: weights.length,
    });
  });

  test("a store that answers 403 for a missing file has no sibling", async () => {
    const source = await openUrl(`${await serve(handler)}/bucket/m.safetensors`, options);
    expect(await readModelFile(source)).toMatchObject({ config: undefined });
  });

  test("a name from a file stays one segment of the address", async () => {
    const paths: (string | undefined)[] = [];
    const base = await serve((request, response) => {
      paths.push(request.url);
      handler(request, response);
    });
    const source = await openUrl(`${base}/v3/m.safetensors`, options);
    expect(await source.sibling?.("../hub/m.safetensors")).toBeUndefined();
    expect(paths.at(-1)).toBe("/v3/..%2Fhub%2Fm.safetensors");
  });

  test("headers go to the requested server, and to no other for a sibling", async () => {
    const seen: (string | undefined)[] = [];
    const other = await serve((request, response) => {
      seen.push(request.headers.authorization);
      handler(request, response);
    });
    const base = await serve((request, response) => {
      expect(request.headers.authorization).toBe("Bearer key");
      response.writeHead(302, { location: `${other}/v3/m.safetensors` }).end();
    });
    const source = await openUrl(`${base}/latest`, { ...options, headers: { authorization: "Bearer key" } });
    await readModelFile(source);
    expect(seen).toEqual([undefined, undefined]);
  });

  test("a cycle of redirects ends", async () => {
    const base = await serve((_, response) => {
      response.writeHead(302, { location: "/again" }).end();
    });
    await expect(openUrl(`${base}/m.gguf`, options)).rejects.toMatchObject({ code: "file-unreadable" });
  });
});

describe("faults", () => {
  test.each<[number, string, RegExp]>([
    [404, "not-found", /no such file \(status 404\)/u],
    [410, "not-found", /no such file \(status 410\)/u],
    [401, "file-unreadable", /requires a login\. Pass a token/u],
    [403, "file-unreadable", /denies access: the file is private/u],
    [416, "file-unreadable", /the file is shorter than the server reported/u],
    [429, "file-unreadable", /Retry after 17 /u],
    [500, "file-unreadable", /allowed: 200 or 206 \(status 500\)/u],
    [204, "file-unreadable", /\(status 204\)/u],
  ])("status %i says what it means", async (status, code, message) => {
    const base = await serve((_, response) => {
      response.writeHead(status, { "retry-after": "17" }).end();
    });
    const fault = await openUrl(`${base}/m.gguf?key=secret`, options).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(String(fault)).not.toContain("secret");
  });

  test.each(["file:///etc/passwd", "ftp://host/m.gguf", "data:,GGUF", "m.gguf", ""])(
    "the address %j is rejected",
    async (address) => {
      await expect(openUrl(address, options)).rejects.toMatchObject({ code: "invalid-option" });
    },
  );

  test("unknown options are rejected", async () => {
    const wrong = { ...options, timeout: 5 } as HttpOptions;
    await expect(openUrl("http://127.0.0.1/", wrong)).rejects.toThrow(/unknown field "timeout"/u);
    await expect(openUrl("http://127.0.0.1/", { ...options, timeoutMs: 0 })).rejects.toThrow(
      /timeoutMs: got 0/u,
    );
  });

  const second: Readonly<Record<string, readonly [RequestListener, RegExp]>> = {
    "another place": [
      (_, response) =>
        response.writeHead(206, { "content-range": `bytes 0-9/${model.length}` }).end(model.subarray(0, 10)),
      /sent bytes from 0, but 100000 was requested/u,
    ],
    "another length": [
      (_, response) =>
        response.writeHead(206, { "content-range": "bytes 100000-100009/7" }).end(model.subarray(0, 10)),
      /the file changed while it was read/u,
    ],
    "no range any more": [
      (_, response) => response.writeHead(200).end(model),
      /answered a range request with 200/u,
    ],
    "compressed bytes": [
      (_, response) =>
        response.writeHead(206, { "content-encoding": "gzip" }).end(gzipSync(model.subarray(0, 10))),
      /a range of compressed bytes/u,
    ],
    "no bytes": [
      (_, response) =>
        response.writeHead(206, { "content-range": `bytes 100000-100009/${model.length}` }).end(),
      /the file ends at byte 100000, but the server reported/u,
    ],
    "a cut connection": [(_, response) => response.destroy(), /the response failed/u],
  };
  test.each(Object.entries(second))(
    "a second response with %s is rejected",
    async (_, [handler, message]) => {
      let requests = 0;
      const base = await serve((request, response) => {
        requests++;
        if (requests === 1) sendRange(request, response, model);
        else handler(request, response);
      });
      const source = await openUrl(`${base}/m.gguf`, options);
      await expect(source.read(100_000, 100_000)).rejects.toMatchObject({
        code: "file-unreadable",
        message: expect.stringMatching(message),
      });
    },
  );

  /** Returns a clock whose timers expire at once, beginning with the given one. */
  function expiringClock(first: number): HttpClock {
    let timers = 0;
    return {
      nowMs: () => 0,
      after: (_, run) => {
        timers++;
        if (timers >= first) queueMicrotask(run);
        return () => undefined;
      },
    };
  }

  test("a server that does not answer times out", async () => {
    const silent = await serve(() => undefined);
    const limited = { ...options, clock: expiringClock(1), timeoutMs: 30 };
    await expect(openUrl(`${silent}/m.gguf`, limited)).rejects.toThrow(
      /the response took longer than 30 ms \(timeoutMs\)/u,
    );
  });

  test("a server that stops within its body times out", async () => {
    const stopping = await serve((_, response) => {
      response
        .writeHead(206, { "content-range": `bytes 0-65535/${model.length}` })
        .write(model.subarray(0, 100));
    });
    // The first timer is that of the response, the second that of the 100 bytes
    const limited = { ...options, clock: expiringClock(3), timeoutMs: 30 };
    await expect(openUrl(`${stopping}/m.gguf`, limited)).rejects.toThrow(/its body took longer than 30 ms/u);
  });

  test("a server that drips times out, though each piece is in time", async () => {
    const base = await serve((_, response) => {
      response.writeHead(206, { "content-range": `bytes 0-65535/${model.length}` });
      const timer = setInterval(() => response.write("x"), 1);
      response.on("close", () => clearInterval(timer));
    });
    // Each piece takes 20 s of the 30 s that 16 KiB may take
    let nowMs = 0;
    const limits: number[] = [];
    const clock: HttpClock = {
      nowMs: () => nowMs,
      after: (ms, run) => {
        limits.push(ms);
        nowMs += 20_000;
        if (ms < 20_000) queueMicrotask(run);
        return () => undefined;
      },
    };
    await expect(openUrl(`${base}/m.gguf`, { ...options, clock })).rejects.toThrow(
      /its body took longer than 30000 ms/u,
    );
    expect(limits.slice(0, 3)).toEqual([30_000, 30_000, 10_000]);
  });

  test("the platform's clock ends a request too", async () => {
    const silent = await serve(() => undefined);
    await expect(openUrl(`${silent}/m.gguf`, { ...options, timeoutMs: 1 })).rejects.toThrow(
      /the response took longer than 1 ms/u,
    );
  });

  test("a server that sends one byte per response is given up", async () => {
    const base = await serve((request, response) => {
      const start = Number(/\d+/u.exec(request.headers.range ?? "")?.[0]);
      const piece = start === 0 ? 65_536 : 1;
      response.writeHead(206, { "content-range": `bytes ${start}-${start + piece - 1}/${model.length}` });
      response.end(model.subarray(start, start + piece));
    });
    const source = await openUrl(`${base}/m.gguf`, options);
    await expect(source.read(70_000, 100_000)).rejects.toThrow(/sent 512 of 100000 bytes in 512 responses/u);
  });

  test("a signal aborts a request in progress", async () => {
    const control = new AbortController();
    const silent = await serve(() => control.abort());
    await expect(openUrl(`${silent}/m.gguf`, { ...options, signal: control.signal })).rejects.toThrow(
      /aborted by its signal/u,
    );
  });

  test("a missing host is reported", async () => {
    const base = await serve(() => undefined);
    await closeServers();
    await expect(openUrl(`${base}/m.gguf`, options)).rejects.toMatchObject({
      code: "file-unreadable",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });
});
