import { expect, test } from "vitest";
import { readUsage } from "./usage.ts";

test.each([
  [
    "OpenAI chat",
    { usage: { prompt_tokens: 100, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 60 } } },
    [100, 7, 60],
  ],
  [
    "OpenAI responses",
    { usage: { input_tokens: 100, output_tokens: 7, input_tokens_details: { cached_tokens: 60 } } },
    [100, 7, 60],
  ],
  // The sum of Anthropic's three counts: 10 + 60 + 30.
  [
    "Anthropic",
    {
      usage: {
        input_tokens: 10,
        cache_read_input_tokens: 60,
        cache_creation_input_tokens: 30,
        output_tokens: 7,
      },
    },
    [100, 7, 60],
  ],
  ["AI SDK", { usage: { inputTokens: 100, outputTokens: 7, cachedInputTokens: 60 } }, [100, 7, 60]],
  [
    "Gemini",
    {
      usageMetadata: {
        promptTokenCount: 100,
        candidatesTokenCount: 5,
        thoughtsTokenCount: 2,
        cachedContentTokenCount: 60,
      },
    },
    [100, 7, 60],
  ],
  [
    "Bedrock",
    { usage: { inputTokens: 30, outputTokens: 7, cacheReadInputTokens: 60, cacheWriteInputTokens: 10 } },
    [100, 7, 60],
  ],
  ["Ollama", { prompt_eval_count: 100, eval_count: 7 }, [100, 7, undefined]],
  [
    "LangChain",
    { usage_metadata: { input_tokens: 100, output_tokens: 7, input_token_details: { cache_read: 60 } } },
    [100, 7, 60],
  ],
  [
    "an event of a stream",
    { type: "message_start", message: { usage: { input_tokens: 5 } } },
    [5, undefined, undefined],
  ],
  ["the end of a stream", { response: { usage: { output_tokens: 5 } } }, [undefined, 5, undefined]],
  ["a count of zero", { usage: { prompt_tokens: 0 } }, [0, undefined, undefined]],
])("readUsage reads %s", (_name, value, [inputTokens, outputTokens, cachedInputTokens]) => {
  expect(readUsage(JSON.stringify(value))).toEqual({ inputTokens, outputTokens, cachedInputTokens });
});

test.each([
  ['{"role":"user","content":"usage"}'],
  ['{"usage":null}'],
  ['{"usage":{"input_tokens":-1,"output_tokens":1.5}}'],
  ['{"usage":{"input_tokens":"9"}}'],
  ['["usage"]'],
])("readUsage returns undefined for %s", (json) => {
  expect(readUsage(json)).toBeUndefined();
});
