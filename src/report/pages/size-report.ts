import { bindingTotals } from "../../model/index.ts";
import { describePaces } from "../text/describe-sized.ts";
import type { Sized } from "../text/sized.ts";
import { describeBytes } from "../text/bytes.ts";
import { whole } from "../text/table.ts";
import { escapeHtml } from "../charts/escape-html.ts";
import { ledgerBars, ledgerTable } from "./ledger-sections.ts";
import { card, renderPage } from "./page.ts";

function lead(sized: Sized): string {
  const { ledger } = sized;
  const said = bindingTotals(ledger.totals)
    .map(({ device, bytes, atLeast }) => `${atLeast ? "at least " : ""}${describeBytes(bytes)} on ${device}`)
    .join(" and ");
  return `It holds ${said}. Engine: ${sized.engine}.`;
}

function deviceCards(sized: Sized): string {
  const cards = bindingTotals(sized.ledger.totals).map((total, index) =>
    card(
      total.device,
      `${total.atLeast ? "≥ " : ""}${describeBytes(total.bytes)}`,
      `${whole(total.bytes)} bytes`,
      sized.ledger.totals
        .filter(({ device }) => device === total.device)
        .filter((_, __, all) => all.length > 1)
        .map(({ phase, bytes }): [string, string] => [phase, describeBytes(bytes)]),
      index,
    ),
  );
  const { pool } = sized;
  if (pool !== undefined) {
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
  const [pace] = sized.paces;
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
export function renderSizeReport(sized: Sized): string {
  return renderPage(
    `What ${sized.name} holds`,
    lead(sized),
    `<p class="soft">${escapeHtml(sized.about.join("; "))}</p>
${deviceCards(sized)}
<h2>By kind</h2>${ledgerBars(sized.ledger)}
<h2>Line by line</h2>${ledgerTable(sized.ledger)}
${listed("How fast it can be", describePaces(sized.paces))}
${listed("Not known", sized.unknown)}`,
  );
}
