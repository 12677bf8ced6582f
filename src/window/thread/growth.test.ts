import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isLoadlineError } from "../../shared/errors.ts";
import type { Window } from "../assemble/assemble-window.ts";
import type { Conversation } from "../conversation/message/message.ts";
import { readConversation, readMessages } from "../conversation/read/read-conversation.ts";
import { findRuleFaults } from "../rules/find-rule-faults.ts";
import { countFrame } from "../tokens/count-frame.ts";
import { countMessage } from "../tokens/count-message.ts";
import { growAgent, growingFormats, quarterCounter, seedRandom } from "./growing-agent.fixture.ts";
import type { GrowingFormat, Random } from "./growing-agent.fixture.ts";
import { openMemory } from "./open-memory.ts";
import type { Thread } from "./thread.ts";

/** Agents per format. `npm run test:growth` grows many more. */
const runs = Number(process.env["LOADLINE_GROWTH_RUNS"] ?? 6);
const steps = 14;

const frame = {
  system: "You are an agent.",
  tools: [{ name: "read", description: "Reads a file.", input_schema: { type: "object" } }],
};

/** A request body's fields around the messages, by format. */
const frames: Readonly<Record<GrowingFormat, object>> = {
  "openai-chat": {
    tools: [{ type: "function", function: { name: "read", parameters: { type: "object" } } }],
  },
  "openai-responses": { instructions: frame.system },
  anthropic: frame,
  "ai-sdk": { system: frame.system },
};

function listName(format: GrowingFormat): string {
  return format === "openai-responses" ? "input" : "messages";
}

function count(format: GrowingFormat, messages: readonly unknown[]): number {
  return readMessages(messages, { format }).reduce(
    (sum, message) => sum + countMessage(message, quarterCounter).total,
    0,
  );
}

function readBody(format: GrowingFormat, messages: readonly object[]): Conversation {
  return readConversation(JSON.stringify({ ...frames[format], [listName(format)]: messages }), { format });
}

function countFrameOf(format: GrowingFormat, messages: readonly object[]): number {
  const read = readBody(format, messages);
  const { system, tools, overhead } = countFrame(read.frame, quarterCounter, read.messages[0]);
  return system + tools + overhead;
}

/** Returns the tokens of the frame, with the system messages that the conversation begins with, and of the newest request. */
function countLeast({ format, messages, request }: Omit<Grown, "thread">): number {
  const start = messages.findIndex(
    (one) => !["system", "developer"].includes(String(Reflect.get(one, "role"))),
  );
  const leading = messages.slice(0, start === -1 ? messages.length : start);
  const kept = request === undefined ? leading : [...leading, request];
  return countFrameOf(format, messages) + count(format, kept);
}

interface Grown {
  readonly thread: Thread;
  readonly format: GrowingFormat;
  readonly messages: readonly object[];
  readonly request: object | undefined;
}

async function tryWindow(grown: Grown, budgetTokens: number, random: Random): Promise<Window | undefined> {
  try {
    return await grown.thread.window({
      budgetTokens,
      protectTail: 1 + Math.floor(random() * 3),
      recallShare: random() < 0.5 ? 0 : 0.1,
      lowWater: 0.2 + 0.6 * random(),
      keepImages: Math.floor(random() * 4),
    });
  } catch (error) {
    if (!isLoadlineError(error, "budget-too-small")) throw error;
    const least = Number(error.details["minTokens"]);
    expect(least).toBeGreaterThan(budgetTokens);
    // The error names the least budget: it is the frame and the newest request.
    expect(least).toBe(countLeast(grown));
    return undefined;
  }
}

