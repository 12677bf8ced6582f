import { conceptTable } from "./concept-table.ts";
import { termsOf } from "./words.ts";

/** A kind of thing, as index terms: its names in a question, and words that may answer. */
export interface Concept {
  readonly heads: ReadonlySet<string>;
  /** Heads (names of the kind) and members. */
  readonly terms: readonly string[];
}

const concepts: readonly Concept[] = conceptTable
  .trim()
  .split("\n")
  .map((row) => {
    const [heads = "", members = ""] = row.split(":");
    return { heads: new Set(termsOf(heads)), terms: [...new Set([...termsOf(heads), ...termsOf(members)])] };
  });

/** Concepts by term, in the order of the table. */
const conceptsByTerm: ReadonlyMap<string, readonly Concept[]> = groupByTerm();

function groupByTerm(): ReadonlyMap<string, readonly Concept[]> {
  const groups = new Map<string, Concept[]>();
  for (const concept of concepts) {
    for (const term of concept.terms) {
      const group = groups.get(term);
      if (group === undefined) groups.set(term, [concept]);
      else group.push(concept);
    }
  }
  return groups;
}

/** Returns the concepts that a term names or is a member of; none for most terms. */
export function conceptsOf(term: string): readonly Concept[] {
  return conceptsByTerm.get(term) ?? [];
}
