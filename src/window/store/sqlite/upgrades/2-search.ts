import type { DatabaseSync } from "node:sqlite";
import { encodeTerms } from "../search-words.ts";

const schema = `
CREATE VIRTUAL TABLE entry_words USING fts5(words, content='', tokenize='ascii');
CREATE VIRTUAL TABLE entry_places USING fts5vocab(entry_words, 'instance');
`;

/** Upgrades to version 2: adds a full-text index over the terms, filled from existing entries, and a table of its occurrences. */
export function addSearch(database: DatabaseSync, entriesPerThread: number): void {
  database.exec(schema);
  const insert = database.prepare("INSERT INTO entry_words (rowid, words) VALUES (?, ?)");
  for (const row of database.prepare("SELECT id, terms FROM entries ORDER BY id").iterate()) {
    const id = Number(row["id"]);
    insert.run(id, encodeTerms(Math.floor(id / entriesPerThread), String(row["terms"])));
  }
}
