import { bindingTotals } from "../../model/index.ts";
import type {
  ByteLedger,
  ModelPlan,
  PlannedModel,
  PlannedMeasure,
  SettingsBlock,
} from "../../model/index.ts";
import { formatBytes } from "./format-bytes.ts";
import { drawBar, formatParagraph, formatTable, formatInteger } from "./format-table.ts";
import type { TextLayout } from "./text-style.ts";
import { showOnOneLine } from "./visible-text.ts";
import { ledgerJson, describeSize } from "./describe-ledger.ts";
import { GiB } from "../../shared/units.ts";

function formatSeconds(seconds: number): string {
  const size = Math.abs(seconds);
  if (size < 0.0005) return "0 s";
  return size < 10 ? `${seconds.toFixed(2)} s` : `${formatInteger(seconds)} s`;
}

function formatSaved(bytes: number): string {
  if (bytes === 0) return "0";
  return `${bytes < 0 ? "-" : ""}${formatBytes(Math.abs(bytes))}`;
}

/** Describes a measure: what it saves on the binding device, the time it adds and what it gives up. */
export function makeMeasureRow(measure: PlannedMeasure): readonly string[] {
  const slower =
    measure.addedSeconds >= 0
      ? `+${formatSeconds(measure.addedSeconds)}`
      : formatSeconds(measure.addedSeconds);
  const given = [
    measure.task > 0 ? `${Math.round(100 * measure.task)} % of the task` : "",
    measure.risk > 0 ? `risk ${measure.risk}` : "",
  ].filter((part) => part !== "");
  return [measure.level, formatSaved(measure.savedOnBinding), slower, given.join(", ") || "nothing"];
}

/** Sums the items by device and kind; undefined if one of them is not known. */
function sumByKindAndDevice(ledger: ByteLedger): ReadonlyMap<string, number | undefined> {
  const sums = new Map<string, number | undefined>();
  // Of the phases of a training step, the peak of each device.
  const fullest = new Map(bindingTotals(ledger.totals).map(({ device, phase }) => [device, phase]));
  for (const line of ledger.items) {
    if (line.mapped === true) continue;
    if (line.phase !== "load" && line.phase !== fullest.get(line.device)) continue;
    const key = `${line.device} ${line.kind}`;
    const before = sums.has(key) ? sums.get(key) : 0;
    sums.set(key, before === undefined || line.bytes === undefined ? undefined : before + line.bytes);
  }
  return sums;
}

/** Compares the ledger before and after, by device and kind. */
function describeBoth(before: ByteLedger, after: ByteLedger, layout: TextLayout): string {
  const first = sumByKindAndDevice(before);
  const second = sumByKindAndDevice(after);
  const keys = [...new Set([...first.keys(), ...second.keys()])].toSorted();
  const largest = Math.max(1, ...[...first.values(), ...second.values()].map((bytes) => bytes ?? 0));
  const format = (sums: ReadonlyMap<string, number | undefined>, key: string): string => {
    const bytes = sums.get(key);
    return bytes === undefined && sums.has(key) ? "unknown" : formatBytes(bytes ?? 0);
  };
  return formatTable(
    ["device and kind", "before", "after", ""],
    keys.map((key) => [
      key,
      format(first, key),
      format(second, key),
      drawBar((second.get(key) ?? 0) / largest, 20).trimEnd(),
    ]),
    [0, 3],
    layout,
  );
}

function describeBlock(block: SettingsBlock, layout: TextLayout): readonly string[] {
  const notes = block.notes.map((note) => formatParagraph(`  note: ${note}`, layout, "    "));
  return ["", layout.style.heading(`${block.target}:`), "", block.text, ...notes];
}

/** Describes what a plan needs on the host in addition: offloaded layers, states, cached prompts. */
function describeHostBytes({ binding, ledger }: ModelPlan): string {
  const bytes = ledger.totals.find(({ device }) => device === "host")?.bytes ?? 0;
  return binding.device === "host" || bytes < GiB ? "" : `, ${formatBytes(bytes)} on the host`;
}

function describePhase(phase: string): string {
  if (phase === "load") return "";
  return phase === "step" ? " in the optimizer step" : ` in the ${phase} pass`;
}

/** Describes what a plan gives up, what it holds and how long it takes. */
export function describeCost(plan: ModelPlan): string {
  const what = plan.settings.engine === "pytorch" ? "a step takes" : "the workload takes";
  const { cost, binding } = plan;
  const lost =
    cost.task > 0
      ? `gives up ${Math.round(100 * cost.task)} % of the task`
      : cost.risk > 0
        ? `may cost quality (risk ${cost.risk})`
        : "gives up nothing";
  return `${lost}; ${formatBytes(binding.bytes)} of ${formatBytes(binding.budgetBytes)} on ${binding.device}${describePhase(binding.phase)}${describeHostBytes(plan)}; ${what} at least ${formatSeconds(cost.seconds)}`;
}

function describePlan(plan: ModelPlan, index: number, device: string, layout: TextLayout): readonly string[] {
  const rows = plan.measures.map(makeMeasureRow);
  return [
    "",
    formatParagraph(`${layout.style.heading(`plan ${index + 1}`)}: ${describeCost(plan)}`, layout, "  "),
    ...(rows.length === 0
      ? ["  no measure is needed"]
      : [formatTable(["measure", `saves on ${device}`, "added time", "gives up"], rows, [0, 3], layout)]),
  ];
}

