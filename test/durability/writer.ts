import { writeSync } from "node:fs";
import { chainEntries, threadRecord } from "../../src/window/store/contract/fixture.contract.ts";
import { openSqliteStore } from "../../src/window/store/open-sqlite-store.ts";
import { entryText, threadsOf, terms } from "./entry-text.ts";

/**
 * One writer process: `node writer.ts <file> <name>`. Appends entries to its threads until killed, one to three at a time and to all
 * threads at once, so that commits are shared and it always has more to write. For each entry it writes
 * `thread seq chain` to standard output once its promise has resolved, by a blocking write, so that what the parent reads was
 * acknowledged before the kill.
 */
const [path = "", name = ""] = process.argv.slice(2);
const store = await openSqliteStore({ path, lockTimeoutMs: 60_000 });
const threads = threadsOf(name);
for (const thread of threads) await store.openThread(threadRecord(thread));
writeSync(1, "ready\n");
await Promise.all(threads.map(writeForever));

async function writeForever(thread: string): Promise<never> {
  let head = await store.head(thread);
  for (;;) {
    const count = 1 + (head.length % 3);
    const places = Array.from({ length: count }, (_, index) => head.length + index);
    const entries = chainEntries(
      places.map((seq) => entryText(thread, seq)),
      { seq: head.length, parent: head.chain, terms: places.map((seq) => terms(thread, seq)) },
    );
    head = await store.append(thread, entries);
    writeSync(1, entries.map(({ seq, chain }) => `${thread} ${seq} ${chain}\n`).join(""));
  }
}
