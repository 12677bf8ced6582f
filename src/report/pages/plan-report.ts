import type { PlannedModel, RunnablePlan, SettingsBlock } from "../../model/index.ts";
import {
  describeCost,
  makeMeasureRow,
  warnOfLength,
  describeVariants,
  describeWorkload,
} from "../text/describe-plan.ts";
import { formatBytes } from "../text/format-bytes.ts";
import { escapeHtml } from "../charts/escape-html.ts";
import { drawComparison, renderLedgerTable } from "./ledger-sections.ts";
import { renderTable, renderPage } from "./page.ts";

function lead(result: PlannedModel): string {
  const { before, plans } = result;
  const where = `${result.devices} device${result.devices === 1 ? "" : "s"} of ${formatBytes(result.budgetBytes)}`;
  const least = result.atLeast ? ", as far as known" : "";
  const [first] = plans;
  if (before.fits)
    return `It fits without measures on ${where}${least}: ${formatBytes(before.binding.bytes)} on ${before.binding.device}.`;
  if (first === undefined)
    return `It does not fit on ${where}, even with every measure: it would hold ${formatBytes(before.binding.bytes)} on ${before.binding.device}.`;
  const count = first.measures.length;
  return `It does not fit without measures on ${where} (${formatBytes(before.binding.bytes)} on ${before.binding.device}); with ${count} measure${count === 1 ? "" : "s"} it fits: ${describeCost(first)}.`;
}

function block(each: SettingsBlock): string {
  const notes = each.notes.map((note) => `<li>${escapeHtml(note)}</li>`).join("");
  return `<h4>${escapeHtml(each.target)}</h4><pre>${escapeHtml(each.text)}</pre>${notes === "" ? "" : `<ul class="small soft">${notes}</ul>`}`;
}

function planSection(result: PlannedModel, plan: RunnablePlan, index: number): string {
  const rows = plan.measures.map(makeMeasureRow);
  const budget = new Map([[plan.binding.device, plan.binding.budgetBytes]]);
  const measures =
    rows.length === 0
      ? '<p class="soft">No measure is needed.</p>'
      : renderTable(
          ["measure", `saves on ${result.before.binding.device}`, "added time", "gives up"],
          rows,
          [0, 3],
        );
  const blocks = plan.blocks.map(block).join("");
  return `<section class="plan"><h3>Plan ${index + 1}: ${escapeHtml(describeCost(plan))}</h3>
${measures}
${drawComparison([["after", plan.ledger]], (device) => budget.get(device) ?? (device === "host" ? undefined : result.budgetBytes))}
<details${index === 0 ? " open" : ""}><summary>settings</summary>${blocks}</details>
<details><summary>ledger, item by item</summary>${renderLedgerTable(plan.ledger)}</details></section>`;
}

/** Renders the page of `loadline plan --report`: before and after, each plan with its measures, ledger and settings. */
export function renderPlanReport(result: PlannedModel, count: number): string {
  const { before, plans, workload } = result;
  const [first] = plans;
  const both: [string, typeof before.ledger][] = [["before", before.ledger]];
  if (first !== undefined && first.measures.length > 0) both.push(["plan 1", first.ledger]);
  const { binding } = before;
  const hostBudget = binding.device === "host" ? binding.budgetBytes : undefined;
  const deviceBudget = binding.device === "host" ? result.budgetBytes : binding.budgetBytes;
  const shown = plans.slice(0, count);
  const more =
    plans.length > count ? `<p class="soft">${plans.length - count} more: --plans ${plans.length}</p>` : "";
  const variants = describeVariants(result);
  const long = warnOfLength(result);
  const missing = result.unavailable.map(
    ({ measure, where }) => `<li>${escapeHtml(measure)} <span class="soft">${escapeHtml(where)}</span></li>`,
  );
  return renderPage(
    `Plans for ${result.model.name} with ${result.engine}`,
    lead(result),
    `<p class="soft">${escapeHtml(`${workload.name}: ${describeWorkload(result)} (${workload.reason})`)}${long === undefined ? "" : `; ${escapeHtml(long)}`}</p>
<h2>Before and after</h2><p class="soft">The dashed line is the budget.</p>${drawComparison(both, (device) => (device === "host" ? hostBudget : deviceBudget))}
<h2>Plans, cheapest first</h2>${shown.map((plan, index) => planSection(result, plan, index)).join("\n")}${more}
${variants === undefined ? "" : `<h2>A smaller model</h2><p>${escapeHtml(variants)}</p>`}
${result.model.unknown.length === 0 ? "" : `<h2>Unknown</h2><p>Every total is a lower bound, because these are unknown: ${escapeHtml(result.model.unknown.join("; "))}.</p>`}
<h2>Evidence</h2><p>Compared against ${escapeHtml(result.evidence.compared)}.</p><p class="soft">Not counted: ${escapeHtml(result.evidence.notCounted.join("; "))}.</p>
<h2>Not available with this engine</h2><ul>${missing.join("")}</ul>`,
  );
}
