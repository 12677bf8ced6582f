import {
  cachePriceNames,
  cachePrices,
  computeCallCost,
  cl100kCounter,
  computeEditGain,
  inspectConversation,
  o200kCounter,
} from "../../src/window/index.ts";
import { place } from "./figures.ts";
import type { Figures } from "./figures.ts";
import { caseConversations, demoConversation } from "./window-conversations.ts";

const texts: Readonly<Record<string, string>> = {
  empty: "",
  english: "The quick brown fox jumps over the lazy dog, 12,345 times.",
  chinese: "窗口里有什么，由谁决定？",
  code: "export const answer = (x: number): number => x ** 2 + 0x1f;\n\n\t// done",
  emoji: "👩‍👩‍👧‍👦 🇩🇪 naïve café",
  special: "<|endoftext|> <|im_start|>",
  long: "ab".repeat(5000),
  spaces: " ".repeat(300),
};

function addPrices(figures: Figures): void {
  for (const name of cachePriceNames) {
    const prices = cachePrices(name);
    const path = `window/tokens/prices/${name}`;
    figures.add(path, prices.read, prices.write, prices.lifetimeMs, prices.minTokens);
    for (const reusedTokens of [0, 500, 9000])
      figures.add(
        `${path}/call/${reusedTokens}`,
        computeCallCost({ windowTokens: 10_000, reusedTokens }, prices),
      );
    for (const freedTokens of [1000, 20_000])
      figures.add(
        `${path}/edit/${freedTokens}`,
        computeEditGain({ freedTokens, rewrittenTokens: 30_000, expectedTurns: 20 }, prices),
      );
  }
}

/** Records token counts of texts and conversations, what fills each conversation, and the price lists. */
export async function recordTokens(figures: Figures): Promise<void> {
  const counters = { o200k: await o200kCounter(), cl100k: await cl100kCounter() };
  addPrices(figures);
  const conversations = [demoConversation(), ...caseConversations(figures, "window/tokens/read")];
  for (const [counterName, counter] of Object.entries(counters)) {
    for (const [name, text] of Object.entries(texts))
      figures.add(`window/tokens/${counterName}/text/${name}`, counter.count(text));
    for (const { name, conversation } of conversations) {
      const path = `window/tokens/${counterName}/${name}`;
      const found = inspectConversation(conversation, counter, 12);
      figures.add(`${path}/size`, found.format, found.messages, found.calls, found.ledger.total);
      for (const { kind, size, items } of found.ledger.kinds)
        figures.add(`${path}/kind/${kind}`, size, items);
      for (const [index, { handle, kind, tokens }] of found.largest.entries())
        figures.add(`${path}/largest/${place(index)}`, handle, kind, tokens);
      for (const [index, { handle, tokens, freedTokens }] of found.duplicates.entries())
        figures.add(`${path}/duplicate/${place(index)}`, handle, tokens, freedTokens);
      for (const [index, { handle, tokens, freedTokens }] of found.superseded.entries())
        figures.add(`${path}/superseded/${place(index)}`, handle, tokens, freedTokens);
    }
  }
}
