import type { DatabaseSync, StatementSync } from "node:sqlite";
import { contentKey } from "../../conversation/message/identity.ts";
import { RowFields } from "./rows.ts";
import type { NumberedThread } from "./rows.ts";

/** Keeps what was sent last on each thread, with a checksum. */
export class SentTable {
  readonly #write: StatementSync;
  readonly #read: StatementSync;

  constructor(database: DatabaseSync) {
    this.#write = database.prepare(
      "INSERT INTO sent (thread, checksum, json) VALUES (?, ?, ?) ON CONFLICT (thread) DO UPDATE SET checksum = excluded.checksum, json = excluded.json",
    );
    this.#read = database.prepare("SELECT checksum, json FROM sent WHERE thread = ?");
  }

  write({ number }: NumberedThread, json: string): void {
    this.#write.run(number, contentKey(json), json);
  }

  /** Returns what was sent last; undefined if nothing was kept. Errors: `store-corrupt`. */
  read({ number, thread }: NumberedThread): string | undefined {
    const row = this.#read.get(number);
    if (row === undefined) return undefined;
    const fields = new RowFields(row, `thread ${thread}, last sent`, { thread });
    const json = fields.text("json");
    if (fields.text("checksum") !== contentKey(json))
      throw fields.makeDamaged("content (its checksum does not match)");
    return json;
  }
}
