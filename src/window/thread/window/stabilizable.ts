import { countSharedWithSent } from "../../assemble/sent-prefix.ts";
import type { SentPrefix } from "../../assemble/sent-prefix.ts";
import { sumTokens } from "../../measures/layout.ts";
import type { Item } from "../../measures/layout.ts";
import type { Form } from "../state/view.ts";

/**
 * Counts the tokens that `stabilize` would keep cached: those between the first message that the client rendered again, saying the same,
 * and the first that differs even in the form that was sent before. `rendered` holds those forms by seq.
 */
export function countStabilizable(
  sent: SentPrefix,
  items: readonly Item[],
  rendered: ReadonlyMap<number, Form>,
): number {
  if (rendered.size === 0) return 0;
  const stable = items.map((item): Item => {
    const form = item.type === "entry" ? rendered.get(item.seq) : undefined;
    return item.type !== "entry" || form === undefined
      ? item
      : { ...item, entry: form.entry, form: form.promptKey };
  });
  const shared = countSharedWithSent(sent.items, items);
  return sumTokens(items.slice(shared, countSharedWithSent(sent.items, stable)));
}
