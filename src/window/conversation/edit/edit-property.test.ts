import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutParts, editMessage, writeStub } from "./edit-message.ts";
import type { Format, Message, Part } from "../message/message.ts";
import { readMessage } from "../read/read-message.ts";

const text = fc.string({ unit: "grapheme", maxLength: 12 }).map((word) => `${word}"\\,]}`);
const id = fc.uuid();
const name = fc.constantFrom("read_file", "search");
const json = fc.jsonValue({ maxDepth: 2 });
const png = "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAUCAYAAAC07w7bAAAAAElFTkSuQmCC";

function list<T>(...arbs: readonly fc.Arbitrary<T>[]): fc.Arbitrary<readonly T[]> {
  return fc.array(fc.oneof(...arbs), { minLength: 1, maxLength: 5 });
}

const chatBlock: readonly fc.Arbitrary<object>[] = [
  fc.record({ type: fc.constant("text"), text }),
  fc.constant({ type: "image_url", image_url: { url: `data:image/png;base64,${png}`, detail: "low" } }),
  fc.record({ type: fc.constant("mystery"), data: json }),
];
const chatCall = fc.record({
  id,
  type: fc.constant("function"),
  function: fc.record({ name, arguments: json.map((value) => JSON.stringify(value)) }),
});
const chat = fc.oneof(
  fc.record({ role: fc.constantFrom("user", "system"), content: fc.oneof(text, list(...chatBlock)) }),
  fc.record(
    {
      reasoning_content: text.map((word) => `r${word}`),
      role: fc.constant("assistant"),
      content: fc.oneof(text, list(...chatBlock), fc.constant(null)),
      tool_calls: fc.array(chatCall, { minLength: 1, maxLength: 4 }),
      mystery: fc.record({ a: text }),
    },
    { requiredKeys: ["role", "content"] },
  ),
  fc.record({
    role: fc.constant("tool"),
    tool_call_id: id,
    content: fc.oneof(text, list(...chatBlock)),
  }),
);

const anthropicBlock: readonly fc.Arbitrary<object>[] = [
  fc.record({ type: fc.constant("text"), text }),
  fc.constant({ type: "image", source: { type: "base64", media_type: "image/png", data: png } }),
  fc.record({ type: fc.constant("mystery"), data: json }),
];
const anthropic = fc.oneof(
  fc.record({ role: fc.constant("user"), content: text }),
  fc.record({
    role: fc.constant("assistant"),
    content: list<object>(
      ...anthropicBlock,
      fc.record({ type: fc.constant("thinking"), thinking: text, signature: id }),
      fc.record({ type: fc.constant("redacted_thinking"), data: id }),
      fc.record({ type: fc.constant("tool_use"), id, name, input: fc.record({ path: text, more: json }) }),
    ),
  }),
  fc.record({
    role: fc.constant("user"),
    content: list<object>(
      ...anthropicBlock,
      fc.record({
        type: fc.constant("tool_result"),
        tool_use_id: id,
        content: fc.oneof(text, list(...anthropicBlock)),
      }),
    ),
  }),
);

const sdkOutput = fc.oneof(
  fc.record({ type: fc.constantFrom("text", "error-text"), value: text }),
  fc.record({ type: fc.constantFrom("json", "error-json"), value: json }),
  fc.record({ type: fc.constant("content"), value: list(fc.record({ type: fc.constant("text"), text })) }),
);
const sdk = fc.oneof(
  fc.record({ role: fc.constantFrom("user", "assistant", "system"), content: text }),
  fc.record({
    role: fc.constant("assistant"),
    content: list<object>(
      fc.record({ type: fc.constant("text"), text }),
      fc.record({ type: fc.constant("reasoning"), text }),
      fc.record({ type: fc.constant("tool-call"), toolCallId: id, toolName: name, input: json }),
      fc.record({ type: fc.constant("tool-approval-request"), approvalId: id, toolCallId: id }),
    ),
  }),
  fc.record({
    role: fc.constant("tool"),
    content: list<object>(
      fc.record({ type: fc.constant("tool-result"), toolCallId: id, toolName: name, output: sdkOutput }),
    ),
  }),
);

const responses = fc.oneof(
  fc.record({
    type: fc.constant("message"),
    role: fc.constantFrom("user", "assistant"),
    content: fc.oneof(text, list(fc.record({ type: fc.constantFrom("input_text", "output_text"), text }))),
  }),
  fc.record({ type: fc.constant("function_call"), call_id: id, name, arguments: text }),
  fc.record({
    type: fc.constantFrom("function_call_output", "custom_tool_call_output"),
    call_id: id,
    output: fc.oneof(text, list(fc.record({ type: fc.constant("input_text"), text }))),
  }),
  fc.record({
    type: fc.constant("reasoning"),
    summary: fc.array(fc.record({ type: fc.constant("summary_text"), text })),
    encrypted_content: id,
  }),
);