async function checkWindow(
  grown: Grown,
  budgetTokens: number,
  random: Random,
  before: Window | undefined,
): Promise<Window | undefined> {
  const least = countLeast(grown);
  const window = await tryWindow(grown, budgetTokens, random);
  expect(window !== undefined).toBe(budgetTokens >= least);
  if (window === undefined) return undefined;
  expect(window.tokens).toBeLessThanOrEqual(budgetTokens);
  const sent = countFrameOf(grown.format, grown.messages) + count(grown.format, window.messages);
  expect(sent).toBeLessThanOrEqual(budgetTokens);
  expect(findRuleFaults(grown.format, window.messages, { history: grown.messages })).toEqual([]);
  if (grown.request !== undefined) expect(window.messages).toContainEqual(grown.request);
  if (before !== undefined && window.edits.length === 0) {
    const shown = before.parts.map((part) => part.json);
    expect(window.parts.slice(0, shown.length).map((part) => part.json)).toEqual(shown);
  }
  for (const part of window.parts) {
    if (part.kind === "edited" && random() < 0.2) {
      const [entry] = await grown.thread.expand(part.handle ?? "");
      expect(entry?.json).toBe(JSON.stringify(grown.messages[entry?.seq ?? 0]));
    }
  }
  return window;
}

/** Grows an agent and calls `check` after each step with a budget around its own. */
async function grow(
  format: GrowingFormat,
  { seed, budget }: { readonly seed: number; readonly budget: number },
  check: (grown: Grown, budgetTokens: number, random: Random) => Promise<void>,
): Promise<void> {
  const random = seedRandom(seed);
  const memory = await openMemory({
    counter: quarterCounter,
    clock: () => 1_700_000_000_000,
    prices: "anthropic",
  });
  const thread = await memory.thread("agent");
  const nextStep = growAgent(format, random, budget);
  const messages: object[] = [];
  let request: object | undefined;
  for (let step = 0; step < steps; step++) {
    const grown = nextStep();
    await thread.append(
      step === 0 ? readBody(format, grown.messages) : [...grown.messages],
      step === 0 ? {} : { after: `#${messages.length - 1}` },
    );
    messages.push(...grown.messages);
    if (grown.isRequest) request = grown.messages[0];
    const budgetTokens = random() < 0.7 ? budget : Math.ceil(budget * (0.2 + 3 * random()));
    await check({ thread, format, messages, request }, budgetTokens, random);
  }
  await memory.close();
}

const agents = [fc.integer(), fc.integer({ min: 40, max: 2_500 })] as const;

describe.each(growingFormats)("an agent that grows by random steps, %s", (format) => {
  test("is never stuck while the frame and the newest request fit, and keeps its prefix without an edit", async () => {
    await fc.assert(
      fc.asyncProperty(...agents, async (seed, budget) => {
        let before: Window | undefined;
        await grow(format, { seed, budget }, async (grown, budgetTokens, random) => {
          before = (await checkWindow(grown, budgetTokens, random, before)) ?? before;
          // One token makes the difference, and a larger budget never fails where a smaller one did not.
          if (random() >= 0.2) return;
          const least = countLeast(grown);
          expect(await checkWindow(grown, least - 1, random, before)).toBeUndefined();
          before = await checkWindow(grown, least, random, before);
        });
      }),
      { numRuns: runs, seed: 61 },
    );
  }, 3_600_000);

  test("never exceeds the budget by what was learned, and fails only below the least that its error names", async () => {
    await fc.assert(
      fc.asyncProperty(...agents, async (seed, budget) => {
        await grow(format, { seed, budget }, async ({ thread }, budgetTokens, random) => {
          const window = await thread.window({ budgetTokens }).catch(async (error: unknown) => {
            if (!isLoadlineError(error, "budget-too-small")) throw error;
            const least = Number(error.details["minTokens"]);
            expect(least).toBeGreaterThan(budgetTokens);
            const smallest = await thread.window({ budgetTokens: least });
            expect(smallest.tokens).toBeLessThanOrEqual(least);
            return smallest;
          });
          expect(window.tokens).toBeLessThanOrEqual(window.budgetTokens);
          await thread.reportUsage({ inputTokens: Math.round(window.tokens * (0.6 + 1.2 * random())) });
        });
      }),
      { numRuns: Math.ceil(runs / 2), seed: 62 },
    );
  }, 3_600_000);
});
