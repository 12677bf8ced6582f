import { isJsonObject } from "../../shared/json/json-object.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";
import type { EntryItem, Item } from "../measures/layout.ts";

/**
 * What an editor on the provider's side does to a request. The client set it: Loadline never sets or removes one, and what it clears
 * is not part of the window's figures.
 */
export interface ProviderEdit {
  /** Type that the request states, for example `clear_tool_uses_20250919`, `compaction`, `truncation`. */
  readonly name: string;
  /** Input tokens from which it runs; undefined if it has another trigger, or if that is not known. */
  readonly triggerTokens: number | undefined;
  /** True if this window sets it off; undefined if that cannot be known. */
  readonly isTriggered: boolean | undefined;
  /** Handles of the entries in which it clears something; undefined if that cannot be known. */
  readonly handles: readonly string[] | undefined;
  /** Tokens of what it clears, without the short texts that providers leave; undefined if that cannot be known. */
  readonly clearedTokens: number | undefined;
}

/** The request on which editors work. */
export interface EditedRequest {
  readonly items: readonly Item[];
  readonly inputTokens: number;
  /** Context window of the model, if it is known. */
  readonly contextTokens: number | undefined;
}

/** Reads one editor's settings. */
type ReadEdit = (settings: JsonObject, request: EditedRequest) => Omit<ProviderEdit, "name">;

const nothingCleared = { handles: [], clearedTokens: 0 } as const;

/** Describes an editor of which only the trigger is known. Without one, nothing is known. */
function describeTrigger(
  triggerTokens: number | undefined,
  { inputTokens }: EditedRequest,
): Omit<ProviderEdit, "name"> {
  const isTriggered = triggerTokens === undefined ? undefined : inputTokens >= triggerTokens;
  return isTriggered === false
    ? { triggerTokens, isTriggered, ...nothingCleared }
    : { triggerTokens, isTriggered, handles: undefined, clearedTokens: undefined };
}

/** Anthropic's defaults: https://platform.claude.com/docs/en/build-with-claude/context-editing and compaction. */
const defaultClearTokens = 100_000;
const defaultKeptToolUses = 3;
const defaultKeptThinkingTurns = 1;
const defaultCompactTokens = 150_000;

/** Returns a member by its name, as the API or as the AI SDK writes it. */
function readMember(settings: JsonObject, name: string): unknown {
  return settings[name] ?? settings[name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())];
}

/** Returns the number in `{type, value}`, or a plain number. */
function readValue(value: unknown): number | undefined {
  const found = isJsonObject(value) ? value["value"] : value;
  return typeof found === "number" && Number.isFinite(found) ? found : undefined;
}

function readNames(value: unknown): ReadonlySet<unknown> {
  return new Set(Array.isArray(value) ? (value as readonly unknown[]) : []);
}

interface ToolUse {
  readonly callId: string;
  readonly toolName: string | undefined;
}

function listToolUses(items: readonly Item[]): readonly ToolUse[] {
  return items.flatMap((item) =>
    item.type !== "entry"
      ? []
      : item.entry.parts.flatMap(({ kind, callId, toolName }, index) =>
          kind === "tool-call" && callId !== undefined && !isCut(item, index) ? [{ callId, toolName }] : [],
        ),
  );
}

function isCut({ shown }: EntryItem, index: number): boolean {
  const part = shown?.[index];
  return part !== undefined && part.text === undefined;
}

const clearToolUses: ReadEdit = (settings, request) => {
  const { items, inputTokens } = request;
  const trigger = readMember(settings, "trigger");
  const isByUses = isJsonObject(trigger) && trigger["type"] === "tool_uses";
  const uses = listToolUses(items);
  const limit = readValue(trigger) ?? defaultClearTokens;
  const triggerTokens = isByUses ? undefined : limit;
  if ((isByUses ? uses.length : inputTokens) <= limit)
    return { triggerTokens, isTriggered: false, ...nothingCleared };
  const keep = readValue(readMember(settings, "keep")) ?? defaultKeptToolUses;
  const excluded = readNames(readMember(settings, "exclude_tools"));
  const leaving = new Set(
    uses
      .slice(0, Math.max(0, uses.length - keep))
      .filter(({ toolName }) => !excluded.has(toolName))
      .map(({ callId }) => callId),
  );
  const inputs = readMember(settings, "clear_tool_inputs");
  const named = readNames(inputs);
  const isCleared = ({ kind, callId, toolName }: EntryItem["entry"]["parts"][number]): boolean =>
    callId !== undefined &&
    leaving.has(callId) &&
    (kind === "tool-result" || (kind === "tool-call" && (inputs === true || named.has(toolName))));
  const cleared = sumParts(items, isCleared);
  const atLeast = readValue(readMember(settings, "clear_at_least")) ?? 0;
  return cleared.clearedTokens < atLeast || cleared.handles.length === 0
    ? { triggerTokens, isTriggered: false, ...nothingCleared }
    : { triggerTokens, isTriggered: true, ...cleared };
};

