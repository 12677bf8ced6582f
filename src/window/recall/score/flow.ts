import type { RecallIndex } from "../index/recall-index.ts";
import type { RankSettings } from "./settings.ts";

/**
 * Lets scores flow along the conversation: a share of a question's score to the passage after it, which often answers without a
 * word of the question, and a little of every score to the passages around it.
 */
export function flowScores(index: RecallIndex, scores: Float64Array, settings: RankSettings): Float64Array {
  const { follows, signals } = index.storage;
  const count = index.passageCount;
  const flowed = scores.slice();
  for (let passage = 1; passage < count; passage++) {
    if (follows[passage] === true && signals[passage - 1]?.asks === true)
      flowed[passage] = (flowed[passage] ?? 0) + settings.answer * (scores[passage - 1] ?? 0);
  }
  const settled = flowed.slice();
  let carried = 0;
  for (let passage = 1; passage < count; passage++) {
    carried = follows[passage] === true ? settings.spreadDecay * (carried + (settled[passage - 1] ?? 0)) : 0;
    flowed[passage] = (flowed[passage] ?? 0) + settings.spread * carried;
  }
  carried = 0;
  for (let passage = count - 2; passage >= 0; passage--) {
    carried =
      follows[passage + 1] === true ? settings.spreadDecay * (carried + (settled[passage + 1] ?? 0)) : 0;
    flowed[passage] = (flowed[passage] ?? 0) + settings.spread * carried;
  }
  return flowed;
}
