import { describe, expect, test } from "vitest";
import { openMemory } from "../open-memory.ts";
import { longText } from "./gateway.fixture.ts";

type Block = Readonly<Record<string, unknown>>;

const ids = ["one", "two", "three"].map((name) => `toolu_0000000000_${name}`);
const said = longText("plan");

interface Client {
  /** An answer of a text and calls, as the provider gives it or as the client keeps its beginning. */
  readonly answer: (text: string, calls: readonly string[]) => readonly Block[];
  readonly results: (calls: readonly string[]) => readonly Block[];
  readonly body: (list: readonly Block[]) => object;
}

const clients: Readonly<Record<string, Client>> = {
  anthropic: {
    answer: (text, calls) => [
      {
        role: "assistant",
        content: [
          { type: "text", text },
          ...calls.map((id) => ({ type: "tool_use", id, name: "read", input: { path: id } })),
        ],
      },
    ],
    results: (calls) =>
      calls.length === 0
        ? []
        : [
            {
              role: "user",
              content: calls.map((id) => ({
                type: "tool_result",
                tool_use_id: id,
                content: `text of ${id}`,
              })),
            },
          ],
    body: (messages) => ({ model: "claude-sonnet-4-5", max_tokens: 100, tools: [], messages }),
  },
  "openai-chat": {
    answer: (text, calls) => [
      {
        role: "assistant",
        content: text,
        ...(calls.length === 0
          ? {}
          : {
              tool_calls: calls.map((id) => ({
                id,
                type: "function",
                function: { name: "read", arguments: JSON.stringify({ path: id }) },
              })),
            }),
      },
    ],
    results: (calls) => calls.map((id) => ({ role: "tool", tool_call_id: id, content: `text of ${id}` })),
    body: (messages) => ({ model: "gpt-4o", tools: [], messages }),
  },
  "openai-responses": {
    answer: (text, calls) => [
      { type: "message", role: "assistant", id: "msg_1", content: [{ type: "output_text", text }] },
      ...calls.map((id) => ({
        type: "function_call",
        call_id: id,
        name: "read",
        arguments: JSON.stringify({ path: id }),
      })),
    ],
    results: (calls) =>
      calls.map((id) => ({ type: "function_call_output", call_id: id, output: `text of ${id}` })),
    body: (input) => ({ model: "gpt-5", tools: [], input }),
  },
};

/** What the client keeps of the answer: its text up to a character, and its first calls. */
const cuts: readonly (readonly [string, string, number])[] = [
  ["within its text", said.slice(0, said.length - 9), 0],
  ["after its text", said, 0],
  ["after the first call", said, 1],
  ["after the second call", said, 2],
  ["nowhere", said, 3],
];

describe.each(Object.entries(clients))("row 11: an answer cut at each block (%s)", (_, client) => {
  test.each(cuts)("%s: the kept part is the entry, on one thread", async (__, text, count) => {
    const memory = await openMemory({ model: "gpt-4o" });
    const start: readonly Block[] = [{ role: "user", content: "Look at three files." }];
    const first = await memory.sync(client.body(start), { session: "s" });
    await first.answer(client.answer(said, ids), { responseId: "resp_1" });
    const kept = ids.slice(0, count);
    const list = [
      ...start,
      ...client.answer(text, kept),
      ...client.results(kept),
      { role: "user", content: "Stop here." },
    ];
    const synced = await memory.sync(client.body(list), { session: "s" });
    expect(synced.thread.id).toBe(first.thread.id);
    expect(synced.length).toBe(list.length);
    expect((await synced.window({ budgetTokens: 100_000 })).json).toBe(JSON.stringify(list));
    const found = await synced.thread.recall("what was answered about the plan", { budgetTokens: 2_000 });
    expect(found.items.filter(({ text: words }) => words.includes("answered about plan"))).toHaveLength(1);
    const more = [...list, ...client.answer(longText("end"), []), { role: "user", content: "Go on." }];
    const next = await memory.sync(client.body(more), { session: "s" });
    expect(next.thread.id).toBe(first.thread.id);
    expect(next.length).toBe(more.length);
    expect((await memory.threads()).length).toBe(1);
  });
});
