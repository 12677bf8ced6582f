import { contentKey } from "../conversation/message/identity.ts";
import { encodeParts } from "./encode-entry.ts";
import type { Entry } from "./store.ts";

/** What a checksum covers, with the parts in their encoded form. */
export interface ChecksumFields extends Pick<
  Entry,
  "key" | "json" | "time" | "tokens" | "counter" | "terms"
> {
  readonly format: string;
  readonly role: string;
  readonly speaker: string | undefined;
  readonly hidden: boolean;
  /** The parts as `encodeParts` writes them. */
  readonly encodedParts: string;
}

/** Returns an entry's checksum, over everything stored but its place: its bytes, its parts and its counts. 32 hex characters. */
export function makeChecksum(entry: Omit<Entry, "seq" | "chain" | "checksum">): string {
  return makeRowChecksum({ ...entry, encodedParts: encodeParts(entry.parts) });
}

/** Returns the checksum of an entry whose parts are encoded, as a store reads them: spares the second encoding. */
export function makeRowChecksum(row: ChecksumFields): string {
  const { key, json, format, role, speaker, time, tokens, counter, terms, hidden } = row;
  return contentKey(
    json,
    row.encodedParts,
    key,
    format,
    role,
    speaker ?? "",
    `${Math.round(time)} ${tokens} ${counter} ${hidden ? "hidden" : "shown"}`,
    terms,
  );
}
