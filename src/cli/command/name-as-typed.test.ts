import { expect, test } from "vitest";
import { LoadlineError } from "../../shared/errors.ts";
import type { ArgumentTable } from "./define-command.ts";
import { nameAsTyped } from "./name-as-typed.ts";

const table: ArgumentTable = {
  file: { type: "positional", required: true, description: "", valueHint: "FILE" },
  "gpu-layers": { type: "string", description: "", valueHint: "N", aliases: ["-ngl"] },
  threads: { type: "string", description: "", valueHint: "N" },
};
const fault = (option: string): LoadlineError =>
  new LoadlineError("invalid-option", `${option}: got 99, allowed: 1`, { details: { option } });

test.each([
  ["gpuLayers", "-ngl=99", "-ngl"],
  ["--gpu-layers", "-ngl", "-ngl"],
  ["--gpu-layers", "--gpu-layers", "--gpu-layers"],
  ["threads", "--threads", "--threads"],
  ["file", "x", "file"],
  ["constructor", "x", "constructor"],
])("names %s, typed as %s, %s", (option, word, shown) => {
  const error = nameAsTyped(fault(option), [word], table);
  expect([error.message, error.details["option"]]).toEqual([`${shown}: got 99, allowed: 1`, shown]);
});