function sumParts(
  items: readonly Item[],
  isCleared: (part: EntryItem["entry"]["parts"][number]) => boolean,
): { readonly handles: readonly string[]; readonly clearedTokens: number } {
  const handles: string[] = [];
  let clearedTokens = 0;
  for (const item of items) {
    if (item.type !== "entry") continue;
    const indexes = [...item.entry.parts.keys()].filter((index) => {
      const part = item.entry.parts[index];
      return part !== undefined && !isCut(item, index) && isCleared(part);
    });
    if (indexes.length > 0) handles.push(`#${item.seq}`);
    for (const index of indexes)
      clearedTokens += item.shown?.[index]?.tokens ?? item.entry.parts[index]?.tokens ?? 0;
  }
  return { handles, clearedTokens };
}

const clearThinking: ReadEdit = (settings, { items }) => {
  const keep = readMember(settings, "keep");
  const kept = keep === "all" ? Number.POSITIVE_INFINITY : (readValue(keep) ?? defaultKeptThinkingTurns);
  const answers = items.filter(
    (item) =>
      item.type === "entry" &&
      item.entry.parts.some((part, index) => part.kind === "reasoning" && !isCut(item, index)),
  );
  // A turn may be several answers: with more answers than turns are kept, what leaves is the provider's to know.
  return answers.length <= kept
    ? { triggerTokens: undefined, isTriggered: false, ...nothingCleared }
    : { triggerTokens: undefined, isTriggered: undefined, handles: undefined, clearedTokens: undefined };
};

/** How the editors that are known work, by the start of their type. */
const editors: readonly (readonly [start: string, read: ReadEdit])[] = [
  ["clear_tool_uses", clearToolUses],
  ["clear_thinking", clearThinking],
  [
    "compact_",
    (settings, request) =>
      describeTrigger(readValue(readMember(settings, "trigger")) ?? defaultCompactTokens, request),
  ],
  [
    "compaction",
    (settings, request) => describeTrigger(readValue(readMember(settings, "compact_threshold")), request),
  ],
];

function describeEdit(settings: unknown, field: string, request: EditedRequest): ProviderEdit {
  const type = isJsonObject(settings) ? settings["type"] : undefined;
  const name = typeof type === "string" ? type : field;
  const read = editors.find(([start]) => name.startsWith(start))?.[1];
  if (read !== undefined && isJsonObject(settings)) return { name, ...read(settings, request) };
  return { name, ...describeTrigger(undefined, request) };
}

function listSettings(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  if (!isJsonObject(value)) return [];
  return Array.isArray(value["edits"]) ? (value["edits"] as readonly unknown[]) : [value];
}

/** Describes the editors that a request sets on the provider's side (`Frame.editors`), and what they do to it. */
export function listProviderEdits(
  editorsJson: string | undefined,
  request: EditedRequest,
): readonly ProviderEdit[] {
  const fields: unknown = editorsJson === undefined ? undefined : JSON.parse(editorsJson);
  if (!isJsonObject(fields)) return [];
  return Object.entries(fields).flatMap(([field, value]): readonly ProviderEdit[] => {
    switch (field) {
      case "truncation":
        return value === "disabled"
          ? []
          : [{ name: "truncation", ...describeTrigger(request.contextTokens, request) }];
      case "transforms":
        return listSettings(value).map((name) => ({
          name: String(name),
          ...describeTrigger(request.contextTokens, request),
        }));
      case "contextWindowCompression":
      case "context_window_compression": {
        const trigger = isJsonObject(value) ? Number(readMember(value, "trigger_tokens")) : Number.NaN;
        const tokens = Number.isFinite(trigger) ? trigger : undefined;
        return [{ name: field, ...describeTrigger(tokens, request) }];
      }
      default:
        return listSettings(value).map((settings) => describeEdit(settings, field, request));
    }
  });
}
