import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findShared } from "../../../../test/shared-folder.ts";
import { makeClaudeCodeSession, makeCodexSession } from "../../../../test/sessions/client-sessions.ts";
import type { SessionRequest } from "../../../../test/sessions/client-sessions.ts";
import type { CacheUse } from "../../assemble/assemble-window.ts";
import { openMemory } from "../open-memory.ts";
import type { Thread } from "../thread.ts";

const sessions: readonly (readonly [string, readonly SessionRequest[], number])[] = [
  ["Claude Code", makeClaudeCodeSession({ turns: 20, lines: 10 }), 80],
  ["Codex", makeCodexSession({ turns: 20, lines: 10 }), 140],
];

test.each(sessions)(
  "a session of %s is one thread, sent as the client sends it",
  async (_, requests, entries) => {
    let time = 1_700_000_000_000;
    const memory = await openMemory({ clock: () => (time += 1_000), prices: "anthropic" });
    const threads = new Set<string>();
    let thread: Thread | undefined;
    let rewritten = 0;
    for (const [index, { body, answer }] of requests.entries()) {
      const synced = await memory.sync(body, { session: "s" });
      threads.add(synced.thread.id);
      thread = synced.thread;
      const window = await synced.window({ budgetTokens: 1_000_000 });
      const sent = body as { readonly messages?: readonly unknown[]; readonly input?: readonly unknown[] };
      expect(window.json).toBe(JSON.stringify(sent.messages ?? sent.input));
      expect(window.edits).toEqual([]);
      expect(window.cache.brokenBy).not.toBe("edit");
      if (index > 0) expect(window.cache.state).toBe("warm");
      rewritten += window.cache.rewrittenTokens;
      await synced.answer(answer, { responseId: `resp_${index}` });
    }
    expect(threads.size).toBe(1);
    // The last answer is not confirmed yet.
    expect(await thread?.length()).toBe(entries - 1);
    expect(Number.isFinite(rewritten)).toBe(true);
    expect((await memory.threads()).length).toBe(1);
  },
);

const marks = findShared("cases/window/moved-marks-1.json");

/** Reads a case of the shared folder. */
function readCase(name: string): unknown {
  return JSON.parse(readFileSync(findShared(`cases/window/${name}`) ?? "", "utf8"));
}

test.skipIf(marks === undefined)(
  "moved-marks-1 to -3: marks that move leave one thread of five entries",
  async () => {
    const thread = await (await openMemory()).thread("t");
    for (const [index, known] of [0, 1, 3].entries()) {
      const body = readCase(`moved-marks-${index + 1}.json`) as { readonly messages: readonly unknown[] };
      const synced = await thread.sync(body);
      expect(synced).toMatchObject({ relation: "equal", known, length: 2 * index + 1 });
      expect((await synced.window({ budgetTokens: 10_000 })).json).toBe(JSON.stringify(body.messages));
    }
    expect(await thread.length()).toBe(5);
  },
);

test.skipIf(marks === undefined)("39-moving-cache-control: a mark that moves changes no entry", async () => {
  const thread = await (await openMemory()).thread("t");
  for (const list of readCase("39-moving-cache-control.json") as readonly (readonly unknown[])[])
    expect((await thread.sync(list)).relation).toBe("equal");
  expect(await thread.length()).toBe(5);
});

test.skipIf(marks === undefined)(
  "40-resend-changed-first: a time in the system message changes no entry",
  async () => {
    const thread = await (await openMemory()).thread("t");
    const { first, then } = readCase("40-resend-changed-first.json") as {
      readonly first: readonly object[];
      readonly then: readonly object[];
    };
    await thread.sync(first);
    const synced = await thread.sync(then);
    expect(synced.thread.id).toBe("t");
    expect(synced.handles).toHaveLength(1);
    const window = await synced.window({ budgetTokens: 10_000 });
    expect(window.json).toBe(JSON.stringify(then));
    expect(window.cache.brokenBy).not.toBe("edit");
  },
);

/** Requests of one history whose system prompt says something else each time, with the history they go on with. */
const changing: readonly (readonly [string, (turn: number, list: readonly object[]) => object])[] = [
  [
    "a billing line before Claude's prompt",
    (turn, messages) => ({
      model: "claude-sonnet-4-5",
      max_tokens: 100,
      system: [
        { type: "text", text: `x-billing: cch=${turn}` },
        { type: "text", text: "You help." },
      ],
      messages,
    }),
  ],
  [
    "a token count at the end of instructions",
    (turn, input) => ({ model: "gpt-5", instructions: `You help.\nTokens used: ${turn * 1_000}`, input }),
  ],
  [
    "a developer message with a date, and a second one with open files",
    (turn, list) => ({
      model: "gpt-5",
      messages: [
        { role: "developer", content: `You help. It is day ${turn}.` },
        { role: "system", content: `Open: file-${turn}.ts` },
        ...list,
      ],
    }),
  ],
];

