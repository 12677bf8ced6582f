import { expect, test } from "vitest";
import { readModelName } from "./model-name.ts";

test.each([
  ["gpt-4o-mini-2024-07-18", "gpt-4o-mini-2024-07-18", "openai", undefined],
  ["openai/o3", "o3", "openai", undefined],
  ["openai.gpt-oss-120b", "gpt-oss-120b", "openai", undefined],
  ["claude-3-5-sonnet-20241022", "claude-3-5-sonnet-20241022", "anthropic", 3.5],
  ["claude-opus-4-20250514", "claude-opus-4-20250514", "anthropic", 4],
  ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5-20250929-v1:0", "anthropic", 4.5],
  ["anthropic/claude-opus-4.7", "claude-opus-4.7", "anthropic", 4.7],
  ["claude-opus-4-1@20250805", "claude-opus-4-1@20250805", "anthropic", 4.1],
  ["claude-fable-5", "claude-fable-5", "anthropic", 5],
  ["claude-instant", "claude-instant", "anthropic", undefined],
  ["models/gemini-2.5-flash", "gemini-2.5-flash", "google", 2.5],
  ["qwen/qwen3-32b", "qwen3-32b", "other", undefined],
])("readModelName reads %s", (model, name, maker, version) => {
  expect(readModelName(model)).toEqual({ name, maker, version });
});

test("readModelName knows that nothing is known", () => {
  for (const model of [undefined, "", "unknown", "openai/"]) expect(readModelName(model)).toBeUndefined();
});
