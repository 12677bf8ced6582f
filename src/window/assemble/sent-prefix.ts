import { contentKey } from "../conversation/message/identity.ts";
import type { EntryItem, Item } from "../measures/layout.ts";
import type { KindTokens } from "../tokens/calibration.ts";

/** One message of a window that was sent, as much of it as the next window is compared by. */
export interface SentItem {
  /** Equal for messages of which the model reads the same. */
  readonly digest: string;
  /** Digest of the message as the client sent it, without our edits; empty for a message of our own. */
  readonly source: string;
  readonly tokens: number;
}

/** A window that was sent: what the provider's cache may hold. */
export interface SentPrefix {
  readonly items: readonly SentItem[];
  /** Key of its system prompt and tools. */
  readonly frameKey: string;
  /** Milliseconds since 1970 UTC. */
  readonly time: number;
  /** Its tokens by ledger kind, as our counter counts: a reported usage is learned from them. */
  readonly kinds: KindTokens | undefined;
}

const digests = new WeakMap<Item, SentItem>();

/** Returns what the next window compares a message by. Items keep their identity between windows, so each is hashed once. */
export function describeItem(item: Item): SentItem {
  const held = digests.get(item);
  if (held !== undefined) return held;
  const { digest, source } = hashItem(item);
  const described = { digest, source, tokens: item.tokens };
  digests.set(item, described);
  return described;
}

/** Characters of a digest: of a few thousand messages, no two share one by chance. */
const digestCharacters = 16;

function hashItem(item: Item): Pick<SentItem, "digest" | "source"> {
  if (item.type === "passed") {
    const source = contentKey("passed", item.json).slice(0, digestCharacters);
    return { digest: source, source };
  }
  if (item.type !== "entry")
    return { digest: contentKey("ours", item.insertion.text).slice(0, digestCharacters), source: "" };
  const source = (item.form ?? item.entry.chain).slice(0, digestCharacters);
  return { digest: item.shown === undefined ? source : makeShownDigest(item, source), source };
}

function makeShownDigest(item: EntryItem, source: string): string {
  const texts = (item.shown ?? []).flatMap((part, index) =>
    part === undefined ? [] : [`${index}`, part.text ?? "cut"],
  );
  return contentKey(source, ...texts).slice(0, digestCharacters);
}

/** Describes a window to compare the next one with. */
export function makeSentPrefix(
  items: readonly Item[],
  facts: Pick<SentPrefix, "frameKey" | "time" | "kinds">,
): SentPrefix {
  return { items: items.map(describeItem), ...facts };
}

/** Counts the leading messages that a window shares with the one sent before. */
export function countSharedWithSent(sent: readonly SentItem[], after: readonly Item[]): number {
  let index = 0;
  while (index < sent.length && index < after.length) {
    const item = after[index];
    if (item === undefined || sent[index]?.digest !== describeItem(item).digest) break;
    index++;
  }
  return index;
}
