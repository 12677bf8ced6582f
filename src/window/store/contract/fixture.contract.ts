import { chainHash } from "../../conversation/message/identity.ts";
import type { Entry, ThreadRecord } from "../store.ts";

/** Makes a thread's record, with default values for missing fields. */
export function threadRecord(thread: string, more: Partial<ThreadRecord> = {}): ThreadRecord {
  return { thread, owner: "someone", parent: undefined, forkSeq: 0, created: 1_700_000_000_000, ...more };
}

/** Makes entries with these JSON texts, chained after `parent` from `seq` on; `terms` are the search terms of each. */
export function chainEntries(
  texts: readonly string[],
  { seq = 0, parent = "", terms = [] }: { seq?: number; parent?: string; terms?: readonly string[] } = {},
): readonly Entry[] {
  let hash = parent;
  return texts.map((json, index) => {
    hash = chainHash(hash, json);
    return {
      seq: seq + index,
      hash,
      json,
      format: "openai-chat",
      role: index % 2 === 0 ? "user" : "assistant",
      speaker: index % 3 === 0 ? "Ann 'O\"Neil" : undefined,
      time: 1_700_000_000_000 + seq + index,
      tokens: 7 + index,
      parts: [
        {
          kind: "tool-result",
          tokens: 3,
          cut: [2, 9],
          body: undefined,
          bodyForm: "text-output",
          callId: "call_1",
          toolName: undefined,
          contentKey: "0".repeat(32),
        },
        {
          kind: "text",
          tokens: 4,
          cut: undefined,
          body: [0, json.length],
          bodyForm: "string",
          callId: undefined,
          toolName: "run",
          contentKey: undefined,
        },
      ],
      counter: "o200k_base/test",
      terms: terms[index] ?? "",
    } satisfies Entry;
  });
}
