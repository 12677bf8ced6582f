import { chainKey, contentKey, keyVersion } from "../../conversation/message/identity.ts";
import { makeChecksum } from "../entry-checksum.ts";
import type { Entry, StoredAnswer, ThreadEvent, ThreadRecord } from "../store.ts";

/** Makes a thread's record, with default values for missing fields. */
export function threadRecord(thread: string, more: Partial<ThreadRecord> = {}): ThreadRecord {
  return {
    thread,
    owner: "someone",
    parent: undefined,
    forkSeq: 0,
    created: 1_700_000_000_000,
    session: undefined,
    continues: undefined,
    provisionalUntil: undefined,
    keyVersion,
    ...more,
  };
}

/** Makes entries with these JSON texts, chained after `parent` from `seq` on; `terms` are the search terms of each. */
export function chainEntries(
  texts: readonly string[],
  { seq = 0, parent = "", terms = [] }: { seq?: number; parent?: string; terms?: readonly string[] } = {},
): readonly Entry[] {
  let chain = parent;
  return texts.map((json, index) => {
    const key = contentKey("entry", json);
    chain = chainKey(chain, key);
    return sealEntry({
      seq: seq + index,
      key,
      chain,
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
      hidden: index % 4 === 3,
    });
  });
}

/** Gives an entry the checksum of its content. */
export function sealEntry(entry: Omit<Entry, "checksum">): Entry {
  return { ...entry, checksum: makeChecksum(entry) };
}

/** Makes an event, with default values for missing fields. */
export function threadEvent(index: number, more: Partial<ThreadEvent> = {}): ThreadEvent {
  return { index, kind: "edit", time: 1_000 + index, json: `{"n":${index}}`, texts: [], ...more };
}

/** Makes a message of an answer, with default values for missing fields. */
export function makeAnswer(index: number, more: Partial<StoredAnswer> = {}): StoredAnswer {
  const json = more.json ?? `{"role":"assistant","content":"answer ${index}"}`;
  return {
    index,
    answer: index,
    place: 1,
    parentChain: "c".repeat(64),
    key: contentKey("entry", json),
    json,
    format: "openai-chat",
    responseId: undefined,
    time: 5_000 + index,
    complete: true,
    usage: undefined,
    ...more,
  };
}
