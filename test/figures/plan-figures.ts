import {
  findMaxBatch,
  findMaxContextTokens,
  findMaxSequences,
  plan,
  settingsOf,
  findSmallestDevice,
} from "../../src/model/index.ts";
import type { PlanOptions, PlanResult, ModelDescription } from "../../src/model/index.ts";
import { addShortLedger } from "./byte-ledger.ts";
import { place, plainJson, shortHash } from "./figures.ts";
import type { Figures } from "./figures.ts";

type Need = PlanResult["before"]["binding"];

const needWords = ({ device, phase, bytes, budgetBytes }: Need): readonly (string | number)[] => [
  device,
  phase,
  bytes,
  budgetBytes,
];

/** Records settings as the engine reads them: a hash, and the text itself on one line. */
export function addSettings(
  figures: Figures,
  path: string,
  blocks: readonly { readonly kind: string; readonly text: string }[],
): void {
  for (const [index, { kind, text }] of blocks.entries())
    figures.add(`${path}/settings/${place(index)}`, kind, shortHash(text), JSON.stringify(text));
}

function addPlan(
  figures: Figures,
  path: string,
  model: ModelDescription,
  found: PlanResult["plans"][number],
): void {
  const { cost, binding, settings, measures, ledger } = found;
  figures.add(`${path}/cost`, cost.task, cost.risk, cost.seconds);
  figures.add(`${path}/peak`, ...needWords(binding));
  for (const [index, each] of measures.entries())
    figures.add(
      `${path}/measure/${place(index)}`,
      each.price,
      each.risk,
      each.task,
      each.savedBytes,
      each.savedOnBinding,
      each.addedSeconds,
    );
  figures.add(
    `${path}/options`,
    settings.contextTokens,
    settings.sequences,
    settings.weightType,
    plainJson(settings.options),
  );
  addShortLedger(figures, `${path}/ledger`, ledger);
  figures.tryTo(`${path}/settings`, () => addSettings(figures, path, settingsOf(model, settings, "m")));
}

/** Records the start of a plan, each plan with its measures, peak and settings, and the variants that would fit. */
export function addPlans(
  figures: Figures,
  path: string,
  model: ModelDescription,
  workload: string,
  options: PlanOptions,
): void {
  figures.tryTo(path, () => {
    const { before, plans, variants, atLeast, unavailable } = plan(model, workload, options);
    figures.add(`${path}/before`, before.fits, before.seconds, ...needWords(before.binding));
    figures.add(`${path}/plans`, plans.length, atLeast, unavailable.length);
    if (variants !== undefined) {
      const { shallower, narrower } = variants;
      figures.add(`${path}/shallower`, shallower?.layers, shallower?.of, shallower?.totalBytes);
      figures.add(`${path}/narrower`, narrower?.share, narrower?.totalBytes);
    }
    for (const [index, found] of plans.entries()) addPlan(figures, `${path}/${place(index)}`, model, found);
  });
}

/** Records the limits that a budget sets: context, sequences, batch; and the smallest device. */
export function addLimits(
  figures: Figures,
  path: string,
  model: ModelDescription,
  workload: string,
  options: PlanOptions,
): void {
  const { budgetBytes: _, ...rest } = options;
  figures.tryTo(`${path}/limits`, () => {
    figures.add(`${path}/limits/context`, findMaxContextTokens(model, workload, options));
    figures.add(`${path}/limits/sequences`, findMaxSequences(model, workload, options));
    figures.add(`${path}/limits/batch`, findMaxBatch(model, workload, options));
    figures.add(`${path}/limits/device`, findSmallestDevice(model, workload, rest)?.name);
  });
}
