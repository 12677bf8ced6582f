import { expect, test } from "vitest";
import { makeClaudeCodeSession, makeCodexSession } from "../../../../test/sessions/client-sessions.ts";
import { openMemory } from "../open-memory.ts";
import type { Memory } from "../open-memory.ts";
import type { Synced } from "../thread.ts";
import { longText } from "./gateway.fixture.ts";

type Message = Readonly<Record<string, unknown>>;
type Body = Readonly<Record<string, unknown>> & { readonly messages: readonly Message[] };

const session = "s";
let responses = 0;

/** Takes a request in, checks that its window is what the client sent or costs no rewriting, and stores the answer. */
async function ask(memory: Memory, body: object, answer: readonly object[]): Promise<Synced> {
  const synced = await memory.sync(body, { session });
  const window = await synced.window({ budgetTokens: 1_000_000 });
  const { messages, input } = body as Readonly<Record<string, unknown>>;
  const edits = await synced.thread.edits();
  if (edits.length === 0) expect(window.json).toBe(JSON.stringify(messages ?? input));
  // Where the client broke the prefix itself, reasoning of finished turns leaves behind it: nothing is rewritten for that.
  for (const { measure, rewrittenTokens } of edits)
    expect([measure, rewrittenTokens]).toEqual(["drop-reasoning", 0]);
  expect(window.cache.brokenBy).not.toBe("edit");
  if (answer.length > 0) await synced.answer(answer, { responseId: `resp_${++responses}` });
  return synced;
}

function say(text: string): Message {
  return { role: "assistant", content: [{ type: "text", text }] };
}

function asBody(body: object): Body {
  return body as Body;
}

const requests = makeClaudeCodeSession({ turns: 10, lines: 12, steadyBilling: true });

test("a title call and sub-agents of the same session id between the turns have threads of their own", async () => {
  const memory = await openMemory();
  const main = new Set<string>();
  const helpers = new Set<string>();
  let length = 0;
  for (const [index, { body, answer }] of requests.entries()) {
    const synced = await ask(memory, body, answer);
    main.add(synced.thread.id);
    length = synced.length;
    if (index === 0) {
      const { tools: _, ...rest } = asBody(body);
      const side = {
        ...rest,
        system: "You write titles.",
        messages: [{ role: "user", content: "Change part 0 of the parser." }],
      };
      helpers.add((await ask(memory, side, [say(longText("title"))])).thread.id);
    }
    if (index % 6 !== 5) continue;
    // The same first message for each helper, and the main agent's own words in the task.
    const start = { role: "user", content: "Search the parser for values that nobody reads." };
    const helper = {
      ...asBody(body),
      system: "You search files.",
      tools: [{ name: "Grep", input_schema: { type: "object" } }],
    };
    const found = say(longText(`helper ${index}`));
    helpers.add((await ask(memory, { ...helper, messages: [start] }, [found])).thread.id);
    const next = await ask(
      memory,
      { ...helper, messages: [start, found, { role: "user", content: "Say more." }] },
      [],
    );
    expect(main.has(next.thread.id)).toBe(false);
    expect(next.length).toBe(3);
  }
  expect(main.size).toBe(1);
  expect(length).toBe(39);
  expect([...helpers].some((id) => main.has(id))).toBe(false);
});

test("system messages between the turns that come and go leave one thread", async () => {
  const memory = await openMemory();
  const threads = new Set<string>();
  let last: Synced | undefined;
  for (const [index, { body, answer }] of requests.entries()) {
    const { messages } = asBody(body);
    // One of them stays in its place, one is only in the newest request.
    const note = { role: "system", content: "Files changed on disk: src/part-1.ts." };
    const kept = messages.length > 5 ? [...messages.slice(0, 5), note, ...messages.slice(5)] : messages;
    const effort = { role: "system", content: [{ type: "text", text: `Effort of call ${index}.` }] };
    const sent = index % 2 === 0 ? [...kept, effort] : kept;
    last = await ask(memory, { ...asBody(body), messages: sent }, answer);
    threads.add(last.thread.id);
  }
  expect(threads.size).toBe(1);
  const said =
    (await last?.thread.recall("Change part 3 of the parser", { budgetTokens: 2_000 }))?.items ?? [];
  expect(said.filter(({ text }) => text === "Change part 3 of the parser.").length).toBeLessThan(2);
});

