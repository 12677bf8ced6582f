import type { ArgumentTable } from "./define-command.ts";

/** What a typed name means: an option of the table, and the value that a switch sets. */
interface Meaning {
  readonly name: string;
  readonly value?: string;
}

function meaningsOf(table: ArgumentTable): ReadonlyMap<string, Meaning> {
  const meanings = new Map<string, Meaning>();
  for (const [name, entry] of Object.entries(table)) {
    if (entry.type === "positional") continue;
    for (const alias of entry.aliases ?? []) meanings.set(alias, { name });
    if (entry.type === "string") {
      for (const [alias, value] of Object.entries(entry.switches ?? {})) meanings.set(alias, { name, value });
    }
  }
  return meanings;
}

/**
 * Returns the words of a command line with other tools' names for an option replaced by ours: `-ngl 20` becomes
 * `--gpu-layers 20`, `--no-mmap` becomes `--mmap=off`. Words after `--` stay as they are.
 */
export function expandAliases(words: readonly string[], table: ArgumentTable): readonly string[] {
  const meanings = meaningsOf(table);
  const end = words.indexOf("--");
  return words.map((word, index) => {
    if (end !== -1 && index > end) return word;
    const [typed = "", ...rest] = word.split("=");
    const meaning = meanings.get(typed);
    if (meaning === undefined) return word;
    if (meaning.value !== undefined) return rest.length === 0 ? `--${meaning.name}=${meaning.value}` : word;
    return rest.length === 0 ? `--${meaning.name}` : `--${meaning.name}=${rest.join("=")}`;
  });
}
