import type { DatabaseSync, StatementSync } from "node:sqlite";
import { contentKey } from "../../conversation/message/identity.ts";

/** Keeps each text once per owner. Owners share no row, so that what one deletes never takes a text from another. */
export class TextTable {
  readonly #find: StatementSync;
  readonly #isSame: StatementSync;
  readonly #repair: StatementSync;
  readonly #insert: StatementSync;
  readonly #read: StatementSync;

  constructor(database: DatabaseSync) {
    this.#find = database.prepare("SELECT id FROM texts WHERE owner = ? AND hash = ?");
    this.#isSame = database.prepare("SELECT text = ? AS same FROM texts WHERE id = ?");
    this.#repair = database.prepare("UPDATE texts SET text = ? WHERE id = ?");
    this.#insert = database.prepare(
      "INSERT INTO texts (owner, hash, text) VALUES (?, ?, ?) ON CONFLICT (owner, hash) DO NOTHING",
    );
    this.#read = database.prepare("SELECT text FROM texts WHERE id = ?");
  }

  /**
   * Returns the id of an owner's text, stored now if it is new. A row with its hash and another text is damaged: it is repaired,
   * because what is acknowledged now must be readable.
   */
  keep(ownerNumber: number, text: string): number {
    const hash = hashText(text);
    // Most texts are new.
    const { changes, lastInsertRowid } = this.#insert.run(ownerNumber, hash, text);
    if (changes !== 0) return Number(lastInsertRowid);
    const id = Number(this.#find.get(ownerNumber, hash)?.["id"]);
    if (this.#isSame.get(text, id)?.["same"] !== 1) this.#repair.run(text, id);
    return id;
  }

  /** Returns a text; undefined if it is missing. */
  read(id: number): string | undefined {
    const text = this.#read.get(id)?.["text"];
    return typeof text === "string" ? text : undefined;
  }
}

/** Returns the hash by which a text is found. */
export function hashText(text: string): Uint8Array {
  return Buffer.from(contentKey(text), "hex");
}
