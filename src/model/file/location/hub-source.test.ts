import { afterEach, describe, expect, test } from "vitest";
import { chooseFile, findFile } from "./choose-file.ts";
import { ggufBytes, safetensorsBytes } from "../header/header.fixture.ts";
import { isHubName, parseHubName } from "./hub-name.ts";
import { openHub } from "./hub-source.ts";
import { readModelFile } from "../read-model-file.ts";
import { closeServers, serve } from "../source/serve.fixture.ts";

const commit = "0123456789abcdef0123456789abcdef01234567";
afterEach(closeServers);

/** Starts a hub on this machine with `files` of the model owner/name. It records the requested paths. */
async function hub(
  files: Readonly<Record<string, Uint8Array | string>>,
  answer: unknown = { sha: commit, siblings: Object.keys(files).map((rfilename) => ({ rfilename })) },
): Promise<{ readonly baseUrl: string; readonly requested: string[] }> {
  const requested: string[] = [];
  const address = await serve((request, response) => {
    const path = request.url ?? "";
    requested.push(path);
    if (path === "/api/models/owner/name" || path.startsWith("/api/models/owner/name/revision/")) {
      response.end(JSON.stringify(answer));
      return;
    }
    const file = files[decodeURIComponent(path.replace(/^\/owner\/name\/resolve\/[^/]+\//u, ""))];
    if (file === undefined) response.writeHead(404).end();
    else response.end(file);
  });
  return { baseUrl: `${address}/`, requested };
}

async function read(model: string, baseUrl: string): Promise<Awaited<ReturnType<typeof readModelFile>>> {
  const source = await openHub(model, { fetch: globalThis.fetch, baseUrl });
  try {
    return await readModelFile(source);
  } finally {
    await source.close?.();
  }
}

const config = JSON.stringify({ model_type: "llama" });
const part = (name: string): Uint8Array =>
  safetensorsBytes({ [name]: { dtype: "F32", shape: [1], data_offsets: [0, 4] } }, 4);

test("a model in parts is read at the commit of its file list", async () => {
  const { baseUrl, requested } = await hub({
    "README.md": "",
    "config.json": config,
    "model.safetensors.index.json": JSON.stringify({
      weight_map: { a: "model-00001-of-00002.safetensors", b: "model-00002-of-00002.safetensors" },
    }),
    "model-00001-of-00002.safetensors": part("a"),
    "model-00002-of-00002.safetensors": part("b"),
  });
  const model = await read("hf:owner/name", baseUrl);
  expect(model).toMatchObject({ format: "safetensors", parts: 2, config: { model_type: "llama" } });
  expect(requested[0]).toBe("/api/models/owner/name");
  expect(requested.slice(1).every((path) => path.startsWith(`/owner/name/resolve/${commit}/`))).toBe(true);
});

test("a name may have a revision, a file in a folder, or a quantization", async () => {
  const files = {
    "Q4_K_M/m-Q4_K_M.gguf": ggufBytes({}),
    "m-Q8_0.gguf": ggufBytes({}),
    "m-Q4_0.gguf": ggufBytes({}),
  };
  const { baseUrl, requested } = await hub(files);
  expect((await read("hf:owner/name@refs/pr/7:Q4_K_M/m-Q4_K_M.gguf", baseUrl)).name).toBe("m-Q4_K_M.gguf");
  expect(requested).toContain("/api/models/owner/name/revision/refs%2Fpr%2F7");
  expect(requested.at(-1)).toBe(`/owner/name/resolve/${commit}/Q4_K_M/m-Q4_K_M.gguf`);
  expect((await read("hf:owner/name:q8_0", baseUrl)).name).toBe("m-Q8_0.gguf");
  await expect(read("hf:owner/name", baseUrl)).rejects.toMatchObject({
    code: "invalid-option",
    message:
      "hf:owner/name: has 3 models. Name one, as in hf:owner/name:Q4_K_M/m-Q4_K_M.gguf: Q4_K_M/m-Q4_K_M.gguf, m-Q4_0.gguf, m-Q8_0.gguf",
  });
  await expect(read("hf:owner/name:Q2_K", baseUrl)).rejects.toMatchObject({
    code: "not-found",
    message: expect.stringMatching(/has no file "Q2_K"\. It has Q4_K_M\/m-Q4_K_M.gguf, /u),
  });
});

describe("faults", () => {
  test.each([
    "owner/name",
    "hf:",
    "hf:owner",
    "hf:../name",
    "hf:owner/..",
    "hf:o/n@a/../b",
    "hf:owner/na me",
    "https://huggingface.co/datasets/owner",
  ])("reject the name %j", async (model) => {
    await expect(
      openHub(model, { fetch: globalThis.fetch, baseUrl: "http://127.0.0.1:1" }),
    ).rejects.toMatchObject({
      code: "invalid-option",
    });
  });

  test("name a missing model, a response without files, and a list that leads out of the folder", async () => {
    const { baseUrl } = await hub({});
    await expect(read("hf:owner/other", baseUrl)).rejects.toMatchObject({ code: "not-found" });
    await expect(read("hf:owner/name", baseUrl)).rejects.toThrow(/has no model\. Looked for/u);
    const strange = await hub({}, { error: "no" });
    await expect(read("hf:owner/name", strange.baseUrl)).rejects.toMatchObject({ code: "invalid-data" });
    const leading = await hub(
      {},
      { siblings: [{ rfilename: "../../../other/x.gguf" }, { rfilename: 7 }, null] },
    );
    await expect(read("hf:owner/name", leading.baseUrl)).rejects.toThrow(/allowed: a path within the model/u);
  });
});

describe("names as other tools write them", () => {
  test.each([
    ["hf:o/n", {}],
    ["HF://o/n", {}],
    ["hf:o/n/sub/m.gguf", { file: "sub/m.gguf" }],
    ["hf:o/n@refs/pr/7:m.gguf", { revision: "refs/pr/7", file: "m.gguf" }],
    ["hf.co/o/n:Q4_K_M", { file: "Q4_K_M" }],
    ["https://huggingface.co/o/n", {}],
    ["https://huggingface.co/o/n/?library=transformers#card", {}],
    ["huggingface.co/o/n/tree/main", { revision: "main" }],
    ["https://huggingface.co/o/n/tree/refs%2Fpr%2F7/onnx", { revision: "refs/pr/7", file: "onnx" }],
    ["https://huggingface.co/o/n/blob/main/a%20b.gguf", { revision: "main", file: "a b.gguf" }],
  ])("include %s", (text, more) => {
    expect(isHubName(text)).toBe(true);
    expect(parseHubName(text)).toEqual({
      owner: "o",
      model: "n",
      revision: undefined,
      file: undefined,
      ...more,
    });
  });

  test.each([
    "https://huggingface.co/o/n/resolve/main/m.gguf",
    "https://huggingface.co/datasets/o",
    "https://example.org/o/n",
    "o/n",
    "./hf.co/o/n",
  ])("do not include %s", (text) => {
    expect(isHubName(text)).toBe(false);
  });
});

test("the hub's 401 for a list means a missing model, and for a file its own message is shown", async () => {
  const address = await serve((request, response) => {
    if (request.url === "/api/models/owner/gated")
      response.end(JSON.stringify({ siblings: [{ rfilename: "m.gguf" }] }));
    else
      response
        .writeHead(401, { "x-error-code": "GatedRepo", "x-error-message": "Access to it is restricted." })
        .end();
  });
  await expect(read("hf:owner/name", address)).rejects.toMatchObject({
    code: "not-found",
    message: expect.stringMatching(
      /^hf:owner\/name: the hub has no such public model .*a private model requires a token$/u,
    ),
  });
  await expect(read("hf:owner/gated", address)).rejects.toMatchObject({
    code: "file-unreadable",
    message: expect.stringMatching(/Pass a token.*The server says "Access to it is restricted."$/u),
  });
});

describe("the most informative file", () => {
  test.each([
    [["b.gguf", "config.json", "mmproj-F16.gguf", "imatrix.gguf"], "b.gguf"],
    [["m-00002-of-00002.gguf", "m-00001-of-00002.gguf"], "m-00001-of-00002.gguf"],
    [
      ["config.json", "model.safetensors.index.json", "model-00001-of-00002.safetensors"],
      "model.safetensors.index.json",
    ],
    [["config.json", "model.safetensors"], "model.safetensors"],
    [["config.json", "x.onnx"], "config.json"],
    [["model.json", "group1.bin"], "model.json"],
    [["x.onnx"], "x.onnx"],
  ])("of %j is %s", (names, chosen) => {
    expect(chooseFile("folder", names)).toBe(chosen);
  });

  test.each([
    ["UD-Q4_K_XL", "m-UD-Q4_K_XL.gguf"],
    ["q4_k_xl", "m-UD-Q4_K_XL.gguf"],
    ["Q4_K_M", "m-Q4_K_M.gguf"],
    ["UD-Q4_K_M", "m-UD-Q4_K_M.gguf"],
    ["BF16", "BF16/m-BF16-00001-of-00002.gguf"],
    ["unet", "unet/config.json"],
    ["unet/", "unet/config.json"],
  ])("is found by %s", (wanted, found) => {
    const names = [
      "config.json",
      "m-Q4_K_M.gguf",
      "m-UD-Q4_K_M.gguf",
      "m-UD-Q4_K_XL.gguf",
      "BF16/m-BF16-00001-of-00002.gguf",
      "BF16/m-BF16-00002-of-00002.gguf",
      "unet/config.json",
      "unet/diffusion_pytorch_model.safetensors",
    ];
    expect(findFile("folder", names, wanted)).toBe(found);
  });

  test("is requested from the user where several qualify", () => {
    const many = Array.from({ length: 20 }, (_, index) => `m${index + 10}.gguf`);
    expect(() => chooseFile("folder", many)).toThrow(
      /has 20 models\. Name one, as in folder\/m10.gguf: m10.gguf, .* and 8 more$/u,
    );
    expect(() => chooseFile("folder", ["a.onnx", "b.onnx"])).toThrow(/Name one, as in .*: a.onnx, b.onnx/u);
    expect(() => findFile("folder", ["a-Q4_0.gguf", "b-Q4_0.gguf"], "q4_0")).toThrow(
      /Name one, as in folder\/a-Q4_0.gguf: a-Q4_0.gguf/u,
    );
  });
});
