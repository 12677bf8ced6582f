import { bindingTotals } from "../../model/index.ts";
import type { ModelSize } from "../../model/index.ts";
import { describeSizeFacts, describeEngine } from "../text/describe-facts.ts";
import { describePaces } from "../text/describe-model-size.ts";
import { formatBytes } from "../text/format-bytes.ts";
import { formatInteger } from "../text/format-table.ts";
import { escapeHtml } from "../charts/escape-html.ts";
import { drawLedgerBars, renderLedgerTable } from "./ledger-sections.ts";
import { renderCard, renderPage } from "./page.ts";

function lead(size: ModelSize): string {
  const { ledger } = size;
  const totals = bindingTotals(ledger.totals)
    .map(({ device, bytes, atLeast }) => `${atLeast ? "at least " : ""}${formatBytes(bytes)} on ${device}`)
    .join(" and ");
  return `It holds ${totals}. Engine: ${describeEngine(size)}.`;
}

function deviceCards(size: ModelSize): string {
  const cards = bindingTotals(size.ledger.totals).map((total, index) =>
    renderCard({
      title: total.device,
      value: `${total.atLeast ? "≥ " : ""}${formatBytes(total.bytes)}`,
      unit: `${formatInteger(total.bytes)} bytes`,
      facts: size.ledger.totals
        .filter(({ device }) => device === total.device)
        .filter((_, __, all) => all.length > 1)
        .map(({ phase, bytes }): [string, string] => [phase, formatBytes(bytes)]),
      colour: index,
    }),
  );
  if (size.engine === "vllm") {
    const { pool } = size;
    const facts: [string, string][] = [
      ["blocks per request", formatInteger(pool.blocksOfRequest)],
      ["tokens per block", formatInteger(pool.blockTokens)],
      ...(pool.starts === false ? [["starts", "no: one request does not fit"] as [string, string]] : []),
    ];
    const value =
      pool.concurrency === undefined
        ? "--memory not given"
        : `${pool.concurrency.toFixed(2)} concurrent requests`;
    cards.push(
      renderCard({
        title: "pool",
        value,
        unit: pool.blocks === undefined ? "" : `${formatInteger(pool.blocks)} blocks`,
        facts,
        colour: 3,
      }),
    );
  }
  const [pace] = size.paces;
  if (pace !== undefined) {
    const { roofline, device, traffic } = pace;
    const facts: [string, string][] = [
      ["moved per step", formatBytes(traffic.bytes)],
      ["limited by", roofline.binds === "compute" ? "arithmetic" : roofline.binds],
    ];
    const speed = roofline.tokensPerSecond;
    cards.push(
      renderCard({
        title: `${traffic.phase}, at most`,
        value: `${speed < 10 ? speed.toPrecision(2) : formatInteger(speed)} tokens/s`,
        unit: device.label,
        facts,
        colour: 5,
      }),
    );
  }
  return `<div class="cards">${cards.join("")}</div>`;
}

function renderList(title: string, items: readonly string[]): string {
  if (items.length === 0) return "";
  return `<h2>${escapeHtml(title)}</h2><ul>${items.map((item) => `<li>${escapeHtml(item)}</li>`).join("")}</ul>`;
}

/** Renders the page of `loadline size --report`: what a model holds by device, phase and kind, each item with its formula. */
export function renderSizeReport(size: ModelSize): string {
  return renderPage(
    `What ${size.model.name} holds`,
    lead(size),
    `<p class="soft">${escapeHtml(describeSizeFacts(size).join("; "))}</p>
${deviceCards(size)}
<h2>By kind</h2>${drawLedgerBars(size.ledger)}
<h2>Item by item</h2>${renderLedgerTable(size.ledger)}
${renderList("Speed, at most", describePaces(size.paces))}
${renderList("Unknown", size.model.unknown)}`,
  );
}