test("old results that the client clears one after the other leave one thread", async () => {
  const memory = await openMemory();
  const threads = new Set<string>();
  let last: Synced | undefined;
  for (const { body, answer } of requests) {
    const { messages } = asBody(body);
    const cleared = messages.map((message, index) => {
      const blocks = message["content"];
      if (index >= messages.length - 6 || typeof blocks === "string") return message;
      return {
        ...message,
        content: (blocks as readonly Message[]).map((block) =>
          block["type"] === "tool_result"
            ? { ...block, content: "[Old tool result content cleared]" }
            : block,
        ),
      };
    });
    last = await ask(memory, { ...asBody(body), messages: cleared }, answer);
    threads.add(last.thread.id);
    expect(last.length).toBe(messages.length);
  }
  expect(threads.size).toBe(1);
  expect((await last?.thread.expand("#2"))?.map(({ text }) => text).join("")).toContain("value_0_0_11");
});

test("/compact goes on in a thread that continues the one before", async () => {
  const memory = await openMemory();
  let before: Synced | undefined;
  for (const { body, answer } of requests) before = await ask(memory, body, answer);
  const { body, answer } = requests.at(-1) ?? { body: {}, answer: [] };
  const { messages } = asBody(body);
  const summary = `Summary of the session: ${"parts of the parser were changed, file by file. ".repeat(10)}`;
  const asked = { role: "user", content: "Your task is to summarize the conversation so far." };
  await ask(memory, { ...asBody(body), messages: [...messages, ...answer, asked] }, [say(summary)]);
  const start = { role: "user", content: `This session continues from an earlier one. ${summary}` };
  const first = await ask(memory, { ...asBody(body), messages: [start] }, [say(longText("first"))]);
  const next = await ask(
    memory,
    { ...asBody(body), messages: [start, say(longText("first")), { role: "user", content: "Go on." }] },
    [],
  );
  expect(first.relation).toBe("continued");
  expect((await memory.store.findThread(first.thread.id))?.continues).toBe(before?.thread.id);
  expect(next.thread.id).toBe(first.thread.id);
  expect(next.length).toBe(3);
});

test("Codex' own compaction item goes out untouched, on one thread from there on", async () => {
  const memory = await openMemory();
  const codex = makeCodexSession({ turns: 6, lines: 12 });
  for (const { body, answer } of codex) await ask(memory, body, answer);
  const { input, ...frame } = (codex.at(-1)?.body ?? {}) as { readonly input: readonly Message[] };
  const questions = input.filter(({ role }) => role === "user");
  const item = { type: "compaction", encrypted_content: Buffer.from("state ".repeat(40)).toString("base64") };
  await ask(
    memory,
    { ...frame, input: [...input, ...(codex.at(-1)?.answer ?? []), { type: "compaction_trigger" }] },
    [item],
  );
  const list: Message[] = [...questions, item];
  const threads = new Set<string>();
  for (let turn = 0; turn < 5; turn++) {
    list.push({
      type: "message",
      role: "user",
      content: [{ type: "input_text", text: `Now task ${turn}.` }],
    });
    const given = [
      {
        type: "message",
        role: "assistant",
        content: [{ type: "output_text", text: longText(`task ${turn}`) }],
      },
    ];
    const synced = await ask(memory, { ...frame, input: list }, given);
    threads.add(synced.thread.id);
    list.push(...given);
  }
  expect(threads.size).toBe(1);
});
