import type { TokenCounter } from "../tokens/counter.ts";

/** Formats whose agents can grow. */
export const growingFormats = ["openai-chat", "openai-responses", "anthropic", "ai-sdk"] as const;

/** One of those formats. */
export type GrowingFormat = (typeof growingFormats)[number];

/** Counts a token for every four characters: fast, and quick to check by hand. */
export const quarterCounter: TokenCounter = {
  id: "quarter",
  exact: true,
  count: (text) => Math.ceil(text.length / 4),
};

/** Returns the next number of a fixed sequence, 0 to 1. */
export type Random = () => number;

/** Makes a sequence of numbers that is the same for the same seed (mulberry32). */
export function seedRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A picture of 1,000 by 1,000 pixels. */
const png = "iVBORw0KGgoAAAANSUhEUgAAA+gAAAPoCAIAAADCwUOzAAAAAElFTkSuQmCC";
const url = `data:image/png;base64,${png}`;

/** What an agent does in one step, without a format. */
type Step =
  | { readonly kind: "request" | "answer" | "system"; readonly text: string; readonly images: number }
  | { readonly kind: "calls"; readonly reasoning: string | undefined; readonly calls: readonly Call[] };

interface Call {
  readonly id: string;
  readonly argument: string;
  readonly result: string;
  readonly images: number;
}

/** Messages of one step; the request is known, so that a test can tell what must fit. */
export interface GrownStep {
  readonly messages: readonly Readonly<Record<string, unknown>>[];
  readonly isRequest: boolean;
}

const words = [
  "port",
  "8443",
  "src/server.ts",
  "HAT136",
  "2024-05-20",
  "Zoë",
  "漢字",
  "why",
  "order_7",
  '"quoted"',
];

function writeText(random: Random, tokens: number): string {
  const parts: string[] = [];
  let left = tokens * 4;
  while (left > 0) {
    const word = words[Math.floor(random() * words.length)] ?? "";
    parts.push(word, random() < 0.1 ? "\n" : " ");
    left -= word.length + 1;
  }
  return parts.join("").trim();
}

/** Draws a size: mostly small, sometimes about the budget, sometimes far over it. */
function drawSize(random: Random, budgetTokens: number): number {
  const share = [0, 0.01, 0.02, 0.05, 0.1, 0.3, 1, 4][Math.floor(random() * 8)] ?? 0;
  return Math.floor(share * budgetTokens * (0.5 + random()));
}

function drawStep(random: Random, budgetTokens: number, number: number): Step {
  const kind = random();
  if (number === 0 || kind < 0.2) {
    const images = random() < 0.15 ? 1 : 0;
    return { kind: "request", text: writeText(random, 1 + drawSize(random, budgetTokens / 8)), images };
  }
  if (kind < 0.3) return { kind: "answer", text: writeText(random, 1 + random() * 60), images: 0 };
  if (kind < 0.4)
    return { kind: "system", text: writeText(random, 1 + drawSize(random, budgetTokens / 3)), images: 0 };
  const count = random() < 0.6 ? 1 : 2 + Math.floor(random() * 4);
  return {
    kind: "calls",
    reasoning: random() < 0.4 ? writeText(random, 40) : undefined,
    calls: Array.from({ length: count }, (_, index) => ({
      id: `c${number}_${index}`,
      argument: writeText(random, random() < 0.1 ? drawSize(random, budgetTokens) : 5),
      result: writeText(random, drawSize(random, budgetTokens)),
      images: random() < 0.25 ? 1 + Math.floor(random() * 3) : 0,
    })),
  };
}

type Writer = (step: Step) => readonly Readonly<Record<string, unknown>>[];

function repeat<Value>(count: number, value: Value): readonly Value[] {
  return Array.from({ length: count }, () => value);
}

