import { expect, test } from "vitest";
import { readMessages } from "../conversation/read/read-conversation.ts";
import { alignHistory } from "./align-history.ts";
import type { SentMessage, StoredPlace } from "./align-history.ts";
import { CallNumbers, makeKey, readMeaning } from "./meaning.ts";
import type { Meaning } from "./meaning.ts";

function makeHistory(values: readonly object[]): readonly SentMessage[] {
  const calls = new CallNumbers();
  return readMessages(values, { format: "openai-chat" }).map(({ role, parts, ...rest }) => {
    const meaning = readMeaning({ ...rest, role, parts }, calls);
    return { key: makeKey(meaning), role, parts, meaning };
  });
}

const call = { role: "assistant", tool_calls: [{ id: "c1", function: { name: "read", arguments: "{}" } }] };
const result = (content: string): object => ({ role: "tool", tool_call_id: "c1", content });

test("a reduced message is compared with its entry once, and with another entry again", async () => {
  const user = { role: "user", content: "read it" };
  const after = { role: "assistant", content: "it listens on port 8443" };
  const whole = makeHistory([user, call, result("port 8443 ".repeat(200)), after]);
  const other = makeHistory([user, call, result("host 10.0.0.1 ".repeat(200)), after]);
  const sent = makeHistory([user, call, result("[Old tool result content cleared]"), after]);
  let loads = 0;
  const align = async (held: readonly SentMessage[]): Promise<string> => {
    const at = (seq: number): StoredPlace | undefined => entriesOf.get(held)?.[seq];
    const load = async (seq: number): Promise<Meaning | undefined> => {
      loads++;
      return held[seq]?.meaning;
    };
    return (await alignHistory(sent, { length: held.length, at }, load)).relation;
  };
  const entriesOf = new Map(
    [whole, other].map((held) => [held, held.map((one) => ({ ...one, hidden: false }))]),
  );
  expect([await align(whole), loads]).toEqual(["reduced", 1]);
  expect([await align(whole), loads]).toEqual(["reduced", 1]);
  expect([await align(other), loads]).toEqual(["reduced", 2]);
});
