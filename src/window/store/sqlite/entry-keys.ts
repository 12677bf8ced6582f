import { CallNumbers, makeKeys } from "../../identity/meaning.ts";
import type { MakeKeys } from "./upgrades/3-copy-entries.ts";

/** Makes the keys of entries that an older version stored, by today's rules. */
export const makeStoredKeys: MakeKeys = (messages, past) => {
  const calls = new CallNumbers();
  for (const { parts } of past) for (const part of parts) calls.take(part);
  return makeKeys(messages, calls);
};