const writers: Readonly<Record<GrowingFormat, Writer>> = {
  "openai-chat": (step) => {
    const image = { type: "image_url", image_url: { url } };
    const content = (text: string, images: number): unknown =>
      images === 0 ? text : [{ type: "text", text }, ...repeat(images, image)];
    if (step.kind !== "calls") {
      const role = { request: "user", answer: "assistant", system: "system" }[step.kind];
      return [{ role, content: content(step.text, step.images) }];
    }
    const calls = step.calls.map(({ id, argument }) => ({
      id,
      type: "function",
      function: { name: "read", arguments: JSON.stringify({ argument }) },
    }));
    return [
      { role: "assistant", content: null, tool_calls: calls },
      ...step.calls.map(({ id, result, images }) => ({
        role: "tool",
        tool_call_id: id,
        content: content(result, images),
      })),
    ];
  },
  "openai-responses": (step) => {
    const image = { type: "input_image", image_url: url };
    if (step.kind !== "calls") {
      const role = { request: "user", answer: "assistant", system: "developer" }[step.kind];
      const type = step.kind === "answer" ? "output_text" : "input_text";
      return [{ type: "message", role, content: [{ type, text: step.text }, ...repeat(step.images, image)] }];
    }
    return [
      ...step.calls.map(({ id, argument }) => ({
        type: "function_call",
        call_id: id,
        name: "read",
        arguments: JSON.stringify({ argument }),
      })),
      ...step.calls.map(({ id, result, images }) => ({
        type: "function_call_output",
        call_id: id,
        output: images === 0 ? result : [{ type: "input_text", text: result }, ...repeat(images, image)],
      })),
    ];
  },
  anthropic: (step) => {
    const image = { type: "image", source: { type: "base64", media_type: "image/png", data: png } };
    if (step.kind === "system") return [];
    if (step.kind !== "calls") {
      const role = step.kind === "request" ? "user" : "assistant";
      return [{ role, content: [{ type: "text", text: step.text }, ...repeat(step.images, image)] }];
    }
    const thinking = { type: "thinking", thinking: step.reasoning, signature: "c2lnbmF0dXJl".repeat(8) };
    return [
      {
        role: "assistant",
        content: [
          ...(step.reasoning === undefined ? [] : [thinking]),
          ...step.calls.map(({ id, argument }) => ({
            type: "tool_use",
            id,
            name: "read",
            input: { argument },
          })),
        ],
      },
      {
        role: "user",
        content: step.calls.map(({ id, result, images }) => ({
          type: "tool_result",
          tool_use_id: id,
          content: [...(result === "" ? [] : [{ type: "text", text: result }]), ...repeat(images, image)],
        })),
      },
    ];
  },
  "ai-sdk": (step) => {
    const image = { type: "image", image: png, mediaType: "image/png" };
    if (step.kind === "system") return [{ role: "system", content: step.text }];
    if (step.kind !== "calls") {
      const role = step.kind === "request" ? "user" : "assistant";
      return [{ role, content: [{ type: "text", text: step.text }, ...repeat(step.images, image)] }];
    }
    const media = { type: "media", data: png, mediaType: "image/png" };
    const call = { toolName: "read" };
    return [
      {
        role: "assistant",
        content: [
          ...(step.reasoning === undefined ? [] : [{ type: "reasoning", text: step.reasoning }]),
          ...step.calls.map(({ id, argument }) => ({
            type: "tool-call",
            toolCallId: id,
            ...call,
            input: { argument },
          })),
        ],
      },
      {
        role: "tool",
        content: step.calls.map(({ id, result, images }) => ({
          type: "tool-result",
          toolCallId: id,
          ...call,
          output:
            images === 0
              ? { type: "text", value: result }
              : { type: "content", value: [{ type: "text", text: result }, ...repeat(images, media)] },
        })),
      },
    ];
  },
};

/** Grows an agent's conversation step by step; sizes are drawn around the budget. */
export function growAgent(format: GrowingFormat, random: Random, budgetTokens: number): () => GrownStep {
  let number = 0;
  return () => {
    for (;;) {
      const step = drawStep(random, budgetTokens, number++);
      const messages = writers[format](step);
      if (messages.length > 0) return { messages, isRequest: step.kind === "request" };
    }
  };
}
