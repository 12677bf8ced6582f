import type { ThreadChanges, ThreadRecord } from "./store.ts";

/** Returns a record with changes applied: a field that is given replaces the old one, even with undefined. */
export function changeRecord(record: ThreadRecord, changes: ThreadChanges): ThreadRecord {
  const { session, continues, provisionalUntil } = { ...record, ...changes };
  return { ...record, session, continues, provisionalUntil };
}
