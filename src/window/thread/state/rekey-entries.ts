import { keyVersion } from "../../conversation/message/identity.ts";
import { readMessage } from "../../conversation/read/read-message.ts";
import { makeKeys } from "../../identity/meaning.ts";
import type { Entry, Store, ThreadRecord } from "../../store/store.ts";

/**
 * Returns the outlines of a thread's entries from a place on. Where another release made their keys by other rules, the keys are made
 * again from the messages: a client's history is compared with what they say by today's rules. Stored chains stay, since they only
 * place an entry. Errors: store errors.
 */
export async function readOutlines(
  store: Store,
  { thread, keyVersion: version }: ThreadRecord,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<readonly Entry[]> {
  const outlines = await store.outlines(thread, from, to);
  if (version === keyVersion) return outlines;
  // A result's key counts back to its call, so the messages before count too.
  const entries = await store.entries(thread, 0, to);
  const keys = makeKeys(entries.map(({ json, format }) => readMessage(json, format)));
  return outlines.map((entry) => ({ ...entry, key: keys[entry.seq] ?? entry.key }));
}
