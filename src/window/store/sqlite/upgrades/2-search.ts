import type { DatabaseSync } from "node:sqlite";
import { indexedWords, termCount } from "../search-words.ts";

const schema = `
ALTER TABLE lines ADD COLUMN terms INTEGER NOT NULL DEFAULT 0;
CREATE VIRTUAL TABLE entry_words USING fts5(words, content='', tokenize='ascii');
`;

/** Version 2: a full-text index over the terms, and the number of terms of each line. Fills both from what is there. */
export function addSearch(database: DatabaseSync, entriesPerLine: number): void {
  database.exec(schema);
  const insert = database.prepare("INSERT INTO entry_words (rowid, words) VALUES (?, ?)");
  const count = database.prepare("UPDATE lines SET terms = terms + ? WHERE number = ?");
  for (const row of database.prepare("SELECT id, terms FROM entries ORDER BY id").iterate()) {
    const id = Number(row["id"]);
    const terms = String(row["terms"]);
    const line = Math.floor(id / entriesPerLine);
    insert.run(id, indexedWords(line, terms));
    count.run(termCount(terms), line);
  }
}
