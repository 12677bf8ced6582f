import type { Window } from "../../assemble/assemble-window.ts";
import { makeSentPrefix } from "../../assemble/sent-prefix.ts";
import { sumKinds } from "../../assemble/window-ledger.ts";
import type { ThreadRecall } from "../recall/thread-recall.ts";
import type { ThreadKeeper } from "../state/thread-keeper.ts";
import { makeFrameKey } from "../state/thread-state.ts";
import { countFrame } from "../../tokens/count-frame.ts";
import type { CheckedWindowOptions } from "../window-options.ts";
import { buildWindow } from "./build-window.ts";
import { determineCacheState } from "./cache-state.ts";
import { listShownSeqs } from "./make-situation.ts";
import { planWindow } from "./plan-window.ts";
import { recallBlock } from "./recall-block.ts";

/** Plans and saves the edits of a call, recalls for a new turn, and builds the window. Errors: `budget-too-small`, store errors. */
export async function makeWindow(
  keeper: ThreadKeeper,
  recall: ThreadRecall,
  options: CheckedWindowOptions,
): Promise<Window> {
  const { context } = keeper;
  // Counted once per window: system prompt and tools may be a large part of it.
  const frame = countFrame(keeper.state.frame, context.counter, keeper.state.entries.at(0));
  const cache = determineCacheState(context, keeper.state, options.cache);
  const { edits, overBudget, budget } = await planWindow(context, keeper.state, { options, frame });
  if (edits.length > 0) await keeper.save(edits.map((edit) => ({ kind: "edit", edit })));
  const block = await recallBlock(context, keeper.state, { options, frame, budget, recall });
  if (block !== undefined) await keeper.save([{ kind: "edit", edit: block }]);
  const items = keeper.state.items.toArray();
  const shown = listShownSeqs(items);
  const { view } = keeper.state;
  await context.texts.load(
    context.store,
    keeper.state,
    [...shown].filter((seq) => view?.forms.has(seq) !== true),
  );
  const window = buildWindow(context, keeper.state, {
    options,
    frame,
    edits: block === undefined ? edits : [...edits, block],
    overBudget,
    cache,
  });
  context.texts.keep(shown);
  keeper.setSent(
    makeSentPrefix(items, {
      frameKey: makeFrameKey(keeper.state.frame),
      time: context.clock(),
      kinds: sumKinds(items, frame),
    }),
  );
  return window;
}
