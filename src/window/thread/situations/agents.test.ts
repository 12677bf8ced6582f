import { describe, expect, test } from "vitest";
import { agentClients, makeAgentSession } from "../../../../test/sessions/agent-sessions.ts";
import type { AgentRequest } from "../../../../test/sessions/agent-sessions.ts";
import { openMemory } from "../open-memory.ts";
import type { Memory } from "../open-memory.ts";

function listSent(body: object): readonly object[] {
  const { messages, input, contents } = body as Readonly<Record<string, readonly object[] | undefined>>;
  return messages ?? input ?? contents ?? [];
}

/** Takes a session in, and returns the threads by what their requests are for. */
async function run(
  memory: Memory,
  requests: readonly AgentRequest[],
): Promise<ReadonlyMap<string, Set<string>>> {
  const threads = new Map<string, Set<string>>();
  for (const [index, { of, body, answer }] of requests.entries()) {
    const synced = await memory.sync(body, { session: "s" });
    threads.set(of, (threads.get(of) ?? new Set()).add(synced.thread.id));
    expect(synced.length).toBe(listSent(body).length);
    const window = await synced.window({ budgetTokens: 1_000_000 });
    expect(window.json).toBe(JSON.stringify(listSent(body)));
    expect(window.edits).toEqual([]);
    expect(window.cache.brokenBy).not.toBe("edit");
    await synced.answer(answer, { responseId: `resp_${index}` });
  }
  return threads;
}

describe.each(agentClients)("%s", (client) => {
  test("a session is one thread, its side call another that is not listed", async () => {
    let time = 1_700_000_000_000;
    const memory = await openMemory({ clock: () => (time += 1_000), prices: "openai" });
    const threads = await run(memory, makeAgentSession(client, 20));
    expect(threads.get("main")?.size).toBe(1);
    const listed = await memory.threads();
    expect(listed.map(({ thread }) => thread)).toEqual([...(threads.get("main") ?? [])]);
  });

  test("row 25: another model from some turn on changes no thread", async () => {
    const memory = await openMemory();
    const requests = makeAgentSession(client, 8).map((request, index) =>
      index < 9 ? request : { ...request, body: { ...request.body, model: "another-model" } },
    );
    expect((await run(memory, requests)).get("main")?.size).toBe(1);
  });
});
