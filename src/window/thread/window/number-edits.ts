import type { EditDraft } from "../../measures/draft.ts";
import type { Edit } from "../../measures/edit.ts";
import { applyEdit, sumTokens, countSharedItems } from "../../measures/layout.ts";
import type { Situation } from "../../measures/situation.ts";

/** Turns drafts into edits: numbers them from `firstNumber`, dates them, and computes what each frees and rewrites. */
export function numberEdits(
  drafts: readonly EditDraft[],
  situation: Situation,
  { firstNumber, time }: { readonly firstNumber: number; readonly time: number },
): readonly Edit[] {
  let items = situation.items;
  let cached = situation.cachedItems;
  return drafts.map((draft, index) => {
    const bare: Edit = { ...draft, number: firstNumber + index, time, freedTokens: 0, rewrittenTokens: 0 };
    const after = applyEdit(items, bare);
    const shared = Math.min(cached, countSharedItems(items, after));
    // Cached items after the first change that are still there must be written again; each token counts once.
    const again = new Set(items.slice(shared, cached));
    const rewritten = after.slice(shared).filter((item) => again.has(item));
    const edit = {
      ...bare,
      freedTokens: sumTokens(items) - sumTokens(after),
      rewrittenTokens: situation.cache === "cold" ? 0 : sumTokens(rewritten),
    };
    items = after;
    cached = shared;
    return edit;
  });
}