const trajectory = fc.oneof(
  fc.record({
    role: fc.constantFrom("system", "user"),
    content: fc.oneof(text, list(...chatBlock)),
    agent: fc.constant("main"),
  }),
  fc.record({ role: fc.constant("assistant"), content: text, thought: text, action: text }),
  fc.record({
    role: fc.constant("assistant"),
    content: text,
    action: text,
    tool_calls: fc.array(chatCall, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ role: fc.constant("tool"), content: text, tool_call_ids: fc.tuple(id) }),
  fc.record({ action: text, observation: text, thought: text }),
);

const generators: Readonly<Record<Format, fc.Arbitrary<object>>> = {
  "openai-chat": chat,
  "openai-responses": responses,
  anthropic,
  "ai-sdk": sdk,
  "swe-agent": trajectory,
};

/** Writes a value as JSON with whitespace between its tokens, as other programs do. */
function write(value: object, indent: string): string {
  return indent === ""
    ? JSON.stringify(value)
    : JSON.stringify(value, undefined, indent).replaceAll(/,\n/g, " ,\r\n");
}

function facts(part: Part): object {
  return {
    kind: part.kind,
    text: part.text,
    callId: part.callId,
    toolName: part.toolName,
    arguments: part.arguments,
    opaque: part.opaque,
  };
}

/** Returns the parts without these, and without the pictures inside a result which is one of them. */
function without(parts: readonly Part[], gone: ReadonlySet<Part>): readonly object[] {
  let inGone = false;
  return parts
    .filter((part) => {
      const isInner = (part.kind === "image" || part.kind === "file") && part.cut === undefined;
      if (!isInner || !inGone) inGone = gone.has(part) && part.kind === "tool-result";
      return !gone.has(part) && !(isInner && inGone);
    })
    .map(facts);
}

/** Counts the places where two JSON values differ, a missing element or member being one place. */
function differences(a: unknown, b: unknown): number {
  if (Object.is(a, b)) return 0;
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length + 1) return a.length === b.length ? pairwise(a, b) : 1000;
    const at = a.findIndex((item, index) => index >= b.length || differences(item, b[index]) > 0);
    return 1 + pairwise([...a.slice(0, at), ...a.slice(at + 1)], b);
  }
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return 1;
  if (Array.isArray(a) !== Array.isArray(b)) return 1;
  const keys = Object.keys(a);
  const others = Object.keys(b);
  if (others.some((key) => !keys.includes(key))) return 1000;
  return keys.reduce((sum, key) => {
    const isThere = Object.hasOwn(b, key);
    return sum + (isThere ? differences(Reflect.get(a, key), Reflect.get(b, key)) : 1);
  }, 0);
}

function pairwise(a: readonly unknown[], b: readonly unknown[]): number {
  return a.reduce<number>((sum, item, index) => sum + differences(item, b[index]), 0);
}

function cuttable(message: Message): readonly Part[] {
  return message.parts.filter((part) => part.cut !== undefined);
}

describe.each(Object.entries(generators) as [Format, fc.Arbitrary<object>][])("%s", (format, generator) => {
  const cases = fc.tuple(generator, fc.constantFrom("", " ", "  ", "\t"));

  test("editMessage without edits leaves every byte", () => {
    fc.assert(
      fc.property(cases, ([value, indent]) => {
        const source = write(value, indent);
        expect(editMessage(source, {})).toBe(source);
        expect(readMessage(source, format).json).toBe(source);
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  test("cutParts removes one part and nothing else", () => {
    fc.assert(
      fc.property(cases, ([value, indent]) => {
        const source = write(value, indent);
        const message = readMessage(source, format);
        for (const part of cuttable(message)) {
          const edited = cutParts(source, [part]);
          expect(differences(JSON.parse(source), JSON.parse(edited))).toBe(1);
          expect(readMessage(edited, format).parts.map(facts)).toEqual(
            without(message.parts, new Set([part])),
          );
        }
      }),
      { seed: 4, numRuns: 200 },
    );
  });

  test("editMessage replaces a part's content by a stub and nothing else", () => {
    fc.assert(
      fc.property(cases, text, ([value, indent], stub) => {
        const source = write(value, indent);
        const message = readMessage(source, format);
        for (const part of message.parts) {
          if (part.body === undefined) continue;
          const edited = editMessage(source, { stubs: [{ part, text: stub }] });
          expect(edited).toBe(
            source.slice(0, part.body.start) + writeStub(part, stub) + source.slice(part.body.end),
          );
          const index = message.parts.indexOf(part);
          const changed = readMessage(edited, format).parts;
          expect(changed[index]?.text).toBe(stub);
          expect(changed.slice(0, index).map(facts)).toEqual(message.parts.slice(0, index).map(facts));
          JSON.parse(edited);
        }
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  test("editMessage leaves valid JSON and all other parts for any set of cuts and stubs, given as stored numbers", () => {
    fc.assert(
      fc.property(
        cases,
        fc.array(fc.nat(2), { minLength: 12, maxLength: 12 }),
        ([value, indent], choices) => {
          const source = write(value, indent);
          const message = readMessage(source, format);
          const cuts = message.parts.filter((part, index) => part.cut && choices[index] === 1);
          const stubs = message.parts.filter((part, index) => part.body && choices[index] === 2);
          const storePart = (part: Part) => ({
            cut: part.cut && ([part.cut.start, part.cut.end] as const),
            body: part.body && ([part.body.start, part.body.end] as const),
            bodyForm: part.bodyForm,
          });
          const edited = editMessage(source, {
            cuts: cuts.toReversed().map(storePart),
            stubs: stubs.toReversed().map((part) => ({ part: storePart(part), text: "gone" })),
          });
          const kinds = (parts: readonly Part[]): readonly string[] =>
            parts.filter((part) => part.kind !== "image").map((part) => part.kind);
          const rest = message.parts.filter((part) => !cuts.includes(part));
          expect(kinds(readMessage(edited, format).parts)).toEqual(kinds(rest));
        },
      ),
      { seed: 6, numRuns: 300 },
    );
  });
});

test("every format's generator produces parts that can be cut or replaced", () => {
  for (const [format, generator] of Object.entries(generators)) {
    const messages = fc
      .sample(generator, { seed: 7, numRuns: 100 })
      .map((value) => readMessage(JSON.stringify(value), format as Format));
    expect(messages.some((message) => message.parts.some((part) => part.body !== undefined))).toBe(true);
    // An item of the responses API is one part, unless it is a message of several.
    expect(messages.some((message) => cuttable(message).length > 0)).toBe(true);
  }
});
