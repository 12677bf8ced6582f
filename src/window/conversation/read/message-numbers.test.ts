import { expect, test } from "vitest";
import { readConversation } from "./read-conversation.ts";

const user = { role: "user", content: "a" };
const answer = { role: "assistant", content: "b" };
const bad = { role: "other", content: "c" };
const writeLines = (rows: readonly object[]): string => rows.map((row) => JSON.stringify(row)).join("\n");

test.each([
  ["a list", JSON.stringify([user, answer, bad, user]), "message 2 "],
  ["a request body", JSON.stringify({ model: "gpt-4o", messages: [user, answer, bad] }), "message 2 "],
  ["lines", writeLines([user, answer, bad, user]), "line 3:"],
  ["lines with blank ones", `${writeLines([user])}\n\n\n${writeLines([bad])}`, "line 4:"],
  [
    "contents",
    JSON.stringify({
      contents: [
        { role: "user", parts: [{ text: "a" }] },
        { role: "model", parts: 5 },
      ],
    }),
    "message 1 ",
  ],
])("an error in %s names the place in the file", (_, text, place) => {
  expect(() => readConversation(text)).toThrow(place);
});
