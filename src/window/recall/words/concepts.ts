import { conceptTable } from "./concept-table.ts";
import { termsOf } from "./words.ts";

/** Words of one kind, as index terms: what asks for it, and what may answer. */
export interface Concept {
  readonly heads: ReadonlySet<string>;
  /** Heads and members. */
  readonly terms: readonly string[];
}

const concepts: readonly Concept[] = conceptTable
  .trim()
  .split("\n")
  .map((row) => {
    const [heads = "", members = ""] = row.split(":");
    return { heads: new Set(termsOf(heads)), terms: [...new Set([...termsOf(heads), ...termsOf(members)])] };
  });

/** The concepts that hold a term, in the order of the table. */
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

/** The concepts that a term asks for or is a member of; none for most terms. */
export function conceptsOf(term: string): readonly Concept[] {
  return conceptsByTerm.get(term) ?? [];
}
