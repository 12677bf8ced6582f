import type { DatabaseSync, StatementSync } from "node:sqlite";
import { contentKey } from "../../conversation/message/identity.ts";
import { checkPlaces } from "../append-check.ts";
import type { ThreadEvent } from "../store.ts";
import { RowFields } from "./rows.ts";
import type { NumberedThread, Row } from "./rows.ts";
import type { TextTable } from "./text-table.ts";

/** Writes and reads the events of threads; each has a checksum. */
export class EventTable {
  readonly #texts: TextTable;
  readonly #insert: StatementSync;
  readonly #count: StatementSync;
  readonly #read: StatementSync;

  constructor(database: DatabaseSync, texts: TextTable) {
    this.#texts = texts;
    this.#insert = database.prepare(
      "INSERT INTO events (thread, place, kind, time, checksum, texts, json) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    this.#count = database.prepare("SELECT coalesce(max(place) + 1, 0) AS n FROM events WHERE thread = ?");
    this.#read = database.prepare("SELECT * FROM events WHERE thread = ? AND place >= ? ORDER BY place");
  }

  /** Refuses events that do not follow the existing ones. Errors: `head-moved`. */
  check({ thread, number }: NumberedThread, events: readonly ThreadEvent[]): void {
    checkPlaces(thread, "event", Number(this.#count.get(number)?.["n"]), events);
  }

  append({ number, ownerNumber }: NumberedThread, events: readonly ThreadEvent[]): void {
    for (const { index, kind, time, json, texts } of events) {
      const ids = texts.map((text) => this.#texts.keep(ownerNumber, text));
      const rounded = Math.round(time);
      this.#insert.run(
        number,
        index,
        kind,
        rounded,
        makeSum(kind, rounded, json, texts),
        ids.join(" "),
        json,
      );
    }
  }

  read(thread: NumberedThread, fromIndex: number): readonly ThreadEvent[] {
    return this.#read.all(thread.number, fromIndex).map((row) => this.decode(row, thread.thread));
  }

  /** Decodes an event and checks it against its checksum. Errors: `store-corrupt`. */
  decode(row: Row, thread: string): ThreadEvent {
    const index = Number(row["place"]);
    const fields = new RowFields(row, `thread ${thread}, event ${index}`, { thread, event: index });
    const [kind, time, json] = [fields.text("kind"), fields.integer("time"), fields.text("json")];
    const ids = fields
      .text("texts")
      .split(" ")
      .filter((id) => id !== "");
    const texts = ids.map((id) => {
      const text = this.#texts.read(Number(id));
      if (text === undefined) throw fields.makeDamaged("texts (one is missing)");
      return text;
    });
    if (fields.text("checksum") !== makeSum(kind, time, json, texts))
      throw fields.makeDamaged("content (its checksum does not match)");
    return { index, kind, time, json, texts };
  }
}

function makeSum(kind: string, time: number, json: string, texts: readonly string[]): string {
  return contentKey(kind, String(time), json, ...texts);
}
