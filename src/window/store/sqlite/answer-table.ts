import type { DatabaseSync, StatementSync } from "node:sqlite";
import { contentKey } from "../../conversation/message/identity.ts";
import { checkPlaces } from "../append-check.ts";
import { AnswerPlaces } from "../find-answers.ts";
import type { AnswerPlace, StoredAnswer } from "../store.ts";
import { RowFields, makeEntryId } from "./rows.ts";
import type { NumberedThread, Row } from "./rows.ts";
import { entriesPerThread } from "./schema.ts";
import type { TextTable } from "./text-table.ts";

const columns =
  "id, text, answer, place, parent_chain, key, checksum, format, response_id, time, complete, usage";

/** Writes, reads and finds answers; each message has a checksum. */
export class AnswerTable {
  readonly #texts: TextTable;
  readonly #insert: StatementSync;
  readonly #count: StatementSync;
  readonly #read: StatementSync;
  readonly #byKey: StatementSync;
  readonly #byResponse: StatementSync;
  readonly #firstOf: StatementSync;

  constructor(database: DatabaseSync, texts: TextTable) {
    this.#texts = texts;
    this.#insert = database.prepare(
      `INSERT INTO answers (${columns}, owner) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#count = database.prepare("SELECT max(id) AS last FROM answers WHERE id >= ? AND id < ?");
    this.#read = database.prepare(
      "SELECT answers.*, texts.text AS json FROM answers LEFT JOIN texts ON texts.id = answers.text WHERE answers.id >= ? AND answers.id < ? ORDER BY answers.id",
    );
    const placed = `SELECT answers.*, threads.thread FROM answers JOIN threads ON threads.number = answers.id / ${entriesPerThread}`;
    this.#byKey = database.prepare(
      `${placed} WHERE answers.owner = (SELECT number FROM owners WHERE owner = ?) AND key = ? ORDER BY time DESC, id DESC`,
    );
    this.#byResponse = database.prepare(
      `${placed} WHERE answers.owner = (SELECT number FROM owners WHERE owner = ?) AND response_id = ? ORDER BY time DESC, id DESC LIMIT 1`,
    );
    this.#firstOf = database.prepare(
      "SELECT place, key FROM answers WHERE id >= ? AND id <= ? AND answer = ? AND response_id = ? ORDER BY id LIMIT 1",
    );
  }

  append({ thread, number, ownerNumber }: NumberedThread, answers: readonly StoredAnswer[]): void {
    const last = this.#count.get(makeEntryId(number, 0), makeEntryId(number + 1, 0))?.["last"];
    checkPlaces(thread, "answer", typeof last === "number" ? (last % entriesPerThread) + 1 : 0, answers);
    for (const given of answers) {
      const answer = { ...given, time: Math.round(given.time) };
      this.#insert.run(
        makeEntryId(number, answer.index),
        this.#texts.keep(ownerNumber, answer.json),
        answer.answer,
        answer.place,
        answer.parentChain,
        answer.key,
        makeSum(answer),
        answer.format,
        answer.responseId ?? null,
        answer.time,
        answer.complete ? 1 : 0,
        answer.usage ?? null,
        ownerNumber,
      );
    }
  }

  read({ thread, number }: NumberedThread, fromIndex: number): readonly StoredAnswer[] {
    const from = Math.min(Math.max(0, fromIndex), entriesPerThread);
    return this.#read
      .all(makeEntryId(number, from), makeEntryId(number + 1, 0))
      .map((row) => decodeAnswer(row, thread));
  }

  /** Finds where answers with these keys were given, newest first, each place once. */
  findByKeys(owner: string, keys: readonly string[], limit: number): readonly AnswerPlace[] {
    const newest = [...new Set(keys)].flatMap((key) => {
      const places = new AnswerPlaces(limit);
      const rows: Row[] = [];
      if (places.isFull) return rows;
      for (const row of this.#byKey.iterate(owner, key)) {
        const before = places.list.length;
        places.add(readPlace(row));
        if (places.list.length > before) rows.push(row);
        if (places.isFull) break;
      }
      return rows;
    });
    return newest
      .sort((a, b) => Number(b["time"]) - Number(a["time"]) || Number(b["id"]) - Number(a["id"]))
      .slice(0, limit)
      .map(readPlace);
  }

  /** Finds the first message of the newest answer with this response id. */
  findResponse(owner: string, responseId: string): AnswerPlace | undefined {
    const newest = this.#byResponse.get(owner, responseId);
    if (newest === undefined) return undefined;
    const id = Number(newest["id"]);
    const start = id - (id % entriesPerThread);
    const first = this.#firstOf.get(start, id, Number(newest["answer"]), responseId);
    return readPlace({ ...newest, ...first });
  }
}

function readPlace(row: Row): AnswerPlace {
  const thread = String(row["thread"]);
  const fields = new RowFields(row, `thread ${thread}, answer`, { thread });
  return { thread, place: fields.integer("place"), key: fields.text("key") };
}

/** Decodes a message of an answer and checks it against its checksum. Errors: `store-corrupt`. */
export function decodeAnswer(row: Row, thread: string): StoredAnswer {
  const index = Number(row["id"]) % entriesPerThread;
  const fields = new RowFields(row, `thread ${thread}, answer ${index}`, { thread, answer: index });
  const answer: StoredAnswer = {
    index,
    answer: fields.integer("answer"),
    place: fields.integer("place"),
    parentChain: fields.text("parent_chain"),
    key: fields.text("key"),
    json: fields.text("json"),
    format: fields.format(),
    responseId: fields.optionalText("response_id"),
    time: fields.integer("time"),
    complete: fields.integer("complete") !== 0,
    usage: fields.optionalText("usage"),
  };
  if (fields.text("checksum") !== makeSum(answer))
    throw fields.makeDamaged("content (its checksum does not match)");
  return answer;
}

function makeSum(answer: StoredAnswer): string {
  return contentKey(
    answer.json,
    `${answer.answer} ${answer.place} ${answer.time} ${answer.complete ? "complete" : "cut"}`,
    answer.parentChain,
    answer.key,
    answer.format,
    // Differs from an empty text.
    answer.responseId === undefined ? "" : `=${answer.responseId}`,
    answer.usage === undefined ? "" : `=${answer.usage}`,
  );
}
