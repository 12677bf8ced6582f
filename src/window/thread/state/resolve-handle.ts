import { LoadlineError } from "../../../shared/errors.ts";
import { describeValue } from "../../../shared/options.ts";
import type { Store } from "../../store/store.ts";
import type { ThreadState } from "./thread-state.ts";

/**
 * Returns the seqs that a handle names: `#15` an entry by its number, `e3` all entries of an edit, 6 or more hex characters an entry by
 * its chain. Errors: `not-found`.
 */
export async function resolveHandle(
  store: Store,
  state: ThreadState,
  handle: string,
): Promise<readonly number[]> {
  const numbered = /^#?(\d{1,9})$/.exec(handle);
  if (numbered !== null) {
    const seq = Number(numbered[1]);
    if (seq < state.entries.length) return [seq];
  }
  const edited = /^e(\d{1,9})$/.exec(handle);
  const edit = edited === null ? undefined : state.edits[Number(edited[1]) - 1];
  if (edit !== undefined) {
    const seqs = [...edit.targets.map((target) => target.seq), ...(edit.insertion?.seqs ?? [])];
    return [...new Set(seqs)].sort((a, b) => a - b);
  }
  if (/^[0-9a-f]{6,64}$/.test(handle)) {
    const found = await store.findByChain(state.record.thread, handle, 2);
    const [only, second] = found;
    if (only !== undefined && second === undefined) return [only.seq];
  }
  throw new LoadlineError(
    "not-found",
    `handle ${describeValue(handle)} names nothing; use #0 to #${state.entries.length - 1} for an entry, e1 to e${state.edits.length} for an edit, or at least the first 6 characters of one entry's chain`,
    { details: { handle: handle.slice(0, 80) } },
  );
}
