import { z } from "zod";
import { LoadlineError } from "../../../shared/errors.ts";
import { measures } from "../../measures/edit.ts";
import type { Edit } from "../../measures/edit.ts";
import type { ThreadEvent } from "../../store/store.ts";

/** What can happen to a thread besides new entries, each saved as an event in the order it happened. */
export type ThreadChange =
  | { readonly kind: "edit"; readonly edit: Edit }
  | { readonly kind: "undo"; readonly number: number }
  | { readonly kind: "pin"; readonly seqs: readonly number[] }
  | { readonly kind: "unpin"; readonly seqs: readonly number[] }
  | { readonly kind: "frame"; readonly system: string | undefined; readonly tools: string | undefined };

const count = z.number().int().min(0);

const target = z
  .object({ seq: count, part: count.optional(), text: z.string().optional(), tokens: count })
  .transform((row) => ({ seq: row.seq, part: row.part, text: row.text, tokens: row.tokens }));

const insertion = z.object({ beforeSeq: count, text: z.string(), tokens: count, seqs: z.array(count) });

const edit = z
  .object({
    number: z.number().int().min(1),
    measure: z.enum(measures),
    reason: z.enum(["pays", "cold", "forced", "asked"]),
    why: z.string(),
    time: z.number(),
    targets: z.array(target),
    insertion: insertion.optional(),
    absorbs: z.array(count),
    freedTokens: z.number(),
    rewrittenTokens: z.number(),
  })
  .transform((row): Edit => ({ ...row, insertion: row.insertion }));

const seqs = z.object({ seqs: z.array(count) });
const frame = z.object({ system: z.string().optional(), tools: z.string().optional() });

/** The saved form's version; an older one is raised by one step per version here, a newer one is refused. */
const savedVersion = 1;

/** An event as it is stored. */
export function saveChange(change: ThreadChange, index: number, time: number): ThreadEvent {
  const { kind, ...body } = change;
  return { index, kind, time, json: JSON.stringify({ v: savedVersion, ...body }) };
}

/** Reads a stored event; a form that is not known is `store-corrupt` or, from a newer Loadline, `store-newer`. */
export function readChange(event: ThreadEvent): ThreadChange {
  const body: unknown = JSON.parse(event.json);
  const version = z.object({ v: z.number() }).safeParse(body);
  if (version.success && version.data.v > savedVersion) {
    throw new LoadlineError(
      "store-newer",
      `event ${event.index}: got form ${version.data.v}, allowed: up to ${savedVersion}`,
    );
  }
  try {
    return parseChange(event.kind, body);
  } catch (cause) {
    throw new LoadlineError("store-corrupt", `event ${event.index}: got a damaged ${event.kind} event`, {
      cause,
    });
  }
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
      return { kind, system: read.system, tools: read.tools };
    }
    default:
      throw new LoadlineError(
        "store-corrupt",
        `got an event of kind ${kind}, allowed: edit, undo, pin, unpin, frame`,
      );
  }
}
