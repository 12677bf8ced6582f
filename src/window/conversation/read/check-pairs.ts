import { LoadlineError } from "../../../shared/errors.ts";
import { describeValue } from "../../../shared/options.ts";
import { itemFormats } from "../message/message.ts";
import type { Message } from "../message/message.ts";

/** A tool call or result without its counterpart. */
interface PairFault {
  readonly code: "orphan-tool-result" | "unanswered-tool-call";
  readonly callId: string;
  /** Index of the message at fault; undefined if the call was made before the given messages. */
  readonly message: number | undefined;
  readonly text: string;
}

/** Pairs at fault in a list of messages, and the calls that are still open after it. */
export interface PairReport {
  readonly faults: readonly PairFault[];
  readonly openCalls: ReadonlySet<string>;
}

/** Open calls by id, each with the index of its message; undefined if it was made before these messages. */
type OpenCalls = Map<string, number | undefined>;

function describeUnanswered(callId: string, at: number | undefined, index: number, role: string): PairFault {
  const where = at === undefined ? "an earlier message" : `message ${at}`;
  return {
    code: "unanswered-tool-call",
    callId,
    message: at,
    text: `${where}: the tool call ${describeValue(callId)} has no result before the ${role} message ${index}; insert its result between them`,
  };
}

function describeOrphan(callId: string, index: number, isRepeated: boolean): PairFault {
  const what = isRepeated
    ? `the tool call ${describeValue(callId)} already has a result; keep one result per call`
    : `the tool call ${describeValue(callId)} of this result is not open; put the call before its result`;
  return {
    code: "orphan-tool-result",
    callId,
    message: index,
    text: `message ${index}: ${what}`,
  };
}

/** Opens and closes the calls of one message; returns the results that answer nothing. */
function takeParts(
  message: Message,
  index: number,
  open: OpenCalls,
  answered: Set<string>,
): readonly PairFault[] {
  const faults: PairFault[] = [];
  for (const { kind, callId } of message.parts) {
    if (callId === undefined) continue;
    if (kind === "tool-call") {
      // Deleted and set again, an id that is used twice moves to the end: the map keeps the order of the messages.
      open.delete(callId);
      open.set(callId, index);
      answered.delete(callId);
    } else if (kind === "tool-result") {
      if (!open.delete(callId)) faults.push(describeOrphan(callId, index, answered.has(callId)));
      answered.add(callId);
    }
  }
  return faults;
}

/**
 * Returns true for a message that ends a turn. In the responses API, calls and outputs are items of one turn in any order; elsewhere
 * every message but a tool's ends it.
 */
function endsTurn(message: Message): boolean {
  return message.role === "user" || (message.role !== "tool" && !itemFormats.has(message.format));
}

/**
 * Finds tool results without a call, second results, and calls that a later turn left unanswered. An unanswered call at the end
 * is open, not at fault. `openCalls` are those open before these messages. Calls and results without an id are skipped. Linear.
 */
export function findPairFaults(
  messages: readonly Message[],
  openCalls: ReadonlySet<string> = new Set(),
): PairReport {
  const open: OpenCalls = new Map();
  for (const callId of openCalls) open.set(callId, undefined);
  const answered = new Set<string>();
  const faults: PairFault[] = [];
  for (const [index, message] of messages.entries()) {
    faults.push(...takeParts(message, index, open, answered));
    if (!endsTurn(message)) continue;
    for (const [callId, at] of open) {
      // Calls are in order, so the first call of this message ends the search.
      if (at === index) break;
      faults.push(describeUnanswered(callId, at, index, message.role));
      open.delete(callId);
    }
  }
  return { faults, openCalls: new Set(open.keys()) };
}

/**
 * Checks that tool calls and results belong together. Returns the ids of the calls that are still open, to pass in with the
 * messages that follow.
 * Errors: `orphan-tool-result` and `unanswered-tool-call` for the first fault, with the call's id and the message's index.
 */
export function checkPairs(
  messages: readonly Message[],
  openCalls: ReadonlySet<string> = new Set(),
): ReadonlySet<string> {
  const report = findPairFaults(messages, openCalls);
  const [fault] = report.faults;
  if (fault !== undefined) {
    throw new LoadlineError(fault.code, fault.text, {
      details: { callId: fault.callId, message: fault.message ?? null, faults: report.faults.length },
    });
  }
  return report.openCalls;
}
