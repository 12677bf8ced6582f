import { readFields, readItems, sliceText } from "../conversation/json/fields.ts";
import { readUsage } from "../conversation/formats/usage.ts";
import type { ReportedUsage } from "../conversation/message/message.ts";
import { isJsonObject } from "../../shared/json/json-object.ts";
import { cutMember, objectOf, placeOf, textOf, timeOf } from "./envelope.ts";
import { findMessageAbove } from "./message-tree.ts";
import { isReminder, makeReminder } from "./claude-code-sent.ts";
import type { TreeNode } from "./message-tree.ts";
import type { SessionSource } from "./session.ts";

/** Returns the provider's id of the answer that a line holds a block of. */
function answerId(node: TreeNode): string | undefined {
  if (node.envelope.value["type"] !== "assistant") return undefined;
  const message = objectOf(node.envelope.value, "message");
  // A content that is a text cannot be joined with others.
  return message === undefined || !Array.isArray(message["content"]) ? undefined : textOf(message, "id");
}

function listBlocks(node: TreeNode): readonly unknown[] {
  const content = objectOf(node.envelope.value, "message")?.["content"];
  return Array.isArray(content) ? content : [];
}

/** Returns the ids that a line's blocks of one type state. */
function listIds(node: TreeNode, type: string, field: string): readonly string[] {
  return listBlocks(node).flatMap((block) => {
    const id = isJsonObject(block) && block["type"] === type ? block[field] : undefined;
    return typeof id === "string" ? [id] : [];
  });
}

/** Returns the first of each group of nodes by a key, and all nodes of a key in the order of the file. */
function groupNodes(
  nodes: readonly TreeNode[],
  keyOf: (node: TreeNode) => string | undefined,
): ReadonlyMap<string, readonly TreeNode[]> {
  const groups = new Map<string, TreeNode[]>();
  for (const node of nodes) {
    const key = keyOf(node);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [node]);
    else group.push(node);
  }
  return groups;
}

/**
 * Returns the messages of a path: one list of lines per message. Claude Code writes one line per block of an answer; the lines of
 * one answer are joined. With parallel calls, each result continues the line of its own call, so blocks and results of the same
 * answer are on side branches: they are brought back behind their answer.
 */
export function groupLines(
  path: readonly TreeNode[],
  all: readonly TreeNode[],
): readonly (readonly TreeNode[])[] {
  const answers = groupNodes(all, answerId);
  const results = groupNodes(all, (node) =>
    node.envelope.value["type"] === "user" ? findMessageAbove(node)?.id : undefined,
  );
  const onPath = new Set(path);
  const joined = new Set<string>();
  const groups: (readonly TreeNode[])[] = [];
  for (const node of path) {
    if (isReminder(node.envelope)) groups.push([node]);
    if (!node.isMessage) continue;
    const id = answerId(node);
    if (id === undefined) {
      groups.push([node]);
      continue;
    }
    if (joined.has(id)) continue;
    joined.add(id);
    const lines = answers.get(id) ?? [node];
    groups.push(lines);
    const calls = new Set(lines.flatMap((line) => listIds(line, "tool_use", "id")));
    for (const result of lines.flatMap((line) => results.get(line.id) ?? [])) {
      if (onPath.has(result)) continue;
      if (listIds(result, "tool_result", "tool_use_id").some((callId) => calls.has(callId)))
        groups.push([result]);
    }
  }
  return settleReminders(dropSecondResults(groups));
}

function findRenderedRole(group: readonly TreeNode[]): unknown {
  const [first] = group;
  return first !== undefined && isReminder(first.envelope) ? first.envelope.value["renderedRole"] : undefined;
}

/**
 * Joins reminders of one role that follow each other, and moves those between calls and their results behind the results: that is
 * where they were sent.
 */
function settleReminders(groups: readonly (readonly TreeNode[])[]): readonly (readonly TreeNode[])[] {
  const settled: (readonly TreeNode[])[] = [];
  const open = new Set<string>();
  let waiting: (readonly TreeNode[])[] = [];
  const flush = (): void => {
    for (const group of waiting) {
      const last = settled.at(-1);
      const role = findRenderedRole(group);
      if (last !== undefined && findRenderedRole(last) === role)
        settled[settled.length - 1] = [...last, ...group];
      else settled.push(group);
    }
    waiting = [];
  };
  for (const group of groups) {
    if (findRenderedRole(group) !== undefined) {
      waiting.push(group);
      continue;
    }
    const results = group.flatMap((line) => listIds(line, "tool_result", "tool_use_id"));
    if (open.size === 0 || results.length === 0) flush();
    if (results.length === 0) open.clear();
    settled.push(group);
    for (const id of group.flatMap((line) => listIds(line, "tool_use", "id"))) open.add(id);
    for (const id of results) open.delete(id);
  }
  flush();
  return settled;
}

/** Leaves out results of calls that an earlier line has answered: those of an attempt that was taken back. */
function dropSecondResults(groups: readonly (readonly TreeNode[])[]): readonly (readonly TreeNode[])[] {
  const answered = new Set<string>();
  return groups.filter(([first]) => {
    const ids = first === undefined ? [] : listIds(first, "tool_result", "tool_use_id");
    const isSecond = ids.length > 0 && ids.every((id) => answered.has(id));
    for (const id of ids) answered.add(id);
    return !isSecond;
  });
}

/** Returns the usage of an answer. While it streams, its first lines state too few output tokens: the largest count is the last. */
function usageOf(texts: readonly string[]): ReportedUsage | undefined {
  return texts
    .map((text) => readUsage(text))
    .reduce((most, usage) =>
      (usage?.outputTokens ?? -1) >= (most?.outputTokens ?? -1) ? (usage ?? most) : most,
    );
}

/** Splices the blocks of an answer's other lines into the message of its last line, which states the stop reason. */
function joinMessages(texts: readonly string[]): string {
  const last = texts.at(-1) ?? "";
  const blocks = new Set<string>();
  let range = { start: 0, end: 0 };
  for (const text of texts) {
    const content = readFields(text, 0, JSON.parse(text) as Record<string, unknown>).get("content");
    if (content === undefined || !Array.isArray(content.value)) continue;
    range = content.range;
    for (const item of readItems(text, content.range.start, content.value))
      blocks.add(sliceText(text, item.range));
  }
  return `${last.slice(0, range.start)}[${[...blocks].join(",")}]${last.slice(range.end)}`;
}

/** Returns the message of an answer's lines, or of a single line. */
export function makeSource(lines: readonly TreeNode[]): SessionSource | undefined {
  const [first] = lines;
  if (first === undefined) return undefined;
  if (isReminder(first.envelope)) return makeReminder(lines.map((line) => line.envelope));
  const texts = lines.flatMap((line) => cutMember(line.envelope, "message") ?? []);
  const json = texts.length === 1 ? (texts[0] ?? "") : joinMessages(texts);
  return {
    json,
    value: JSON.parse(json) as unknown,
    place: placeOf(first.envelope),
    time: timeOf(first.envelope.value),
    usage: usageOf(texts),
  };
}
