import { expect, test } from "vitest";
import { dropResponseMembers } from "./response-fields.ts";

const content =
  '[{"type":"text","text":"8443","citations":null}, {"type":"tool_use","id":"toolu_1","name":"a","input":{"n":12345678901234567890}}]';
const response = `{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":${content},"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":4}}`;

test("sends of a whole response its role and its content, byte for byte", () => {
  expect(dropResponseMembers(response, "anthropic")).toBe(`{"role":"assistant","content":${content}}`);
});

test.each([
  ["a message", `{"role":"assistant","content":${content}}`, "anthropic"],
  [
    "a message whose text speaks of responses",
    JSON.stringify({ role: "user", content: response }),
    "anthropic",
  ],
  ["another format", response, "openai-chat"],
] as const)("leaves %s as it is", (_, json, format) => {
  expect(dropResponseMembers(json, format)).toBe(json);
});

test("passes on what it does not know", () => {
  const json = response.replace('"usage"', '"per_turn":{"a":1},"usage"');
  expect(dropResponseMembers(json, "anthropic")).toBe(
    `{"role":"assistant","content":${content},"per_turn":{"a":1}}`,
  );
});
