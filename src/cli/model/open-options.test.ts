import { expect, test } from "vitest";
import { openOptions } from "./open-options.ts";

test("the environment's token is handed to the library as the hub's", () => {
  expect(openOptions({}, { HF_TOKEN: " hf_kept\n" })).toEqual({ token: "hf_kept" });
  expect(openOptions({}, { HF_TOKEN: " " })).toEqual({});
  expect(openOptions({}, {})).toEqual({});
});

test("a typed token is a header of every request", () => {
  const headers = { authorization: "Bearer typed" };
  expect(openOptions({ token: "typed" }, {})).toEqual({ headers });
  expect(openOptions({ token: "typed" }, { HF_TOKEN: "hf_kept" })).toEqual({ token: "hf_kept", headers });
});
