import { bindingTotals } from "../../model/index.ts";
import type { ModelSize } from "../../model/index.ts";
import { aboutSize, describeEngine } from "../text/about-model.ts";
import { describePaces } from "../text/describe-sized.ts";
import { describeBytes } from "../text/bytes.ts";
import { whole } from "../text/table.ts";
import { escapeHtml } from "../charts/escape-html.ts";
import { ledgerBars, ledgerTable } from "./ledger-sections.ts";
import { card, renderPage } from "./page.ts";

function lead(size: ModelSize): string {
  const { ledger } = size;
  const said = bindingTotals(ledger.totals)
    .map(({ device, bytes, atLeast }) => `${atLeast ? "at least " : ""}${describeBytes(bytes)} on ${device}`)
    .join(" and ");
  return `It holds ${said}. Engine: ${describeEngine(size)}.`;
}

function deviceCards(size: ModelSize): string {
  const cards = bindingTotals(size.ledger.totals).map((total, index) =>
    card(
      total.device,
      `${total.atLeast ? "≥ " : ""}${describeBytes(total.bytes)}`,
      `${whole(total.bytes)} bytes`,
      size.ledger.totals
        .filter(({ device }) => device === total.device)
        .filter((_, __, all) => all.length > 1)
        .map(({ phase, bytes }): [string, string] => [phase, describeBytes(bytes)]),
      index,
    ),
  );
  if (size.engine === "vllm") {
    const { pool } = size;
    const facts: [string, string][] = [
      ["blocks of a request", whole(pool.blocksOfRequest)],
      ["tokens of a block", whole(pool.blockTokens)],
      ...(pool.starts === false ? [["it starts", "no: one request does not fit"] as [string, string]] : []),
    ];
    const value =
      pool.concurrency === undefined ? "no memory given" : `${pool.concurrency.toFixed(2)} at a time`;
    cards.push(
      card("pool", value, pool.blocks === undefined ? "" : `${whole(pool.blocks)} blocks`, facts, 3),
    );
  }
  const [pace] = size.paces;
  if (pace !== undefined) {
    const { roofline, device, traffic } = pace;
    const facts: [string, string][] = [
      ["moved in a step", describeBytes(traffic.bytes)],
      ["binds", roofline.binds === "compute" ? "arithmetic" : roofline.binds],
    ];
    const speed = roofline.tokensPerSecond;
    cards.push(
      card(
        `${traffic.phase} at best`,
        `${speed < 10 ? speed.toPrecision(2) : whole(speed)} tokens/s`,
        device.label,
        facts,
        5,
      ),
    );
  }
  return `<div class="cards">${cards.join("")}</div>`;
}

function listed(title: string, items: readonly string[]): string {
  if (items.length === 0) return "";
  return `<h2>${escapeHtml(title)}</h2><ul>${items.map((item) => `<li>${escapeHtml(item)}</li>`).join("")}</ul>`;
}

/** The page of `loadline size --report`: what a model holds, by device, phase and kind, each line with its formula. */
export function renderSizeReport(size: ModelSize): string {
  return renderPage(
    `What ${size.model.name} holds`,
    lead(size),
    `<p class="soft">${escapeHtml(aboutSize(size).join("; "))}</p>
${deviceCards(size)}
<h2>By kind</h2>${ledgerBars(size.ledger)}
<h2>Line by line</h2>${ledgerTable(size.ledger)}
${listed("How fast it can be", describePaces(size.paces))}
${listed("Not known", size.model.unknown)}`,
  );
}
