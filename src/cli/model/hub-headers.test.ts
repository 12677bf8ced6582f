import { expect, test } from "vitest";
import { hubHeaders } from "./hub-headers.ts";

const kept = { HF_TOKEN: "hf_kept" };

test.each(["hf:owner/name", "hf://owner/name", "https://huggingface.co/owner/name", "hf.co/owner/name"])(
  "the environment's token goes to %s",
  (location) => {
    expect(hubHeaders(location, {}, kept)).toEqual({ headers: { authorization: "Bearer hf_kept" } });
  },
);

test.each([
  "https://example.org/model.gguf",
  "http://huggingface.co/owner/name",
  "https://huggingface.co.example.org/owner/name",
  "model.gguf",
])("and not to %s", (location) => {
  expect(hubHeaders(location, {}, kept)).toEqual({});
});

test("a token that was typed goes first, and to any address", () => {
  const typed = { headers: { authorization: "Bearer typed" } };
  expect(hubHeaders("hf:owner/name", { token: "typed" }, kept)).toEqual(typed);
  expect(hubHeaders("https://example.org/model.gguf", { token: "typed" }, {})).toEqual(typed);
  expect(hubHeaders("hf:owner/name", {}, { HF_TOKEN: " " })).toEqual({});
});
