import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutParts, editMessage, writeStub } from "./edit-message.ts";
import { text } from "./generator-parts.fixture.ts";
import { generators } from "./generators.fixture.ts";
import type { Format, Message, Part } from "../message/message.ts";
import { readMessage } from "../read/read-message.ts";

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

/** Returns true for a part inside a cut: its own range is in it, or it has none and follows a result that is cut. */
function isInside(part: Part, result: Part | undefined, gone: ReadonlySet<Part>): boolean {
  if (part.kind !== "image" && part.kind !== "file") return false;
  const { cut } = part;
  if (cut === undefined) return result !== undefined && gone.has(result);
  return [...gone].some((other) => other.cut && other.cut.start <= cut.start && cut.end <= other.cut.end);
}

/** Returns the parts without these, and without the pictures inside a result which is one of them. */
function without(parts: readonly Part[], gone: ReadonlySet<Part>): readonly Part[] {
  let result: Part | undefined;
  return parts.filter((part) => {
    if (part.kind !== "image" && part.kind !== "file")
      result = part.kind === "tool-result" ? part : undefined;
    return !gone.has(part) && !isInside(part, result, gone);
  });
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
            without(message.parts, new Set([part])).map(facts),
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
          JSON.parse(edited);
          if (isInner(message.parts, part)) {
            expect(changed.some((one) => one.kind === "tool-result" && one.text.includes(stub))).toBe(true);
            continue;
          }
          expect(changed[index]?.text).toBe(stub);
          expect(changed.slice(0, index).map(facts)).toEqual(message.parts.slice(0, index).map(facts));
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
          // A picture becomes a text; one in a result becomes a piece of the result's text.
          const expected = message.parts.flatMap((part) => {
            if (cuts.includes(part)) return [];
            if (part.kind === "file") return [];
            if (part.kind !== "image") return [part.kind];
            return stubs.includes(part) && !isInner(message.parts, part) ? ["text"] : [];
          });
          const kinds = readMessage(edited, format).parts.map((part) => part.kind);
          expect(kinds.filter((kind) => kind !== "image" && kind !== "file")).toEqual(expected);
        },
      ),
      { seed: 6, numRuns: 300 },
    );
  });
});

/** Returns true for a picture in a tool result. */
function isInner(parts: readonly Part[], part: Part): boolean {
  const before = parts.slice(0, parts.indexOf(part));
  return part.kind === "image" && part.cut === undefined && before.some((one) => one.kind === "tool-result");
}

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