/** Describes a smaller model of the same kind that would fit without measures. */
export function describeVariants(result: PlannedModel): string | undefined {
  const { variants } = result;
  if (variants === undefined) return undefined;
  const parts = [
    variants.shallower === undefined
      ? ""
      : `${variants.shallower.layers} of its ${variants.shallower.of} layers (${formatBytes(variants.shallower.totalBytes)})`,
    variants.narrower === undefined
      ? ""
      : `${Math.round(100 * variants.narrower.share)} % of its widths (about ${formatBytes(variants.narrower.totalBytes)})`,
  ].filter((part) => part !== "");
  if (parts.length === 0) return undefined;
  return `a smaller model of this kind, trained from scratch, would fit without measures: ${parts.join(", or ")}`;
}

/** Describes the workload. */
export function describeWorkload({ engine, workload }: PlannedModel): string {
  const { inputTokens, outputTokens, sequences } = workload;
  if (engine === "pytorch")
    return `${sequences} sequence${sequences === 1 ? "" : "s"} of ${formatInteger(inputTokens + outputTokens)} tokens per step`;
  return `${formatInteger(inputTokens)} tokens in, ${formatInteger(outputTokens)} out, ${sequences} concurrent`;
}

/** Warns if the workload is longer than the context that the model was trained for. */
export function warnOfLength({ engine, model, workload }: PlannedModel): string | undefined {
  const { contextLength } = model;
  const tokens = workload.inputTokens + workload.outputTokens;
  if (contextLength === undefined || tokens <= contextLength) return undefined;
  const refused = engine === "vllm" ? "; vLLM refuses to start with it" : "";
  return `warning: the workload takes ${formatInteger(tokens)} tokens, the model was trained for ${formatInteger(contextLength)}${refused}`;
}

/** Describes `count` plans with their measures, and the ledger and settings of plan number `shown`. */
export function describePlans(
  result: PlannedModel,
  count: number,
  shown: number,
  layout: TextLayout,
): string {
  const { before, workload } = result;
  const variants = describeVariants(result);
  const long = warnOfLength(result);
  const first = result.plans[shown - 1] ?? result.plans[0];
  const asIs = before.fits ? "fits without measures" : "does not fit without measures";
  const least = result.atLeast ? " (as far as known)" : "";
  const wrap = (text: string): string => formatParagraph(text, layout, "  ");
  return [
    wrap(
      `${layout.style.heading(showOnOneLine(result.model.name))} for ${workload.name}: ${describeWorkload(result)} (${workload.reason})`,
    ),
    wrap(
      `with ${result.engine}, ${result.devices} device${result.devices === 1 ? "" : "s"} of ${formatBytes(result.budgetBytes)}: ${asIs}${least}: ${describeSize(before.binding.bytes)} on ${before.binding.device}`,
    ),
    ...(long === undefined ? [] : [wrap(long)]),
    ...(first === undefined
      ? [
          "",
          wrap(
            "No plan fits, even with every measure. Try a larger --memory, more --gpus, or a smaller model.",
          ),
        ]
      : []),
    ...result.plans
      .slice(0, count)
      .flatMap((each, index) => describePlan(each, index, before.binding.device, layout)),
    ...(result.plans.length > count
      ? ["", `${result.plans.length - count} more: --plans ${result.plans.length}`]
      : []),
    ...(variants === undefined ? [] : ["", wrap(variants)]),
    ...(first === undefined
      ? []
      : [
          "",
          layout.style.heading(`plan ${result.plans.indexOf(first) + 1}, before and after`),
          describeBoth(before.ledger, first.ledger, layout),
          ...first.blocks.flatMap((block) => describeBlock(block, layout)),
        ]),
    "",
    ...(result.model.unknown.length === 0
      ? []
      : [
          wrap(`unknown, so every total is a lower bound: ${showOnOneLine(result.model.unknown.join("; "))}`),
        ]),
    wrap(`compared against: ${result.evidence.compared}`),
    wrap(`not counted: ${result.evidence.notCounted.join("; ")}`),
    ...result.unavailable.map((each) =>
      wrap(`not available with this engine: ${each.measure} (available in: ${each.where})`),
    ),
  ].join("\n");
}

/** Describes how far the budget goes with measures that cost nothing. */
export function describeLimits({ engine, limits }: PlannedModel, layout: TextLayout): string {
  const count = (value: number | undefined, what: string): string =>
    value === undefined ? "" : `${formatInteger(value)} ${what}`;
  const trains = engine === "pytorch";
  const parts = [
    count(limits.maxContextTokens, trains ? "tokens per sequence" : "tokens of context per sequence"),
    count(limits.maxSequences, trains ? "sequences per step" : "concurrent sequences"),
    count(limits.maxBatch, trains ? "sequences per device and micro-step" : "tokens per micro-batch"),
  ].filter((part) => part !== "");
  const most =
    parts.length === 0
      ? "it does not fit with free measures alone"
      : `with free measures, each maximum on its own: ${parts.join(", ")}`;
  const smallest =
    limits.smallestDevice === undefined
      ? "no listed device fits it"
      : `smallest listed device that fits it: ${limits.smallestDevice}`;
  return formatParagraph(`limits: ${most}; ${smallest}`, layout, "  ");
}

/** Returns plans as JSON, each with its ledger and settings. */
export function plansJson(result: PlannedModel): Readonly<Record<string, unknown>> {
  const { before, plans, model, limits, ...rest } = result;
  return {
    model: model.name,
    ...rest,
    before: { ...before, ledger: ledgerJson(before.ledger) },
    plans: plans.map((each) => ({ ...each, ledger: ledgerJson(each.ledger) })),
    limits,
  };
}
