import { bindingTotals } from "../../model/index.ts";
import type {
  ByteLedger,
  ModelPlan,
  PlannedModel,
  PlannedMeasure,
  SettingsBlock,
} from "../../model/index.ts";
import { describeBytes } from "./bytes.ts";
import { bar, table, whole } from "./table.ts";
import { ledgerJson, saidBytes } from "./describe-ledger.ts";
import { GiB } from "../../shared/units.ts";

function saidSeconds(seconds: number): string {
  const size = Math.abs(seconds);
  if (size < 0.0005) return "0 s";
  return size < 10 ? `${seconds.toFixed(2)} s` : `${whole(seconds)} s`;
}

function signed(bytes: number): string {
  if (bytes === 0) return "0";
  return `${bytes > 0 ? "-" : "+"}${describeBytes(Math.abs(bytes))}`;
}

/** A measure with what it changes where it was fullest, the time it adds and what it gives up. */
export function measureRow(measure: PlannedMeasure): readonly string[] {
  const slower =
    measure.addedSeconds >= 0 ? `+${saidSeconds(measure.addedSeconds)}` : saidSeconds(measure.addedSeconds);
  const given = [
    measure.task > 0 ? `${Math.round(100 * measure.task)} % of the task` : "",
    measure.risk > 0 ? `risk ${measure.risk}` : "",
  ].filter((part) => part !== "");
  return [measure.level, signed(measure.savedOnBinding), slower, given.join(", ") || "nothing lost"];
}

