import { describe, expect, test } from "vitest";
import type { Edit } from "../../measures/edit.ts";
import { readChange, saveChange } from "./thread-events.ts";

const edit: Edit = {
  number: 1,
  measure: "recall",
  reason: "requested",
  why: "2 earlier entries bear on the newest request",
  time: 5,
  targets: [{ seq: 3, part: undefined, text: undefined, tokens: 0 }],
  insertion: { beforeSeq: 9, text: "[Recalled]", tokens: 12, seqs: [1, 2] },
  absorbs: [],
  freedTokens: -12,
  rewrittenTokens: 0,
};

describe("readChange", () => {
  test.each(["pays", "cold", "forced", "requested"] as const)("returns a saved edit (%s)", (reason) => {
    const change = { kind: "edit", edit: { ...edit, reason } } as const;
    expect(readChange(saveChange(change, 0, 1))).toEqual(change);
  });
  test("keeps long texts of a frame next to the event", () => {
    const frame = {
      system: '"be brief"',
      tools: "[]",
      lead: [{ before: 1, json: "{}", tokens: 4 }],
      gone: [0],
    };
    const event = saveChange({ kind: "frame", frame }, 3, 1);
    expect(event.texts).toEqual(['"be brief"', "[]", "{}"]);
    expect(event.json).not.toContain("be brief");
    expect(readChange(event)).toEqual({ kind: "frame", frame });
  });
  test.each([
    ["edit", "{", "store-corrupt"],
    ["edit", JSON.stringify({ v: 2, edit: { ...edit, reason: "whim" } }), "store-corrupt"],
    ["jump", '{"v":1}', "store-corrupt"],
    ["pin", '{"v":3,"seqs":[]}', "store-newer"],
  ])("refuses a damaged or newer event: %s %s", (kind, json, code) => {
    let error: unknown;
    try {
      readChange({ index: 4, kind, time: 1, json, texts: [] });
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ name: "LoadlineError", code });
  });
});
