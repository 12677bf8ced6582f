import { isJsonObject, isSize } from "../../shared/json/json-object.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";
import type { ReportedUsage } from "../conversation/message/message.ts";
import { cutMembers } from "./cut-members.ts";
import { findFirstRequest } from "./first-request.ts";
import type { SessionSource } from "./session.ts";

/** An item's JSON text with its value. */
interface Item {
  readonly json: string;
  readonly value: unknown;
}

/** Where and when an item was written. */
interface Origin {
  readonly place: string;
  readonly time: number | undefined;
}

/** Items that Codex keeps for itself and never sends. */
const bookkeeping = new Set(["ghost_snapshot", "session_meta", "other"]);

/** Members that Codex removes from an item before it sends it. */
const internal: ReadonlySet<string> = new Set(["internal_chat_message_metadata_passthrough"]);

function cutInternal(item: Item): Item {
  if (!isJsonObject(item.value)) return item;
  const json = cutMembers(item.json, item.value, internal);
  return json === item.json ? item : { json, value: JSON.parse(json) as unknown };
}

/** Returns true for an item that the model wrote. */
function isFromModel(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  const { type, role } = value;
  return role === "assistant" || type === "reasoning" || (typeof type === "string" && type.endsWith("_call"));
}

/** The history of a rollout as its lines make it grow and shrink. */
export class CodexHistory {
  #sources: SessionSource[] = [];
  #compactions: number[] = [];
  #rolledBack = 0;

  get sources(): readonly SessionSource[] {
    return this.#sources;
  }

  /** Indices of the items that follow a compaction. */
  get compactions(): readonly number[] {
    return this.#compactions;
  }

  /** How many items the user took back. */
  get rolledBack(): number {
    return this.#rolledBack;
  }

  /** Adds an item, unless it was never sent. */
  add(item: Item, origin: Origin): void {
    if (isJsonObject(item.value) && bookkeeping.has(String(item.value["type"]))) return;
    this.#sources.push({ ...cutInternal(item), ...origin, usage: undefined });
  }

  /** Marks a compaction, and adds what it put in place of the history: items that the history holds already are not repeated. */
  compact(replacement: readonly Item[], origin: Origin): void {
    const known = new Set(this.#sources.map((source) => source.json));
    this.#compactions.push(this.#sources.length);
    for (const item of replacement) if (!known.has(cutInternal(item).json)) this.add(item, origin);
  }

  /** Removes the last turns: everything from the user's request on. */
  rollBack(turns: number): void {
    let left = turns;
    let end = this.#sources.length;
    for (let index = end - 1; index >= 0 && left > 0; index--) {
      const source = this.#sources[index];
      if (source === undefined || findFirstRequest([source]) === undefined) continue;
      end = index;
      left--;
    }
    this.#rolledBack += this.#sources.length - end;
    this.#sources.length = end;
    this.#compactions = this.#compactions.filter((index) => index < end);
  }

  /** Notes the usage of the newest call at its last item. */
  reportUsage(reported: JsonObject): void {
    const index = this.#sources.findLastIndex((source) => isFromModel(source.value));
    const source = this.#sources[index];
    if (source !== undefined) this.#sources[index] = { ...source, usage: readCounts(reported) };
  }
}

function readCounts(reported: JsonObject): ReportedUsage {
  const count = (name: string): number | undefined => {
    const value = reported[name];
    return isSize(value) ? value : undefined;
  };
  return {
    inputTokens: count("input_tokens"),
    outputTokens: count("output_tokens"),
    cachedInputTokens: count("cached_input_tokens"),
  };
}
