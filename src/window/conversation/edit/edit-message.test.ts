import { describe, expect, test } from "vitest";
import { cutParts, editMessage, writeStub } from "./edit-message.ts";
import { readMessage } from "../read/read-message.ts";

describe("editMessage", () => {
  const source =
    '{"role":"user","content":[{"type":"text","text":"a"}, {"type":"text","text":"b"} ,{"type":"text","text":"c"}]}';
  const parts = readMessage(source, "openai-chat").parts;
  test.each([
    [[], "a b c"],
    [[0], "b c"],
    [[1], "a c"],
    [[2], "a b"],
    [[0, 1], "c"],
    [[0, 2], "b"],
    [[1, 2], "a"],
    [[2, 1, 0], ""],
  ])("leaves valid commas when it cuts the elements %j", (indexes, left) => {
    const edited = cutParts(
      source,
      indexes.flatMap((index) => parts[index] ?? []),
    );
    const { content } = JSON.parse(edited) as { content: readonly { text: string }[] };
    expect(content.map((block) => block.text).join(" ")).toBe(left);
    if (left === "") expect(edited).toBe('{"role":"user","content":[]}');
  });
});

test("editMessage drops a stub inside a part that is cut", () => {
  const source = '{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}';
  const [part] = readMessage(source, "anthropic").parts;
  if (part === undefined) throw new Error("no part");
  expect(editMessage(source, { cuts: [part], stubs: [{ part, text: "x" }] })).toBe(
    '{"role":"user","content":[{"type":"text","text":"b"}]}',
  );
});

test("editMessage refuses parts without a range, and two stubs for one body", () => {
  const source = '{"role":"user","content":"a"}';
  const [part] = readMessage(source, "openai-chat").parts;
  if (part === undefined) throw new Error("no part");
  expect(() => cutParts(source, [part])).toThrow("cuts[0]: the part has no cut");
  expect(() => editMessage(source, { stubs: [{ part: { ...part, body: undefined }, text: "" }] })).toThrow(
    "stubs[0]: the part has no body",
  );
  expect(() =>
    editMessage(source, {
      stubs: [
        { part, text: "1" },
        { part, text: "2" },
      ],
    }),
  ).toThrow(/overlap/);
});

test("writeStub returns well-formed JSON for any text", () => {
  expect(writeStub({ bodyForm: "string" }, 'a"\n\uD800')).toBe('"a\\"\\n\\ud800"');
  expect(writeStub({ bodyForm: "text-output" }, "a")).toBe('{"type":"text","value":"a"}');
});
