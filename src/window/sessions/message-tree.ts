import type { Envelope } from "./envelope.ts";
import { textOf, timeOf } from "./envelope.ts";

/** A line of a log that has a place in the tree. */
export interface TreeNode {
  readonly envelope: Envelope;
  /** Place in the file. */
  readonly index: number;
  readonly id: string;
  /** Id of the previous line, if the file holds it. */
  readonly parent: TreeNode | undefined;
  /** Whether it holds a message, and not only an event between messages. */
  readonly isMessage: boolean;
  /** Whether a parent is named that the file does not hold. */
  readonly isTorn: boolean;
}

/** A tree's newest path, and how many other branches end elsewhere. */
export interface TreePath {
  readonly nodes: readonly TreeNode[];
  readonly otherBranches: number;
}

function isCompaction({ value }: Envelope): boolean {
  return value["subtype"] === "compact_boundary" || value["isCompactSummary"] === true;
}

/**
 * Links the lines of one conversation to their parents. A compaction continues the line above it: it names it as
 * `logicalParentUuid`, or not at all in older logs. A line whose parent is missing continues the line above it.
 */
export function linkNodes(
  envelopes: readonly Envelope[],
  holdsMessage: (envelope: Envelope) => boolean,
): readonly TreeNode[] {
  const byId = new Map<string, TreeNode>();
  const nodes: TreeNode[] = [];
  for (const [index, envelope] of envelopes.entries()) {
    const { value } = envelope;
    const id = textOf(value, "uuid") ?? `#${index}`;
    // A resumed session may repeat lines: the first one counts.
    if (byId.has(id)) continue;
    const above = nodes.at(-1);
    const named = textOf(value, "parentUuid");
    const known = byId.get(named ?? textOf(value, "logicalParentUuid") ?? "");
    const continues = named !== undefined || value["parentUuid"] === undefined || isCompaction(envelope);
    const parent = known ?? (continues ? above : undefined);
    const isTorn = named !== undefined && known === undefined && parent !== undefined;
    const node = { envelope, index, id, parent, isMessage: holdsMessage(envelope), isTorn };
    byId.set(id, node);
    nodes.push(node);
  }
  return nodes;
}

/** Returns the closest message above a node. */
export function findMessageAbove(node: TreeNode): TreeNode | undefined {
  let above = node.parent;
  while (above !== undefined && !above.isMessage) above = above.parent;
  return above;
}

/** Returns the path from the root to the newest message that no other message follows. Linear: parents come before children. */
export function findNewestPath(nodes: readonly TreeNode[]): TreePath {
  const messages = nodes.filter((node) => node.isMessage);
  const parents = new Set(messages.map(findMessageAbove));
  const leaves = messages.filter((node) => !parents.has(node));
  let newest: TreeNode | undefined;
  let newestTime = -Infinity;
  for (const leaf of leaves) {
    // A line without a time is as new as the one above it.
    const time = timeOf(leaf.envelope.value) ?? newestTime;
    if (newest !== undefined && time < newestTime) continue;
    newest = leaf;
    newestTime = time;
  }
  const path: TreeNode[] = [];
  for (let node = newest; node !== undefined; node = node.parent) path.push(node);
  return { nodes: path.reverse(), otherBranches: Math.max(0, leaves.length - 1) };
}
