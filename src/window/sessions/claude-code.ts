import { LoadlineError } from "../../shared/errors.ts";
import { isJsonObject } from "../../shared/json/json-object.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";
import type { JsonDocument } from "../conversation/json/json-documents.ts";
import { groupLines, makeSource } from "./claude-code-replies.ts";
import { findNewestPath, linkNodes } from "./message-tree.ts";
import type { TreeNode } from "./message-tree.ts";
import { listEnvelopes, newestTime, objectOf, textOf } from "./envelope.ts";
import type { Envelope } from "./envelope.ts";
import { findFirstRequest } from "./first-request.ts";
import { findFrame } from "./claude-code-sent.ts";
import type { Frame } from "../conversation/message/message.ts";
import { countOf, noteFaultyLines } from "./notes.ts";
import type { RawSession, SessionInput, SessionRecogniser } from "./session.ts";

/** Lines without a message that only Claude Code writes. */
const eventTypes = new Set([
  "summary",
  "file-history-snapshot",
  "queue-operation",
  "custom-title",
  "ai-title",
  "agent-name",
  "last-prompt",
]);

/** Returns true for a line with a user's or an assistant's message. */
function holdsMessage({ value }: Envelope): boolean {
  return (
    (value["type"] === "user" || value["type"] === "assistant") &&
    typeof value["message"] === "object" &&
    value["message"] !== null
  );
}

function isLine(value: JsonObject): boolean {
  const isMessage = value["type"] === "user" || value["type"] === "assistant";
  const hasPlace = "parentUuid" in value || "sessionId" in value || "isSidechain" in value;
  return isMessage && hasPlace && typeof value["uuid"] === "string" && isClaudeMessage(value["message"]);
}

/** Qwen Code's lines have the same envelope around Gemini's messages. */
function isClaudeMessage(message: unknown): boolean {
  return isJsonObject(message) && !Array.isArray(message["parts"]);
}

function isEvent(value: JsonObject): boolean {
  const { type } = value;
  return (
    (type === "summary" && typeof value["leafUuid"] === "string") ||
    (type !== "summary" && typeof type === "string" && eventTypes.has(type) && !("role" in value)) ||
    (type === "system" && typeof value["subtype"] === "string" && "parentUuid" in value)
  );
}

function recognises(documents: readonly JsonDocument[]): boolean {
  const values = listEnvelopes(documents).map(({ value }) => value);
  if (values.some(isLine)) return true;
  return values.length > 0 && values.every(isEvent);
}

function isSidechain({ value }: Envelope): boolean {
  return value["isSidechain"] === true;
}

/** Splits the lines of sub-agents by the agent's id, or, in older logs, by the line that began each of them. */
function splitSidechains(envelopes: readonly Envelope[]): ReadonlyMap<string, readonly Envelope[]> {
  const roots = new Map<string, string>();
  const chains = new Map<string, Envelope[]>();
  for (const [index, envelope] of envelopes.entries()) {
    const id = textOf(envelope.value, "uuid") ?? `#${index}`;
    const parent = textOf(envelope.value, "parentUuid") ?? "";
    const root = textOf(envelope.value, "agentId") ?? roots.get(parent) ?? id;
    roots.set(id, root);
    const chain = chains.get(root);
    if (chain === undefined) chains.set(root, [envelope]);
    else chain.push(envelope);
  }
  return chains;
}

/** Returns true for a line that shows an error of the API in place of an answer: it was never sent. */
function isApiError({ envelope }: TreeNode): boolean {
  return envelope.value["isApiErrorMessage"] === true;
}

/** Returns the indices of the messages that follow a compaction. */
function findCompactions(groups: readonly (readonly TreeNode[])[]): readonly number[] {
  return groups.flatMap(([first], index) => {
    if (first?.isMessage !== true) return [];
    let above = first.parent;
    let isAfter = first.envelope.value["isCompactSummary"] === true;
    while (!isAfter && above !== undefined && !above.isMessage) {
      isAfter = above.envelope.value["subtype"] === "compact_boundary";
      above = above.parent;
    }
    return isAfter ? [index] : [];
  });
}

function findModel(groups: readonly (readonly TreeNode[])[]): string | undefined {
  const models = groups.flatMap(([first]) => {
    const message = first === undefined ? undefined : objectOf(first.envelope.value, "message");
    return message === undefined ? [] : (textOf(message, "model") ?? []);
  });
  // The client's own messages name the model "<synthetic>".
  return models.findLast((model) => !model.startsWith("<"));
}