test.each(changing)("like case 40: %s changes no entry", async (_, write) => {
  const thread = await (await openMemory()).thread("t");
  const list: object[] = [];
  let before = 0;
  for (let turn = 0; turn < 12; turn++) {
    list.push({ role: "user", content: `question ${turn}` });
    const body = write(turn, [...list]);
    const synced = await thread.sync(body);
    expect(synced.thread.id).toBe("t");
    // Each turn adds its question and the answer before it.
    if (turn > 0) expect(synced.length - before).toBe(2);
    before = synced.length;
    const { messages, input } = body as Readonly<Record<string, unknown>>;
    const window = await synced.window({ budgetTokens: 10_000 });
    expect(window.json).toBe(JSON.stringify(messages ?? input));
    expect(window.cache.brokenBy).not.toBe("edit");
    list.push({ role: "assistant", content: `answer ${turn}` });
  }
});

const renderings: readonly (readonly [string, (text: string, isLast: boolean) => object])[] = [
  [
    "on strings that become blocks",
    (text, isLast) =>
      isLast
        ? { role: "user", content: [{ type: "text", text, cache_control: { type: "ephemeral" } }] }
        : { role: "user", content: text },
  ],
  [
    "with a lifetime",
    (text, isLast) => ({
      role: "user",
      content: [
        { type: "text", text, ...(isLast ? { cache_control: { type: "ephemeral", ttl: "1h" } } : {}) },
      ],
    }),
  ],
  [
    "before the text in the block",
    (text, isLast) => ({
      role: "user",
      content: [{ ...(isLast ? { cache_control: { type: "ephemeral" } } : {}), type: "text", text }],
    }),
  ],
];

test.each(renderings)("marks %s leave one thread", async (_, write) => {
  const thread = await (await openMemory()).thread("t", { format: "anthropic" });
  for (let turns = 1; turns <= 20; turns++) {
    const list = Array.from({ length: turns }, (__, turn) => [
      write(`question ${turn}`, turn === turns - 1),
      ...(turn === turns - 1 ? [] : [{ role: "assistant", content: `answer ${turn}` }]),
    ]).flat();
    expect((await thread.sync(list)).relation).toBe("equal");
  }
  expect(await thread.length()).toBe(39);
});

test("a client that renders old text again is shown what stabilize would keep cached", async () => {
  const body = (words: string, next: string): readonly object[] => [
    { role: "user", content: `${words} ${"word ".repeat(200)}` },
    { role: "assistant", content: "done" },
    { role: "user", content: next },
  ];
  const run = async (stabilize: boolean, model?: string): Promise<CacheUse> => {
    const memory = await openMemory({ prices: "anthropic", ...(model === undefined ? {} : { model }) });
    const thread = await memory.thread("t");
    await (await thread.sync(body("look at", "a"))).window({ budgetTokens: 10_000, cache: "warm" });
    // A blank at the start says the same, but the model reads something else.
    const synced = await thread.sync(body("  look at", "a"), { stabilize });
    const { cache } = await synced.window({ budgetTokens: 10_000, cache: "warm" });
    return cache;
  };
  const [off, on] = [await run(false), await run(true)];
  expect(off.stabilizableTokens).toBeGreaterThan(200);
  expect(on).toMatchObject({ stabilizableTokens: 0, stabilizableCost: 0, stabilizableUsd: undefined });
  expect(on.reusedTokens - off.reusedTokens).toBe(off.stabilizableTokens);
  // Written at 1.25 instead of read at 0.1.
  expect(off.stabilizableCost).toBeCloseTo(1.15 * off.stabilizableTokens, 6);
  const priced = await run(false, "gpt-4o");
  // gpt-4o: 2.5 dollars for a million tokens of input.
  expect(priced.stabilizableUsd).toBeCloseTo((priced.stabilizableCost * 2.5) / 1e6, 12);
});

test("a fork's first window is compared with what was sent on its parent", async () => {
  const thread = await (await openMemory()).thread("t");
  const list = Array.from({ length: 20 }, (_, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content: `message ${index} ${"word ".repeat(50)}`,
  }));
  await (await thread.sync(list)).window({ budgetTokens: 10_000, cache: "warm" });
  const edited = list.map((one, index) => (index === 10 ? { ...one, content: "another question" } : one));
  const fork = await thread.sync(edited);
  const { cache } = await fork.window({ budgetTokens: 10_000, cache: "warm" });
  expect(fork.relation).toBe("fork");
  expect(cache.brokenBy).toBe("client");
  // Ten messages of about 54 tokens are read from the cache; the ten from the edited one on are not.
  expect(cache.reusedTokens).toBeGreaterThan(500);
  expect(cache.reusedTokens).toBeLessThan(620);
  expect(cache.rewrittenTokens + cache.newTokens).toBeGreaterThan(480);
});
