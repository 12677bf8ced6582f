import { expect, test } from "vitest";
import { openMemory } from "../open-memory.ts";

const schema = { type: "object", properties: { port: { type: "integer" } } };

test("a thread keeps the answer's form and the choice, and a request without them does not clear them", async () => {
  const memory = await openMemory();
  const thread = await memory.thread("t");
  const messages = [{ role: "user", content: "hi" }];
  await thread.append({ messages });
  const before = (await thread.window({ budgetTokens: 10_000 })).tokens;
  await thread.append({
    messages,
    response_format: { type: "json_schema", json_schema: { name: "port", schema } },
  });
  await thread.append({ messages });
  const after = (await thread.window({ budgetTokens: 10_000 })).tokens;
  expect(after).toBeGreaterThanOrEqual(before);
  await memory.close();
});
