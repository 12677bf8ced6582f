import * as fc from "fast-check";
import { expect, test } from "vitest";
import { openMemoryStore } from "../../store/memory-store.ts";
import type { Store } from "../../store/store.ts";
import { openMemory } from "../open-memory.ts";
import type { Memory } from "../open-memory.ts";
import type { Synced } from "../thread.ts";

type Block = Readonly<Record<string, unknown>>;
interface ClientMessage {
  readonly role: "user" | "assistant";
  readonly content: string | readonly Block[];
}

/** How a client changes what it sends from one request to the next. */
type Step =
  | { readonly kind: "grow"; readonly turns: number; readonly words: string }
  | { readonly kind: "text" | "clear" | "byte" | "cut" | "drop" | "insert" | "edit"; readonly at: number }
  | { readonly kind: "other" | "restart" | "again" };

const word = fc.constantFrom("port", "8443", "src/server.ts", "漢字", "fix", "user_id", "Zoë", '"quoted"');
const words = fc.array(word, { minLength: 1, maxLength: 40 }).map((list) => list.join(" "));
const place = fc.nat(40);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("grow" as const),
      turns: fc.integer({ min: 1, max: 4 }),
      words,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom("text" as const, "clear", "byte", "cut", "drop", "insert", "edit"),
      at: place,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("other" as const, "restart", "again") }) },
);

function makeTurn(number: number, said: string): readonly ClientMessage[] {
  const id = `toolu_${number}`;
  return [
    {
      role: "assistant",
      content: [
        { type: "text", text: `step ${number}: ${said}` },
        { type: "tool_use", id, name: "read_file", input: { path: `src/${number}.ts`, from: 1.0 } },
      ],
    },
    {
      role: "user",
      content: [{ type: "tool_result", tool_use_id: id, content: `${said} ${said} ${number}` }],
    },
    ...(number % 3 === 0
      ? [
          { role: "assistant", content: `done with ${number}` } as const,
          { role: "user", content: [{ type: "text", text: `next: ${said}` }] } as const,
        ]
      : []),
  ];
}

function change(
  messages: readonly ClientMessage[],
  index: number,
  to: (message: ClientMessage) => ClientMessage,
): ClientMessage[] {
  return messages.map((message, place_) => (place_ === index ? to(message) : message));
}

function mapBlocks(message: ClientMessage, to: (block: Block) => Block): ClientMessage {
  return typeof message.content === "string" ? message : { ...message, content: message.content.map(to) };
}

function applyStep(
  messages: readonly ClientMessage[],
  given: Step,
  turn: { number: number },
): readonly ClientMessage[] {
  if (given.kind === "grow")
    return [
      ...messages,
      ...Array.from({ length: given.turns }, () => makeTurn(turn.number++, given.words)).flat(),
    ];
  if (!("at" in given)) return messages;
  const index = given.at % messages.length;
  switch (given.kind) {
    case "text":
      return change(messages, index, (message) => {
        const [only, second] = typeof message.content === "string" ? [] : message.content;
        return only?.["type"] === "text" && second === undefined
          ? { ...message, content: String(only["text"]) }
          : message;
      });
    case "clear":
      return change(messages, index, (message) =>
        mapBlocks(message, (block) =>
          block["type"] === "tool_result" ? { ...block, content: "[cleared]" } : block,
        ),
      );
    case "byte":
      return change(messages, index, (message) =>
        typeof message.content === "string" ? { ...message, content: `${message.content}!` } : message,
      );
    case "cut":
      return messages.slice(Math.min(index, messages.length - 3));
    case "drop":
      return messages.filter((_, at) => at !== index);
    case "insert":
      return [...messages.slice(0, index), { role: "user", content: "by the way" }, ...messages.slice(index)];
    case "edit":
      return [...messages.slice(0, index), { role: "user", content: `do ${given.at} instead` }];
  }
}

/** Renders a request as a client does: with marks at the end that move, spaces or none, and fields before or after. */
function render(messages: readonly ClientMessage[], round: number): string | Uint8Array | object {
  const marked = messages.map((message, index) =>
    index < messages.length - 2
      ? message
      : mapBlocks(message, (block) => ({ ...block, cache_control: { type: "ephemeral" } })),
  );
  const system = round % 5 === 4 ? `You are an agent. Round ${round}.` : "You are an agent.";
  const body =
    round % 4 === 3
      ? { messages: marked, system, max_tokens: 9, model: "claude-x" }
      : { model: "claude-x", system, messages: marked, max_tokens: 9, stream: round % 2 === 0 };
  if (round % 3 === 0) return body;
  const text = JSON.stringify(body, undefined, round % 7 === 5 ? 1 : 0);
  return round % 3 === 1 ? text : new TextEncoder().encode(text);
}

function open(store: Store): Promise<Memory> {
  let now = 1_700_000_000_000;
  return openMemory({ store, model: "gpt-4o", prices: "anthropic", clock: () => now++ && 1_700_000_000_000 });
}

async function outline(synced: Synced, budgetTokens: number): Promise<unknown> {
  const { thread, relation, handles, known, reduced, absent, length, warnings } = synced;
  const window = await synced
    .window({ budgetTokens, overflow: "minimum" })
    .then(({ json, parts, tokens, ledger, cache, edits, recalled, messages }) => ({
      json,
      parts,
      tokens,
      ledger,
      cache,
      edits,
      recalled,
      messages,
    }));
  return { thread: thread.id, relation, handles, known, reduced, absent, length, warnings, window };
}

/** Returns everything that a store holds of the threads of these syncs. */
async function dump(store: Store, threads: ReadonlySet<string>): Promise<unknown> {
  const all = [];
  for (const thread of threads) {
    const { length } = await store.head(thread);
    all.push([
      thread,
      await store.entries(thread, 0, length),
      (await store.events(thread, 0)).map((event) => ({ ...event, json: JSON.parse(event.json) as unknown })),
      await store.readSent(thread),
    ]);
  }
  return all;
}

test("a request compared with the one before gives what reading it whole gives", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 14 }),
      fc.constantFrom(300, 700, 3_000),
      async (steps, budgetTokens) => {
        const [fastStore, slowStore] = [openMemoryStore(), openMemoryStore()];
        let fast = await open(fastStore);
        const turn = { number: 0 };
        let messages: readonly ClientMessage[] = [
          { role: "user", content: "fix the port" },
          ...makeTurn(turn.number++, "begin"),
        ];
        const threads = new Set<string>();
        for (const [round, given] of steps.entries()) {
          messages = applyStep(messages, given, turn);
          if (given.kind === "restart") fast = await open(fastStore);
          const name = given.kind === "other" ? "u" : "t";
          const input = render(messages, round);
          // A memory that was just opened has read nothing before.
          const slow = await open(slowStore);
          const [a, b] = await Promise.all(
            [fast, slow].map(async (memory) => (await memory.thread(name)).sync(input)),
          );
          if (a === undefined || b === undefined) throw new Error("no result");
          threads.add(a.thread.id);
          expect(await outline(a, budgetTokens)).toEqual(await outline(b, budgetTokens));
        }
        expect(await dump(fastStore, threads)).toEqual(await dump(slowStore, threads));
      },
    ),
    { numRuns: 25, seed: 20261129, endOnFailure: true },
  );
});
