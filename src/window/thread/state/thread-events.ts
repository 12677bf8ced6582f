import { z } from "zod";
import { LoadlineError } from "../../../shared/errors.ts";
import { measures } from "../../measures/edit.ts";
import type { Frame } from "../../conversation/message/message.ts";
import type { Edit, EditReason } from "../../measures/edit.ts";
import type { ThreadEvent } from "../../store/store.ts";

/** What can happen to a thread besides new entries; each is saved as an event, in order. */
export type ThreadChange =
  | { readonly kind: "edit"; readonly edit: Edit }
  | { readonly kind: "undo"; readonly number: number }
  | { readonly kind: "pin"; readonly seqs: readonly number[] }
  | { readonly kind: "unpin"; readonly seqs: readonly number[] }
  | ({ readonly kind: "frame" } & Frame);

/** Reasons by their saved names, which stay as version 1 wrote them. */
const reasons = {
  pays: "pays",
  cold: "cold",
  forced: "forced",
  asked: "requested",
} as const satisfies Record<string, EditReason>;

type SavedReason = keyof typeof reasons;

function isSavedReason(value: unknown): value is SavedReason {
  return typeof value === "string" && Object.hasOwn(reasons, value);
}

function saveReason(reason: EditReason): string {
  return Object.keys(reasons).find((saved) => isSavedReason(saved) && reasons[saved] === reason) ?? reason;
}

const count = z.number().int().min(0);

const target = z
  .object({ seq: count, part: count.optional(), text: z.string().optional(), tokens: count })
  .transform((row) => ({ seq: row.seq, part: row.part, text: row.text, tokens: row.tokens }));

const insertion = z.object({ beforeSeq: count, text: z.string(), tokens: count, seqs: z.array(count) });

const edit = z
  .object({
    number: z.number().int().min(1),
    measure: z.enum(measures),
    reason: z.custom<SavedReason>(isSavedReason),
    why: z.string(),
    time: z.number(),
    targets: z.array(target),
    insertion: insertion.optional(),
    absorbs: z.array(count),
    freedTokens: z.number(),
    rewrittenTokens: z.number(),
  })
  .transform((row): Edit => ({ ...row, reason: reasons[row.reason], insertion: row.insertion }));

const seqs = z.object({ seqs: z.array(count) });
const frame = z.object({
  system: z.string().optional(),
  tools: z.string().optional(),
  responseFormat: z.string().optional(),
  toolChoice: z.string().optional(),
});

/** Version of the saved form. An older one is upgraded one step per version here; a newer one is refused. */
const savedVersion = 1;

/** Encodes a change as an event. */
export function saveChange(change: ThreadChange, index: number, time: number): ThreadEvent {
  const { kind, ...body } =
    change.kind === "edit"
      ? { ...change, edit: { ...change.edit, reason: saveReason(change.edit.reason) } }
      : change;
  return { index, kind, time, json: JSON.stringify({ v: savedVersion, ...body }) };
}

/** Decodes a stored event. Errors: `store-corrupt`; `store-newer` for a newer version of the saved form. */
export function readChange(event: ThreadEvent): ThreadChange {
  const body = parseBody(event);
  const version = z.object({ v: z.number() }).safeParse(body);
  if (version.success && version.data.v > savedVersion) {
    throw new LoadlineError(
      "store-newer",
      `event ${event.index}: saved in version ${version.data.v} by a newer Loadline (this one reads up to ${savedVersion}); update loadline`,
    );
  }
  try {
    return parseChange(event.kind, body);
  } catch (cause) {
    throw damagedEventError(event, cause);
  }
}

function parseBody(event: ThreadEvent): unknown {
  try {
    return JSON.parse(event.json);
  } catch (cause) {
    throw damagedEventError(event, cause);
  }
}

function damagedEventError({ index, kind }: ThreadEvent, cause: unknown): LoadlineError {
  return new LoadlineError(
    "store-corrupt",
    `event ${index}: damaged ${kind} event; restore the store from a backup`,
    { cause },
  );
}

function parseChange(kind: string, body: unknown): ThreadChange {
  switch (kind) {
    case "edit":
      return { kind, edit: z.object({ edit }).parse(body).edit };
    case "undo":
      return { kind, number: z.object({ number: count }).parse(body).number };
    case "pin":
    case "unpin":
      return { kind, seqs: seqs.parse(body).seqs };
    case "frame": {
      const read = frame.parse(body);
      return { kind, ...read, system: read.system, tools: read.tools };
    }
    default:
      throw new LoadlineError(
        "store-corrupt",
        `unknown event kind: got ${kind}, allowed: edit, undo, pin, unpin, frame`,
      );
  }
}
