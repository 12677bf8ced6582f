import { expect, test } from "vitest";
import { openOptions } from "./open-options.ts";

test("hands the environment's token to the library as the hub's", () => {
  expect(openOptions({}, { HF_TOKEN: " hf_kept\n" })).toEqual({ token: "hf_kept" });
  expect(openOptions({}, { HF_TOKEN: " " })).toEqual({});
  expect(openOptions({}, {})).toEqual({});
});

test("sends a typed token with every request", () => {
  const headers = { authorization: "Bearer typed" };
  expect(openOptions({ token: "typed" }, {})).toEqual({ headers });
  expect(openOptions({ token: "typed" }, { HF_TOKEN: "hf_kept" })).toEqual({ token: "hf_kept", headers });
});
