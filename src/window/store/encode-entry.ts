import { LoadlineError } from "../../shared/errors.ts";
import { bodyForms } from "../conversation/message/message.ts";
import type { BodyForm, PartKind } from "../conversation/message/message.ts";
import type { StoredPart } from "./store.ts";

/** The compact form writes a kind as its index here, so new kinds go to the end. */
const kinds: readonly PartKind[] = [
  "text",
  "reasoning",
  "tool-call",
  "tool-result",
  "image",
  "file",
  "other",
  "compaction",
];

/** A stored part as a row without field names, which take most of the space. Stored: changes need an upgrade step. */
type CompactPart = readonly [
  kind: number,
  tokens: number,
  cut: readonly [number, number] | 0,
  body: readonly [number, number] | 0,
  form: number,
  callId: string | 0,
  toolName: string | 0,
  contentKey: string | 0,
];

/** Encodes parts as one short JSON text: reading a thread of 100,000 entries takes a fraction of a second. */
export function encodeParts(parts: readonly StoredPart[]): string {
  const rows = parts.map((part): CompactPart => [
    kinds.indexOf(part.kind),
    part.tokens,
    part.cut ?? 0,
    part.body ?? 0,
    bodyForms.indexOf(part.bodyForm),
    part.callId ?? 0,
    part.toolName ?? 0,
    part.contentKey ?? 0,
  ]);
  return JSON.stringify(rows);
}

function damagedEntryError(cause?: unknown): LoadlineError {
  return new LoadlineError("store-corrupt", "entry: damaged parts; restore the store from a backup", {
    cause,
  });
}

function readRange(value: unknown): readonly [number, number] | undefined {
  if (value === 0) return undefined;
  if (!Array.isArray(value) || !Number.isInteger(value[0]) || !Number.isInteger(value[1]))
    throw damagedEntryError();
  return [value[0] as number, value[1] as number];
}

function readForm(value: unknown): BodyForm {
  const form = typeof value === "number" ? bodyForms[value] : undefined;
  if (form === undefined) throw damagedEntryError();
  return form;
}

function readText(value: unknown): string | undefined {
  if (value === 0) return undefined;
  if (typeof value !== "string") throw damagedEntryError();
  return value;
}

/** Reads the compact form back, checking every field by hand: a schema library is too slow for 100,000 rows. */
export function decodeParts(text: string): readonly StoredPart[] {
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch (cause) {
    throw damagedEntryError(cause);
  }
  if (!Array.isArray(rows)) throw damagedEntryError();
  return rows.map((row: unknown): StoredPart => {
    if (!Array.isArray(row)) throw damagedEntryError();
    const [kindIndex, tokens, cut, body, form, callId, toolName, contentKey] = row as unknown[];
    const kind = typeof kindIndex === "number" ? kinds[kindIndex] : undefined;
    if (kind === undefined || typeof tokens !== "number") throw damagedEntryError();
    return {
      kind,
      tokens,
      cut: readRange(cut),
      body: readRange(body),
      bodyForm: readForm(form),
      callId: readText(callId),
      toolName: readText(toolName),
      contentKey: readText(contentKey),
    };
  });
}
