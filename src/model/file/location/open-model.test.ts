import { afterEach, describe, expect, test } from "vitest";
import { ggufBytes } from "../header/header.fixture.ts";
import type { HttpFetch } from "../source/http-options.ts";
import { closeServers, sendRange, serve } from "../source/serve.fixture.ts";
import { openModel } from "./open-model.ts";
import type { OpenModelOptions } from "./open-model.ts";

const bytes = ggufBytes({});
const list = JSON.stringify({ siblings: [{ rfilename: "m.gguf" }] });
afterEach(closeServers);

/** Returns the origin and authorization of each request that opening a model makes. */
async function authorizations(location: string, options: OpenModelOptions): Promise<readonly string[]> {
  const sent: string[] = [];
  const fetch: HttpFetch = (url, { headers }) => {
    sent.push(`${new URL(url).origin} ${headers["authorization"] ?? "none"}`);
    const response = new Response(url.includes("/api/") ? list : bytes, { status: 200 });
    return Promise.resolve(response as unknown as Awaited<ReturnType<HttpFetch>>);
  };
  const source = await openModel(location, { ...options, fetch });
  await source.close?.();
  return [...new Set(sent)];
}

describe("the hub's token", () => {
  test.each([
    "hf:owner/name",
    "hf://owner/name",
    "https://huggingface.co/owner/name",
    "hf.co/owner/name",
    "http://huggingface.co/owner/name",
    "https://huggingface.co/owner/name/resolve/main/m.gguf",
  ])("goes to the hub for %s", async (location) => {
    expect(await authorizations(location, { token: "hf_kept" })).toEqual([
      "https://huggingface.co Bearer hf_kept",
    ]);
  });

  test.each([
    "https://example.org/model.gguf",
    "http://huggingface.co/owner/name/resolve/main/m.gguf",
    "https://huggingface.co.example.org/owner/name/m.gguf",
    "https://example.org/https://huggingface.co/m.gguf",
    "https://huggingface.co@example.org/m.gguf",
  ])("does not go to %s", async (location) => {
    expect(await authorizations(location, { token: "hf_kept" })).toEqual([
      `${new URL(location).origin} none`,
    ]);
  });

  test("goes to the hub that is named instead of Hugging Face's, and then only there", async () => {
    const options = { token: "hf_kept", hubUrl: "https://hub.example.org/mirror" };
    const own = "https://hub.example.org Bearer hf_kept";
    expect(await authorizations("hf:owner/name", options)).toEqual([own]);
    expect(await authorizations("https://hub.example.org/m.gguf", options)).toEqual([own]);
    const other = "https://huggingface.co/owner/name/resolve/main/m.gguf";
    expect(await authorizations(other, options)).toEqual(["https://huggingface.co none"]);
  });

  test("gives way to an authorization header, which goes to any address", async () => {
    const options = { token: "hf_kept", headers: { Authorization: "Basic typed" } };
    const sent: (string | undefined)[] = [];
    const hubUrl = await serve((request, response) => {
      sent.push(request.headers.authorization);
      if (request.url?.startsWith("/api/") === true) response.end(list);
      else sendRange(request, response, bytes);
    });
    await (await openModel("hf:owner/name", { ...options, hubUrl })).close?.();
    await (await openModel(`${hubUrl}/m.gguf`, { headers: options.headers })).close?.();
    expect(new Set(sent)).toEqual(new Set(["Basic typed"]));
  });

  test("does not follow a redirect to another server", async () => {
    const seen: (string | undefined)[] = [];
    const store = await serve((request, response) => {
      seen.push(request.headers.authorization);
      sendRange(request, response, bytes);
    });
    const hubUrl = await serve((request, response) => {
      if (request.url?.startsWith("/api/") === true) response.end(list);
      else response.writeHead(302, { location: `${store}/m.gguf` }).end();
    });
    await (await openModel("hf:owner/name", { token: "hf_kept", hubUrl })).close?.();
    expect(seen).toEqual([undefined]);
  });

  test.each(["", "two words", "line\nbreak", "käse", 7 as unknown as string])(
    "is refused without being shown: %j",
    async (token) => {
      const refused = { code: "invalid-option", message: expect.stringMatching(/^token: expected 1 to/u) };
      await expect(openModel("hf:owner/name", { token })).rejects.toMatchObject(refused);
    },
  );
});
