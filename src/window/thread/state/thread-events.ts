import { z } from "zod";
import { LoadlineError } from "../../../shared/errors.ts";
import type { Format, Frame } from "../../conversation/message/message.ts";
import { formats } from "../../conversation/read/read-message.ts";
import { editReasons, measures } from "../../measures/edit.ts";
import type { Edit } from "../../measures/edit.ts";
import type { ThreadEvent } from "../../store/store.ts";

/** A system message that the client sends and no entry holds: it precedes the entry `before`. */
export interface LeadMessage {
  readonly before: number;
  readonly json: string;
  readonly tokens: number;
}

/** What is sent with every call and replaced when it changes: the frame, and system messages among the messages. */
export interface ThreadFrame extends Frame {
  /** System messages that the newest request holds and no entry does. */
  readonly lead: readonly LeadMessage[];
  /** Seqs of system messages that the newest request no longer holds. */
  readonly gone: readonly number[];
}

/** What can happen to a thread in addition to new entries; each is saved as an event, in order. */
export type ThreadChange =
  | { readonly kind: "edit"; readonly edit: Edit }
  | { readonly kind: "undo"; readonly number: number }
  | { readonly kind: "pin"; readonly seqs: readonly number[] }
  | { readonly kind: "unpin"; readonly seqs: readonly number[] }
  | { readonly kind: "frame"; readonly frame: ThreadFrame }
  /** Says how many entries of the thread that this one continues belong to its past: what that thread got later does not. */
  | { readonly kind: "continues"; readonly end: number }
  /** Settles the format of the thread's messages. */
  | { readonly kind: "format"; readonly format: Format }
  /** Names an append, so that it adds its entries once however often it is repeated; one without a name is always another. */
  | { readonly kind: "append"; readonly key: string; readonly from: number; readonly count: number };

const count = z.number().int().min(0);

const target = z
  .object({ seq: count, part: count.optional(), text: z.string().optional(), tokens: count })
  .transform((row) => ({ seq: row.seq, part: row.part, text: row.text, tokens: row.tokens }));

const insertion = z.object({ beforeSeq: count, text: z.string(), tokens: count, seqs: z.array(count) });

const edit = z
  .object({
    number: z.number().int().min(1),
    measure: z.enum(measures),
    reason: z.enum(editReasons),
    why: z.string(),
    time: z.number(),
    targets: z.array(target),
    insertion: insertion.optional(),
    absorbs: z.array(count),
    freedTokens: z.number(),
    rewrittenTokens: z.number(),
    upTo: count.optional(),
  })
  .transform(({ upTo, ...row }): Edit => ({
    ...row,
    insertion: row.insertion,
    ...(upTo === undefined ? {} : { upTo }),
  }));

const seqs = z.object({ seqs: z.array(count) });
/** Long texts of a frame are stored next to the event, once per owner; the event names them by index. */
const frame = z.object({
  system: count.optional(),
  tools: count.optional(),
  responseFormat: count.optional(),
  toolChoice: count.optional(),
  editors: count.optional(),
  lead: z.array(z.object({ before: count, text: count, tokens: count })).default([]),
  gone: z.array(count).default([]),
});

/** Version of the saved form. An older one is upgraded with the store's schema; a newer one is refused. */
const savedVersion = 2;

/** Encodes a change as an event. */
export function saveChange(change: ThreadChange, index: number, time: number): ThreadEvent {
  const { kind, ...body } = change;
  const texts: string[] = [];
  const saved = change.kind === "frame" ? saveFrame(change.frame, texts) : body;
  return { index, kind, time, json: JSON.stringify({ v: savedVersion, ...saved }), texts };
}

function saveFrame(frame: ThreadFrame, texts: string[]): object {
  const { system, tools, responseFormat, toolChoice, editors, lead, gone } = frame;
  const keep = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : texts.push(text) - 1;
  return {
    system: keep(system),
    tools: keep(tools),
    responseFormat: keep(responseFormat),
    toolChoice: keep(toolChoice),
    editors: keep(editors),
    lead: lead.map(({ before, json, tokens }) => ({ before, text: keep(json), tokens })),
    gone,
  };
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
    return parseChange(event, body);
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

function parseChange({ kind, texts }: ThreadEvent, body: unknown): ThreadChange {
  switch (kind) {
    case "edit":
      return { kind, edit: z.object({ edit }).parse(body).edit };
    case "undo":
      return { kind, number: z.object({ number: count }).parse(body).number };
    case "pin":
    case "unpin":
      return { kind, seqs: seqs.parse(body).seqs };
    case "frame":
      return { kind, frame: readFrame(frame.parse(body), texts) };
    case "format":
      return { kind, format: z.object({ format: z.enum(formats) }).parse(body).format };
    case "continues":
      return { kind, end: z.object({ end: count }).parse(body).end };
    case "append":
      return { kind, ...z.object({ key: z.string(), from: count, count }).parse(body) };
    default:
      throw new LoadlineError(
        "store-corrupt",
        `unknown event kind: got ${kind}, allowed: edit, undo, pin, unpin, frame, format, append, continues`,
      );
  }
}

function readFrame(saved: z.infer<typeof frame>, texts: readonly string[]): ThreadFrame {
  const textAt = (index: number): string => z.string().parse(texts[index]);
  const find = (index: number | undefined): string | undefined =>
    index === undefined ? undefined : textAt(index);
  return {
    system: find(saved.system),
    tools: find(saved.tools),
    responseFormat: find(saved.responseFormat),
    toolChoice: find(saved.toolChoice),
    editors: find(saved.editors),
    lead: saved.lead.map(({ before, text, tokens }) => ({ before, json: textAt(text), tokens })),
    gone: saved.gone,
  };
}
