import { LoadlineError } from "../../shared/errors.ts";
import { chainHash } from "../conversation/identity.ts";
import { checkEventPlaces, decideAppend, noSuchLine } from "./append-check.ts";
import { inverseFrequency, termScore } from "./bm25.ts";
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

  #held(line: string): HeldLine {
    if (this.#closed) throw new LoadlineError("store-closed", "store: got a call after close, allowed: none");
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
    if (this.#closed) throw new LoadlineError("store-closed", "store: got a call after close, allowed: none");
    const held = this.#lines.get(record.line);
    if (held !== undefined) return held.record;
    if (record.parent !== undefined && this.#head(record.parent).length < record.forkSeq)
      throw noSuchLine(record.parent);
    this.#lines.set(record.line, { record, own: [], events: [] });
    return record;
  }

  async findLine(line: string): Promise<LineRecord | undefined> {
    return this.#lines.get(line)?.record;
  }

  async listLines(owner: string): Promise<readonly LineRecord[]> {
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
    const documents = lines.flatMap((line) =>
      this.#range(line, 0, this.#head(line).length).map((entry) => ({
        line,
        seq: entry.seq,
        words: entry.terms.split(" ").filter(Boolean),
      })),
    );
    const length = documents.reduce((sum, { words }) => sum + words.length, 0);
    const averageLength = documents.length === 0 ? 0 : length / documents.length;
    const documentFrequency = terms.map(
      (term) => documents.filter(({ words }) => words.includes(term)).length,
    );
    const scored = documents.map(({ line, seq, words }) => {
      const score = terms.reduce((sum, term, index) => {
        const count = words.filter((word) => word === term).length;
        const idf = inverseFrequency(documents.length, documentFrequency[index] ?? 0);
        return count === 0 ? sum : sum + termScore(idf, count, words.length, averageLength);
      }, 0);
      return { line, seq, score };
    });
    const candidates = scored
      .filter(({ score }) => score > 0)
      .sort((a, c) => c.score - a.score || a.seq - c.seq)
      .slice(0, limit)
      .map(({ line, seq }) => ({ line, seq }));
    return { documentCount: documents.length, averageLength, documentFrequency, candidates };
  }

  async appendEvents(line: string, events: readonly LineEvent[]): Promise<void> {
    const held = this.#held(line);
    checkEventPlaces(line, held.events.length, events);
    held.events.push(...events);
  }

  async events(line: string, fromIndex: number): Promise<readonly LineEvent[]> {
    return this.#held(line).events.slice(fromIndex);
  }

  async readCalibration(model: string): Promise<StoredCalibration | undefined> {
    return this.#calibrations.get(model);
  }

  async writeCalibration(calibration: StoredCalibration): Promise<void> {
    this.#calibrations.set(calibration.model, calibration);
  }

  async verify(): Promise<readonly string[]> {
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

/** A store that lives as long as the process: for tests, trials and replays. */
export function openMemoryStore(): Store {
  return new MemoryStore();
}
