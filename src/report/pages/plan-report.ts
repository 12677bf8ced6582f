import type { PlannedModel, RunnablePlan, SettingsBlock } from "../../model/index.ts";
import { costSaid, measureRow, saidLength, saidVariants, saidWorkload } from "../text/describe-plan.ts";
import { describeBytes } from "../text/bytes.ts";
import { escapeHtml } from "../charts/escape-html.ts";
import { comparedBars, ledgerTable } from "./ledger-sections.ts";
import { htmlTable, renderPage } from "./page.ts";

function lead(result: PlannedModel): string {
  const { before, plans } = result;
  const where = `${result.devices} device${result.devices === 1 ? "" : "s"} of ${describeBytes(result.budgetBytes)}`;
  const least = result.atLeast ? ", in what is known" : "";
  const [first] = plans;
  if (before.fits)
    return `It fits as it is on ${where}${least}: ${describeBytes(before.binding.bytes)} on ${before.binding.device}.`;
  if (first === undefined)
    return `It does not fit on ${where}, whatever is given up: it would hold ${describeBytes(before.binding.bytes)} on ${before.binding.device}.`;
  const count = first.measures.length;
  return `It does not fit as it is on ${where} (${describeBytes(before.binding.bytes)} on ${before.binding.device}); with ${count} measure${count === 1 ? "" : "s"} it does: ${costSaid(first)}.`;
}

function block(each: SettingsBlock): string {
  const notes = each.notes.map((note) => `<li>${escapeHtml(note)}</li>`).join("");
  return `<h4>${escapeHtml(each.target)}</h4><pre>${escapeHtml(each.text)}</pre>${notes === "" ? "" : `<ul class="small soft">${notes}</ul>`}`;
}

function planSection(result: PlannedModel, plan: RunnablePlan, index: number): string {
  const rows = plan.measures.map(measureRow);
  const budget = new Map([[plan.binding.device, plan.binding.budgetBytes]]);
  const measures =
    rows.length === 0
      ? '<p class="soft">As it is: no measure is needed.</p>'
      : htmlTable(["measure", `on ${result.before.binding.device}`, "time", "gives up"], rows, [0, 3]);
  const blocks = plan.blocks.map(block).join("");
  return `<section class="plan"><h3>Plan ${index + 1}: ${escapeHtml(costSaid(plan))}</h3>
${measures}
${comparedBars([["after", plan.ledger]], (device) => budget.get(device) ?? (device === "host" ? undefined : result.budgetBytes))}
<details${index === 0 ? " open" : ""}><summary>settings</summary>${blocks}</details>
<details><summary>ledger, line by line</summary>${ledgerTable(plan.ledger)}</details></section>`;
}

/** The page of `loadline plan --report`: before and after, each plan with its measures, ledger and settings. */
export function renderPlanReport(result: PlannedModel, count: number): string {
  const { before, plans, workload } = result;
  const [first] = plans;
  const both: [string, typeof before.ledger][] = [["before", before.ledger]];
  if (first !== undefined && first.measures.length > 0) both.push(["plan 1", first.ledger]);
  const { binding } = before;
  const hostBudget = binding.device === "host" ? binding.budgetBytes : undefined;
  const deviceBudget = binding.device === "host" ? result.budgetBytes : binding.budgetBytes;
  const shown = plans.slice(0, count);
  const more = plans.length > count ? `<p class="soft">and ${plans.length - count} more (--plans N)</p>` : "";
  const variants = saidVariants(result);
  const long = saidLength(result);
  const missing = result.unavailable.map(
    ({ measure, where }) => `<li>${escapeHtml(measure)} <span class="soft">${escapeHtml(where)}</span></li>`,
  );
  return renderPage(
    `Plans for ${result.model.name} with ${result.engine}`,
    lead(result),
    `<p class="soft">${escapeHtml(`${workload.name}: ${saidWorkload(result)} (${workload.reason})`)}${long === undefined ? "" : `; ${escapeHtml(long)}`}</p>
<h2>Before and after</h2><p class="soft">The dashed line is the budget.</p>${comparedBars(both, (device) => (device === "host" ? hostBudget : deviceBudget))}
<h2>Plans, cheapest first</h2>${shown.map((plan, index) => planSection(result, plan, index)).join("\n")}${more}
${variants === undefined ? "" : `<h2>Another model</h2><p>${escapeHtml(variants)}</p>`}
${result.model.unknown.length === 0 ? "" : `<h2>Not known</h2><p>All figures are at least: ${escapeHtml(result.model.unknown.join("; "))}.</p>`}
<h2>What stands behind it</h2><p>Compared with ${escapeHtml(result.evidence.compared)}.</p><p class="soft">Not counted: ${escapeHtml(result.evidence.notCounted.join("; "))}.</p>
<h2>Not with this engine</h2><ul>${missing.join("")}</ul>`,
  );
}
