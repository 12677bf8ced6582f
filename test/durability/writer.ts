import { writeSync } from "node:fs";
import { chainedEntries, lineRecord } from "../../src/window/store/contract/fixture.contract.ts";
import { openSqliteStore } from "../../src/window/store/open-sqlite-store.ts";
import { entryText, linesOf, terms } from "./entry-text.ts";

/**
 * One writer process: `node writer.ts <file> <name>`. It appends entries to its lines without end, one to three at a time and
 * to all lines at once, so that commits are shared and it always has more to write. Of each entry it writes
 * `line seq hash` to standard output once its promise has resolved, by a blocking write, so that what the parent reads was
 * acknowledged before the kill.
 */
const [path = "", name = ""] = process.argv.slice(2);
const store = await openSqliteStore({ path, lockTimeoutMs: 60_000 });
const lines = linesOf(name);
for (const line of lines) await store.openLine(lineRecord(line));
writeSync(1, "ready\n");
await Promise.all(lines.map(writeForever));

async function writeForever(line: string): Promise<never> {
  let head = await store.head(line);
  for (;;) {
    const count = 1 + (head.length % 3);
    const places = Array.from({ length: count }, (_, index) => head.length + index);
    const entries = chainedEntries(
      places.map((seq) => entryText(line, seq)),
      { seq: head.length, parent: head.hash, terms: places.map((seq) => terms(line, seq)) },
    );
    head = await store.append(line, entries);
    writeSync(1, entries.map(({ seq, hash }) => `${line} ${seq} ${hash}\n`).join(""));
  }
}
