import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Entry, StoredPart } from "../store/store.ts";
import { PairScan, findPairBreaks } from "./find-pair-breaks.ts";

function makePart(
  kind: "text" | "tool-call" | "tool-result",
  callId?: string,
  toolName?: string,
): StoredPart {
  const contentKey = kind === "text" ? undefined : "k";
  return {
    kind,
    tokens: 1,
    cut: undefined,
    body: undefined,
    bodyForm: "string",
    callId,
    toolName,
    contentKey,
  };
}

function makeEntry(
  seq: number,
  role: Entry["role"],
  parts: readonly StoredPart[],
  format: Entry["format"],
): Entry {
  return {
    seq,
    role,
    parts,
    format,
    key: "",
    chain: "",
    checksum: "",
    tokens: 1,
    time: 0,
    counter: "",
    json: "",
    terms: "",
    hidden: false,
  } as unknown as Entry;
}

test("a call of Gemini without an id is answered by name, and one that nothing answers is found", () => {
  const entries = [
    makeEntry(0, "user", [makePart("text")], "gemini"),
    makeEntry(
      1,
      "assistant",
      [makePart("tool-call", undefined, "a"), makePart("tool-call", undefined, "b")],
      "gemini",
    ),
    makeEntry(2, "user", [makePart("tool-result", undefined, "b")], "gemini"),
    makeEntry(3, "assistant", [makePart("text")], "gemini"),
    makeEntry(4, "user", [makePart("tool-result", undefined, "b")], "gemini"),
  ];
  const { unanswered, leftOut } = findPairBreaks(entries);
  expect([...unanswered]).toMatchObject([[1, [{ callId: undefined, toolName: "a" }]]]);
  expect([...leftOut]).toEqual([[4, [0]]]);
});

test("results without any call are sent as they are: their calls are in the provider's store", () => {
  const entries = [makeEntry(0, "tool", [makePart("tool-result", "c1")], "openai-responses")];
  expect(findPairBreaks(entries).leftOut.size).toBe(0);
});

test("a scan of a history that grows or changes finds what a fresh one finds", () => {
  const part = fc.oneof(
    fc.constant(makePart("text")),
    fc
      .tuple(
        fc.constantFrom("tool-call" as const, "tool-result" as const),
        fc.constantFrom("c1", "c2", undefined),
      )
      .map(([kind, callId]) => makePart(kind, callId, "f")),
  );
  const histories = fc.array(
    fc.record({
      keep: fc.nat(8),
      added: fc.array(
        fc.tuple(
          fc.constantFrom("user" as const, "assistant" as const, "tool" as const),
          fc.array(part, { minLength: 1, maxLength: 3 }),
        ),
        { maxLength: 4 },
      ),
    }),
    { minLength: 1, maxLength: 6 },
  );
  fc.assert(
    fc.property(
      histories,
      fc.constantFrom("gemini" as const, "openai-chat" as const, "anthropic" as const),
      (steps, format) => {
        const scan = new PairScan();
        let entries: readonly Entry[] = [];
        for (const { keep, added } of steps) {
          const start = entries.slice(0, Math.max(keep, entries.length - 1));
          entries = [
            ...start,
            ...added.map(([role, parts], index) => makeEntry(start.length + index, role, parts, format)),
          ];
          expect(scan.read(entries)).toEqual(findPairBreaks(entries));
        }
      },
    ),
    { seed: 1, numRuns: 200 },
  );
});
