import { contentKey } from "../../conversation/message/identity.ts";
import type { ThreadKeeper } from "../state/thread-keeper.ts";
import { carryChanges, pairByKey } from "./carry-changes.ts";

/** First character of the ids that Loadline gives to threads: no caller can name one that does not exist. */
export const ownIdMark = "~";

/** Returns the id of the thread that goes on from a place of another one with an entry: the same in every process. */
export function makeForkId(parent: string, at: number, first: string): string {
  return `${ownIdMark}${contentKey("fork", parent, `${at}`, first)}`;
}

/** Where a fork leaves its parent, and what identifies the entries it goes on with. */
export interface ForkPlace {
  readonly at: number;
  readonly entries: readonly { readonly key: string; readonly chain: string; readonly seq: number }[];
}

/**
 * Opens a thread that shares a thread's past up to a place. It starts with the edits and pins of that past, and with those of later
 * entries that it holds too; what was sent on the parent is what its first window is compared with.
 */
export async function openFork(keeper: ThreadKeeper, { at, entries }: ForkPlace): Promise<ThreadKeeper> {
  const { context, state } = keeper;
  const fork = await keeper.open({
    ...state.record,
    thread: makeForkId(keeper.id, at, entries[0]?.chain ?? ""),
    parent: keeper.id,
    forkSeq: at,
    created: context.clock(),
    continues: undefined,
    provisionalUntil: undefined,
  });
  await fork.runFresh(async () => {
    if (fork.state.eventCount === 0 && fork.state.entries.length === at)
      await fork.retry(async () => {
        if (fork.state.eventCount === 0)
          await fork.save(carryChanges(state, at, pairByKey(state.entries, entries, at)));
      });
    if (fork.state.sent === undefined) fork.inheritSent(state.sent);
  });
  return fork;
}