/** Sums by device and kind; undefined where a line of them is not known. */
function byKindAndDevice(ledger: ByteLedger): ReadonlyMap<string, number | undefined> {
  const sums = new Map<string, number | undefined>();
  // of the phases of a training, the fullest of each device
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

/** The ledger before and after, by device and kind. */
function describeBoth(before: ByteLedger, after: ByteLedger): string {
  const first = byKindAndDevice(before);
  const second = byKindAndDevice(after);
  const keys = [...new Set([...first.keys(), ...second.keys()])].toSorted();
  const largest = Math.max(1, ...[...first.values(), ...second.values()].map((bytes) => bytes ?? 0));
  const said = (sums: ReadonlyMap<string, number | undefined>, key: string): string => {
    const bytes = sums.get(key);
    return bytes === undefined && sums.has(key) ? "unknown" : describeBytes(bytes ?? 0);
  };
  return table(
    ["what", "before", "after", ""],
    keys.map((key) => [
      key,
      said(first, key),
      said(second, key),
      bar((second.get(key) ?? 0) / largest, 20).trimEnd(),
    ]),
    [0, 3],
  );
}

function describeBlock(block: SettingsBlock): readonly string[] {
  return ["", `${block.target}:`, "", block.text, ...block.notes.map((note) => `  note: ${note}`)];
}

/** What a plan needs of the host beside the devices: offloaded layers, states, kept prompts. */
function onHost({ binding, ledger }: ModelPlan): string {
  const bytes = ledger.totals.find(({ device }) => device === "host")?.bytes ?? 0;
  return binding.device === "host" || bytes < GiB ? "" : `, ${describeBytes(bytes)} on the host`;
}

function inPhase(phase: string): string {
  if (phase === "load") return "";
  return phase === "step" ? " in the optimizer's step" : ` in the ${phase} pass`;
}

/** What a plan gives up, what it holds and how long it takes, in one sentence. */
export function costSaid(plan: ModelPlan): string {
  const what = plan.settings.engine === "pytorch" ? "a step" : "the workload";
  const { cost, binding } = plan;
  const lost =
    cost.task > 0
      ? `${Math.round(100 * cost.task)} % of the task given up`
      : cost.risk > 0
        ? `quality at risk (${cost.risk})`
        : "nothing lost";
  return `${lost}; ${describeBytes(binding.bytes)} of ${describeBytes(binding.budgetBytes)} on ${binding.device}${inPhase(binding.phase)}${onHost(plan)}; ${what} in ${saidSeconds(cost.seconds)} at best`;
}

function describePlan(plan: ModelPlan, index: number, device: string): readonly string[] {
  const rows = plan.measures.map(measureRow);
  return [
    "",
    `plan ${index + 1}: ${costSaid(plan)}`,
    ...(rows.length === 0
      ? ["  as it is: no measure is needed"]
      : [table(["measure", `on ${device}`, "time", "gives up"], rows, [0, 3])]),
  ];
}

/** A model like it that would fit without measures, in words. */
export function saidVariants(result: PlannedModel): string | undefined {
  const { variants } = result;
  if (variants === undefined) return undefined;
  const said = [
    variants.shallower === undefined
      ? ""
      : `${variants.shallower.layers} of its ${variants.shallower.of} layers (${describeBytes(variants.shallower.totalBytes)})`,
    variants.narrower === undefined
      ? ""
      : `${Math.round(100 * variants.narrower.share)} % of its widths (about ${describeBytes(variants.narrower.totalBytes)})`,
  ].filter((part) => part !== "");
  if (said.length === 0) return undefined;
  return `a model like it, trained anew, would fit as it is with ${said.join(", or with ")}`;
}

/** What is asked of the model, in words. */
export function saidWorkload({ engine, workload }: PlannedModel): string {
  const { inputTokens, outputTokens, sequences } = workload;
  if (engine === "pytorch")
    return `${sequences} sequence${sequences === 1 ? "" : "s"} of ${whole(inputTokens + outputTokens)} tokens in a step`;
  return `${whole(inputTokens)} tokens in, ${whole(outputTokens)} out, ${sequences} at a time`;
}

/** A warning where the workload is longer than what the model was trained for. */
export function saidLength({ engine, model, workload }: PlannedModel): string | undefined {
  const { contextLength } = model;
  const tokens = workload.inputTokens + workload.outputTokens;
  if (contextLength === undefined || tokens <= contextLength) return undefined;
  const refused = engine === "vllm" ? "; vLLM will not start so" : "";
  return `${whole(tokens)} tokens are more than the ${whole(contextLength)} that the model was trained for${refused}`;
}

/** Plans as text: what there is, each plan with its measures, the ledger and settings of one. */
export function describePlans(result: PlannedModel, count: number, shown: number): string {
  const { before, workload } = result;
  const variants = saidVariants(result);
  const long = saidLength(result);
  const first = result.plans[shown - 1] ?? result.plans[0];
  const asIs = before.fits ? "fits as it is" : "does not fit as it is";
  const least = result.atLeast ? " (in what is known)" : "";
  return [
    `${result.model.name} for ${workload.name}: ${saidWorkload(result)} (${workload.reason})`,
    `with ${result.engine}, ${result.devices} device${result.devices === 1 ? "" : "s"} of ${describeBytes(result.budgetBytes)}: ${asIs}${least}: ${saidBytes(before.binding.bytes)} on ${before.binding.device}`,
    ...(long === undefined ? [] : [long]),
    ...(first === undefined ? ["", "no plan fits, whatever is given up"] : []),
    ...result.plans
      .slice(0, count)
      .flatMap((each, index) => describePlan(each, index, before.binding.device)),
    ...(result.plans.length > count ? ["", `and ${result.plans.length - count} more (--plans N)`] : []),
    ...(variants === undefined ? [] : ["", variants]),
    ...(first === undefined
      ? []
      : [
          "",
          `plan ${result.plans.indexOf(first) + 1}, line by line`,
          describeBoth(before.ledger, first.ledger),
          ...first.blocks.flatMap(describeBlock),
        ]),
    "",
    ...(result.model.unknown.length === 0
      ? []
      : [`not known, so that all this is at least: ${result.model.unknown.join("; ")}`]),
    `compared with: ${result.evidence.compared}`,
    `not counted: ${result.evidence.notCounted.join("; ")}`,
    ...result.unavailable.map((each) => `not with this engine: ${each.measure} (elsewhere: ${each.where})`),
  ].join("\n");
}

/** Says how far the budget goes with measures that cost nothing, in one sentence. */
export function describeLimits({ engine, limits }: PlannedModel): string {
  const count = (value: number | undefined, what: string): string =>
    value === undefined ? "" : `${whole(value)} ${what}`;
  const trains = engine === "pytorch";
  const said = [
    count(limits.maxContextTokens, trains ? "tokens a sequence" : "tokens of context for each sequence"),
    count(limits.maxSequences, trains ? "sequences in a step" : "sequences at a time"),
    count(limits.maxBatch, trains ? "sequences of a device at a time" : "tokens of a micro-batch"),
  ].filter((part) => part !== "");
  const most =
    said.length === 0
      ? "it does not fit with measures that cost nothing"
      : `with measures that cost nothing, each alone, at most ${said.join(", ")}`;
  const smallest =
    limits.smallestDevice === undefined
      ? "no listed device fits it"
      : `the smallest device that fits it: ${limits.smallestDevice}`;
  return `limits: ${most}; ${smallest}`;
}

/** Plans as JSON, each with its ledger and settings. */
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