function findTitle(envelopes: readonly Envelope[], nodes: readonly TreeNode[]): string | undefined {
  const find = (type: string, field: string): string | undefined =>
    envelopes.flatMap(({ value }) => (value["type"] === type ? (textOf(value, field) ?? []) : [])).at(-1);
  // Summaries of other sessions are in the same folder's files: only one of a line of this file is ours, or the only one.
  const ids = new Set(nodes.map((node) => node.id));
  const summaries = envelopes.filter(({ value }) => value["type"] === "summary");
  const own = summaries.findLast(({ value }) => ids.has(textOf(value, "leafUuid") ?? ""));
  const summary = own ?? (summaries.length === 1 ? summaries[0] : undefined);
  return (
    find("custom-title", "customTitle") ??
    find("ai-title", "aiTitle") ??
    (summary === undefined ? undefined : textOf(summary.value, "summary"))
  );
}

/** What all conversations of a file share. */
interface FileFacts {
  readonly frame: Frame;
  readonly title: string | undefined;
  readonly notes: readonly string[];
}

function readChain(
  envelopes: readonly Envelope[],
  sidechain: string | undefined,
  { title, notes, frame }: FileFacts,
): RawSession {
  const nodes = linkNodes(envelopes, holdsMessage);
  const { nodes: path } = findNewestPath(nodes);
  const grouped = groupLines(path, nodes);
  const groups = grouped.filter(([first]) => first !== undefined && !isApiError(first));
  const reminders = groups.filter(([line]) => line?.isMessage === false).length;
  const sources = groups.flatMap((lines) => makeSource(lines) ?? []);
  const shown = new Set(grouped.flat());
  const hidden = nodes.filter((node) => node.isMessage && !shown.has(node));
  const torn = path.filter((node) => node.isTorn);
  const first = envelopes[0]?.value ?? {};
  const folder = envelopes.map(({ value }) => textOf(value, "cwd")).find((cwd) => cwd !== undefined);
  return {
    format: "anthropic",
    frame: sidechain === undefined ? frame : { system: undefined, tools: undefined },
    model: findModel(groups),
    converted: undefined,
    sources,
    facts: {
      agent: "claude-code",
      id:
        envelopes.map(({ value }) => textOf(value, "sessionId")).find((id) => id !== undefined) ??
        textOf(first, "agentId"),
      title: title ?? findFirstRequest(sources),
      folder,
      time: newestTime(sources.map((source) => source.time)),
      sidechain,
      compactions: findCompactions(groups),
      notes: [
        ...notes,
        ...(reminders === 0
          ? []
          : [`${countOf(reminders, "message")} of reminders, as the client sent them`]),
        ...(hidden.length === 0
          ? []
          : [`left out: ${countOf(hidden.length, "message")} of branches that the user left`]),
        ...(torn.length === 0
          ? []
          : [`linked to the line above: ${countOf(torn.length, "line")} whose parent is missing`]),
        ...(grouped.length === groups.length
          ? []
          : [
              `left out: ${countOf(grouped.length - groups.length, "API error")} shown in place of an answer`,
            ]),
      ],
    },
  };
}

function read({ documents, faultyLines }: SessionInput): readonly RawSession[] {
  const envelopes = listEnvelopes(documents);
  const placed = envelopes.filter(
    (envelope) => holdsMessage(envelope) || typeof envelope.value["uuid"] === "string",
  );
  if (!placed.some(holdsMessage)) {
    throw new LoadlineError(
      "unknown-format",
      `input: got a session log of Claude Code without messages (${countOf(envelopes.length, "line")} of titles and events); choose another session`,
    );
  }
  const main = placed.filter((envelope) => !isSidechain(envelope));
  const split = [...splitSidechains(placed.filter(isSidechain))];
  const chains = split.filter(([, chain]) => chain.some(holdsMessage));
  const apart =
    chains.length === 0 ? [] : [`in conversations of their own: ${countOf(chains.length, "sub-agent")}`];
  const notes = noteFaultyLines(faultyLines, documents.at(-1)?.line ?? 0);
  const frame = findFrame(envelopes);
  const title = findTitle(envelopes, linkNodes(main, holdsMessage));
  const read = main.some(holdsMessage)
    ? [readChain(main, undefined, { title, notes: [...notes, ...apart], frame })]
    : [];
  const others = chains.map(([name, chain], index) =>
    readChain(chain, name, { title: undefined, frame, notes: read.length + index === 0 ? notes : [] }),
  );
  return [...read, ...others];
}

/** Recognises Claude Code's session logs: `~/.claude/projects/PROJECT/SESSION.jsonl`. */
export const claudeCode: SessionRecogniser = {
  agent: "claude-code",
  title: "Claude Code",
  signs: "lines of type user or assistant with uuid, message, and parentUuid or sessionId",
  recognises,
  read,
};
