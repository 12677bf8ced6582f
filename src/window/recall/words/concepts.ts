import { conceptTable } from "./concept-table.ts";
import { extractTerms } from "./words.ts";

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
    return {
      heads: new Set(extractTerms(heads)),
      terms: [...new Set([...extractTerms(heads), ...extractTerms(members)])],
    };
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
export function findConcepts(term: string): readonly Concept[] {
  return conceptsByTerm.get(term) ?? [];
}
