import { LoadlineError } from "../../../shared/errors.ts";
import { requireInteger, requireKnownFields } from "../../../shared/options.ts";
import type { RecallDocument } from "./document.ts";
import { addDocument, makeStorage } from "./index-storage.ts";
import type { IndexStorage } from "./index-storage.ts";
import { extractTerms, wordsVersion } from "../words/words.ts";

/** How documents are cut and grouped. */
export interface RecallIndexOptions {
  /**
   * A document of more tokens is ranked by passages of at most about this many tokens. Use at most half of the smallest budget
   * that is packed from the index, or one passage may take it all. Default 512.
   */
  readonly passageTokens?: number;
  /** A longer pause, in milliseconds, starts a new session. Default one hour. */
  readonly sessionGapMs?: number;
}

/** An index over documents in `seq` order. A readonly value: extending it returns another one. */
export interface RecallIndex {
  /** Version of the rules that made the terms. */
  readonly wordsVersion: number;
  readonly passageTokens: number;
  readonly sessionGapMs: number;
  readonly documentCount: number;
  readonly passageCount: number;
  readonly sessionCount: number;
  /** Sum of the lengths of all passages, in terms. */
  readonly totalLength: number;
  /** Speakers as written, each with the terms of its name. */
  readonly speakers: ReadonlyMap<string, readonly string[]>;
  /** First and last known time, milliseconds since 1970 UTC. */
  readonly earliest: number | undefined;
  readonly latest: number | undefined;
  /** Shared with the index's extensions: only the first `passageCount` passages belong to this index. */
  readonly storage: IndexStorage;
}

/**
 * Indexes documents in rising order of `seq`. Linear in their text.
 * Errors: `invalid-option`; `invalid-data` if `seq` does not rise.
 */
export function buildRecallIndex(
  documents: readonly RecallDocument[],
  options: RecallIndexOptions = {},
): RecallIndex {
  requireKnownFields("options", options, ["passageTokens", "sessionGapMs"]);
  const empty: RecallIndex = {
    wordsVersion,
    passageTokens: requireInteger("passageTokens", options.passageTokens ?? 512, 16),
    sessionGapMs: requireInteger("sessionGapMs", options.sessionGapMs ?? 3_600_000, 1),
    documentCount: 0,
    passageCount: 0,
    sessionCount: 0,
    totalLength: 0,
    speakers: new Map(),
    earliest: undefined,
    latest: undefined,
    storage: makeStorage(),
  };
  return extendRecallIndex(empty, documents);
}

/**
 * Returns the index with more documents at its end; the given index does not change. Linear in the new text, because both share
 * their storage; only an index that was extended before (a fork) is rebuilt first.
 * Errors: `invalid-data` if `seq` does not rise.
 */
export function extendRecallIndex(index: RecallIndex, documents: readonly RecallDocument[]): RecallIndex {
  const { storage, passageTokens, sessionGapMs } = index;
  if (storage.documents.length !== index.documentCount) {
    const shared = storage.documents.slice(0, index.documentCount);
    return buildRecallIndex([...shared, ...documents], { passageTokens, sessionGapMs });
  }
  let previous = storage.documents.at(-1);
  // Checks all before adding any: a refused call must not change the shared storage.
  for (const document of documents) previous = requireRisingSeq(previous, document);
  previous = storage.documents.at(-1);
  let { sessionCount, totalLength, speakers, earliest, latest } = index;
  for (const document of documents) {
    if (startsSession(previous, document, sessionGapMs)) sessionCount++;
    totalLength += addDocument(storage, document, sessionCount - 1, passageTokens);
    speakers = addSpeaker(speakers, document.speaker);
    earliest = chooseSmaller(earliest, document.time);
    latest = document.time === undefined ? latest : Math.max(latest ?? document.time, document.time);
    previous = document;
  }
  const documentCount = storage.documents.length;
  const passageCount = storage.passages.length;
  return { ...index, documentCount, passageCount, sessionCount, totalLength, speakers, earliest, latest };
}

function requireRisingSeq(previous: RecallDocument | undefined, document: RecallDocument): RecallDocument {
  if (previous === undefined || document.seq > previous.seq) return document;
  throw new LoadlineError(
    "invalid-data",
    `documents: got seq ${document.seq} after ${previous.seq}, allowed: rising order`,
    { details: { seq: document.seq, previous: previous.seq } },
  );
}

/** Returns true if a pause starts a session. Without a time there is no pause, and the session continues. */
function startsSession(previous: RecallDocument | undefined, next: RecallDocument, gapMs: number): boolean {
  if (previous === undefined) return true;
  if (previous.time === undefined || next.time === undefined) return false;
  return Math.abs(next.time - previous.time) > gapMs;
}

function addSpeaker(
  speakers: ReadonlyMap<string, readonly string[]>,
  speaker: string | undefined,
): ReadonlyMap<string, readonly string[]> {
  if (speaker === undefined || speakers.has(speaker)) return speakers;
  return new Map([...speakers, [speaker, extractTerms(speaker)]]);
}

function chooseSmaller(first: number | undefined, second: number | undefined): number | undefined {
  return first === undefined || second === undefined ? (first ?? second) : Math.min(first, second);
}
