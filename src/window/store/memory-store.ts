import { LoadlineError } from "../../shared/errors.ts";
import { chainHash } from "../conversation/identity.ts";
import { checkEventPlaces, checkForkPlace, decideAppend, noSuchLine } from "./append-check.ts";
import { chooseCandidates } from "./choose-candidates.ts";
import type { SearchScope } from "./choose-candidates.ts";
import type {
  CandidateSet,
  Entry,
  LineEvent,
  LineHead,
  LineRecord,
  Store,
  StoredCalibration,
} from "./store.ts";

interface HeldLine {
  readonly record: LineRecord;
  /** Own entries; the first one has seq `record.forkSeq`. */
  readonly own: Entry[];
  readonly events: LineEvent[];
}

class MemoryStore implements Store {
  readonly kind = "memory";
  readonly #lines = new Map<string, HeldLine>();
  readonly #calibrations = new Map<string, StoredCalibration>();
  #closed = false;

  #refuseClosed(): void {
    if (this.#closed) throw new LoadlineError("store-closed", "store: got a call after close, allowed: none");
  }

  #held(line: string): HeldLine {
    this.#refuseClosed();
    const held = this.#lines.get(line);
    if (held === undefined) throw noSuchLine(line);
    return held;
  }

  #range(line: string, from: number, to: number): readonly Entry[] {
    const held = this.#held(line);
    const { parent, forkSeq } = held.record;
    const past =
      parent !== undefined && from < forkSeq ? this.#range(parent, from, Math.min(to, forkSeq)) : [];
    return [...past, ...held.own.slice(Math.max(0, from - forkSeq), Math.max(0, to - forkSeq))];
  }

  #head(line: string): LineHead {
    const held = this.#held(line);
    const length = held.record.forkSeq + held.own.length;
    const last = held.own.at(-1) ?? (length === 0 ? undefined : this.#range(line, length - 1, length)[0]);
    return { length, hash: last?.hash ?? "" };
  }

  async openLine(record: LineRecord): Promise<LineRecord> {
    this.#refuseClosed();
    const held = this.#lines.get(record.line);
    if (held !== undefined) return held.record;
    checkForkPlace(record);
    if (record.parent !== undefined && this.#head(record.parent).length < record.forkSeq)
      throw noSuchLine(record.parent);
    this.#lines.set(record.line, { record, own: [], events: [] });
    return record;
  }

  async findLine(line: string): Promise<LineRecord | undefined> {
    this.#refuseClosed();
    return this.#lines.get(line)?.record;
  }

  async listLines(owner: string): Promise<readonly LineRecord[]> {
    this.#refuseClosed();
    return [...this.#lines.values()].map((held) => held.record).filter((record) => record.owner === owner);
  }

  async head(line: string): Promise<LineHead> {
    return this.#head(line);
  }

  async append(line: string, entries: readonly Entry[]): Promise<LineHead> {
    const hashAt = (seq: number): string | undefined => this.#range(line, seq, seq + 1)[0]?.hash;
    const { write } = decideAppend(line, this.#head(line), entries, hashAt);
    this.#held(line).own.push(...write);
    return this.#head(line);
  }

  async entries(line: string, fromSeq: number, toSeq: number): Promise<readonly Entry[]> {
    return this.#range(line, fromSeq, toSeq);
  }

  async outlines(line: string, fromSeq: number, toSeq: number): Promise<readonly Entry[]> {
    return this.#range(line, fromSeq, toSeq).map((entry) => ({ ...entry, json: "", terms: "" }));
  }

  async findByHash(line: string, hashPrefix: string, limit: number): Promise<readonly Entry[]> {
    const all = this.#range(line, 0, this.#head(line).length);
    return all.filter((entry) => entry.hash.startsWith(hashPrefix)).slice(0, limit);
  }

  async search(lines: readonly string[], terms: readonly string[], limit: number): Promise<CandidateSet> {
    this.#refuseClosed();
    return chooseCandidates(
      lines.map((line) => searchScope(line, this.#range(line, 0, this.#head(line).length))),
      terms,
      limit,
    );
  }

  async appendEvents(line: string, events: readonly LineEvent[]): Promise<void> {
    const held = this.#held(line);
    checkEventPlaces(line, held.events.length, events);
    held.events.push(...events);
  }

  async events(line: string, fromIndex: number): Promise<readonly LineEvent[]> {
    return this.#held(line).events.slice(Math.max(0, fromIndex));
  }

  async readCalibration(model: string): Promise<StoredCalibration | undefined> {
    this.#refuseClosed();
    return this.#calibrations.get(model);
  }

  async writeCalibration(calibration: StoredCalibration): Promise<void> {
    this.#refuseClosed();
    this.#calibrations.set(calibration.model, calibration);
  }

  async verify(): Promise<readonly string[]> {
    this.#refuseClosed();
    const faults: string[] = [];
    for (const [line, held] of this.#lines) {
      const { forkSeq } = held.record;
      let parent = forkSeq === 0 ? "" : (this.#range(line, forkSeq - 1, forkSeq)[0]?.hash ?? "");
      for (const entry of held.own) {
        if (entry.hash !== chainHash(parent, entry.json))
          faults.push(`line ${line}, entry ${entry.seq}: the hash does not fit`);
        parent = entry.hash;
      }
    }
    return faults;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#lines.clear();
  }
}

/** Lists of a line's terms, made for one search. */
function searchScope(line: string, entries: readonly Entry[]): SearchScope {
  const places = new Map<string, Map<number, number>>();
  const lengths = entries.map((entry) => {
    const words = entry.terms.split(" ").filter((word) => word !== "");
    for (const word of words) {
      const counts = places.get(word) ?? new Map<number, number>();
      counts.set(entry.seq, (counts.get(entry.seq) ?? 0) + 1);
      places.set(word, counts);
    }
    return words.length;
  });
  return {
    line,
    documentCount: entries.length,
    totalLength: lengths.reduce((sum, length) => sum + length, 0),
    frequency: (term) => places.get(term)?.size ?? 0,
    occurrences: (term) => places.get(term) ?? new Map<number, number>(),
    length: (seq) => lengths[seq] ?? 0,
  };
}

/** A store that lives as long as the process: for tests, trials and replays. */
export function openMemoryStore(): Store {
  return new MemoryStore();
}
