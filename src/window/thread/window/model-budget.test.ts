import { expect, test } from "vitest";
import { openMemory } from "../open-memory.ts";

const messages = [{ role: "user", content: "Which port?" }];

test("a window takes the context window of a known model as its budget, and states where it is from", async () => {
  const memory = await openMemory({ model: "gpt-4o" });
  const thread = await memory.thread("t");
  await thread.append(messages);
  const window = await thread.window();
  expect(window.budgetTokens).toBe(128_000);
  expect(window.ledger.kinds.find((row) => row.kind === "answer")?.size).toBe(16_000);
  expect(window.budgetSource).toMatch(/^gpt-4o: context window of 128000 tokens \(.*\), 16000 kept/);
  expect((await thread.window({ budgetTokens: 5_000 })).budgetSource).toBe("given");
  await memory.close();
});

test("a window of an unknown model needs a budget, or the model's context window", async () => {
  const unknown = await openMemory({ model: "my-own-model" });
  const thread = await unknown.thread("t");
  await thread.append(messages);
  expect(() => thread.window({})).toThrow(
    /budgetTokens is needed: the context window of the model is not known/,
  );
  await unknown.close();
  const known = await openMemory({
    model: "my-own-model",
    models: { "my-own-model": { contextTokens: 8_000 } },
  });
  const other = await known.thread("t");
  await other.append(messages);
  expect((await other.window()).budgetTokens).toBe(8_000);
  await known.close();
});
