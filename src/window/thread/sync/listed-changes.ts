import type { Frame } from "../../conversation/message/message.ts";
import type { LeadMessage, ThreadChange } from "../state/thread-events.ts";
import { isSameFrame } from "../state/thread-state.ts";
import type { ThreadKeeper } from "../state/thread-keeper.ts";
import type { View } from "../state/view.ts";

/**
 * Returns the change of frame that a request makes, if it differs: system prompt and tools, the system messages that no entry holds,
 * and those that are no longer sent. A list without any frame leaves system prompt and tools as they are.
 */
export function listFrameChange(
  keeper: ThreadKeeper,
  frame: Frame,
  view: Pick<View, "passed" | "absent" | "end">,
): readonly ThreadChange[] {
  const before = keeper.state.frame;
  const isBare = Object.values(frame).every((text) => text === undefined);
  const sent: Frame = isBare ? before : frame;
  // What a request of a shorter history holds between its messages stays with the request: the thread's own may differ.
  if (view.end < keeper.state.entries.length)
    return isSameFrame(sent, before)
      ? []
      : [{ kind: "frame", frame: { ...sent, lead: before.lead, gone: before.gone } }];
  const lead = view.passed
    .filter((one) => one.role === "system")
    .map(({ before: place, json, tokens }): LeadMessage => ({ before: place, json, tokens }));
  const gone = [...view.absent].filter((seq) => keeper.state.entries.at(seq)?.role === "system");
  const isSame =
    isSameFrame(sent, before) && JSON.stringify([lead, gone]) === JSON.stringify([before.lead, before.gone]);
  return isSame ? [] : [{ kind: "frame", frame: { ...sent, lead, gone } }];
}
