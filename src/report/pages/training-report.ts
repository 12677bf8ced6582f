import { makeMeasureRows, findPeakPhase } from "../text/describe-program.ts";
import { describeNetwork } from "../text/describe-network.ts";
import type { TrainingRun } from "../text/training-run.ts";
import { formatBytes, formatShortBytes } from "../text/format-bytes.ts";
import { formatInteger } from "../text/format-table.ts";
import { drawArenaMap, kindColours } from "../charts/arena-map.ts";
import { drawBytesByOperation } from "../charts/bytes-by-operation.ts";
import type { PointSeries } from "../charts/xy-chart.ts";
import { drawXyChart } from "../charts/xy-chart.ts";
import { escapeHtml } from "../charts/escape-html.ts";
import { renderCard, renderTable, renderPage } from "./page.ts";

const percent = (share: number): string => `${Number((100 * share).toFixed(2))} %`;
/** The loss of a training run that diverged is not a number. */
const short = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toPrecision(4))) : "not finite";

function seriesOf(
  run: TrainingRun,
  value: (scores: { readonly loss: number; readonly accuracy: number | undefined }) => number | undefined,
  format: (value: number) => string,
): readonly PointSeries[] {
  const make = (name: string, colour: number, pick: (index: number) => number | undefined): PointSeries => ({
    name,
    colour,
    joined: true,
    points: run.epochs.flatMap((epoch, index) => {
      const y = pick(index);
      return y === undefined
        ? []
        : [{ x: epoch.epoch, y, readOut: [`epoch ${epoch.epoch}`, `${name}: ${format(y)}`] }];
    }),
  });
  const training = make("training", 0, (index) => {
    const epoch = run.epochs[index];
    return epoch === undefined ? undefined : value(epoch);
  });
  const held = make("test set", 2, (index) => {
    const scores = run.epochs[index]?.validation;
    return scores === undefined ? undefined : value(scores);
  });
  return [training, held].filter((series) => series.points.length > 0);
}

function curves(run: TrainingRun): string {
  const epochs = run.epochs.map((epoch) => epoch.epoch);
  const every = Math.max(1, Math.ceil(epochs.length / 12));
  const ticks = epochs.filter((_, index) => index % every === 0);
  const x = { title: "epoch", format: String, ticks };
  const loss = drawXyChart(
    "loss by epoch",
    seriesOf(run, (scores) => scores.loss, short),
    {
      x,
      y: { title: "loss", format: short, fromZero: true },
    },
  );
  const accuracy = seriesOf(run, (scores) => scores.accuracy, percent);
  const right =
    accuracy.length === 0
      ? ""
      : `<h2>Accuracy, epoch by epoch</h2>${drawXyChart("accuracy by epoch", accuracy, { x, y: { title: "accuracy", format: percent } })}`;
  return `<h2>Loss, epoch by epoch</h2>${loss}${right}`;
}

function growth(run: TrainingRun): string {
  const { bytesFixed, bytesPerSample, microBatch } = run.program;
  const batches = [1, 8, 16, 32, 64, 128, 256, 512].filter((batch) => batch <= Math.max(512, microBatch * 4));
  const points = [...new Set([...batches, microBatch])]
    .toSorted((a, b) => a - b)
    .map((batch) => {
      const bytes = bytesFixed + batch * bytesPerSample;
      return {
        x: batch,
        y: bytes,
        readOut: [`batch ${batch}`, `${formatInteger(bytes)} bytes`],
        size: batch === microBatch ? 7 : 4,
      };
    });
  return `<h2>Bytes by batch size</h2><p class="soft">Exactly linear: ${formatInteger(bytesFixed)} bytes plus ${formatInteger(bytesPerSample)} per sample in memory. The large dot is this run.</p>
${drawXyChart("bytes by batch", [{ name: "arena", colour: 0, joined: true, points }], { x: { title: "samples in memory", format: formatInteger, ticks: points.map((point) => point.x).filter((x) => x === 1 || x >= 64) }, y: { title: "bytes of the arena", format: formatShortBytes, fromZero: true, binary: true } })}`;
}

function ledger(run: TrainingRun): string {
  const { ledger: step, peakBytes } = run.program;
  const phases = step.phases.map(({ phase, at, ledger: held, freeBytes }) => [
    phase,
    at,
    formatInteger(held.total),
    ...Object.keys(kindColours).map((kind) =>
      formatInteger(held.kinds.find((each) => each.kind === kind)?.size ?? 0),
    ),
    formatInteger(freeBytes),
  ]);
  const items = step.items.map((item) => [
    item.label,
    item.kind,
    formatInteger(item.bytes),
    formatInteger(item.offset),
    item.phases.join(", "),
  ]);
  return `<h2>Every byte</h2><p class="soft">What each phase needs of the ${formatInteger(peakBytes)} bytes at its peak; what is free then is needed by another phase.</p>
${renderTable(["phase", "peak at", "bytes", ...Object.keys(kindColours), "free"], phases, [0, 1])}
<details><summary>${step.items.length} tensors</summary>${renderTable(["tensor", "kind", "bytes", "offset", "needed in"], items, [0, 1, 4])}</details>`;
}

function measures(run: TrainingRun): string {
  if (run.plan === undefined || run.plan.measures.length === 0) return "";
  const head = ["measure", "kind", "saves", "remaining", "added work", "cost"];
  return `<h2>Measures that bring it under the budget</h2><p class="soft">Budget: ${formatInteger(run.plan.budgetBytes)} bytes. Without measures: ${formatInteger(run.plan.plainBytes)}.</p>${renderTable(head, makeMeasureRows(run.plan), [0, 1, 5])}`;
}

function cards(run: TrainingRun): string {
  const { program, scores } = run;
  const seconds = run.epochs.map((epoch) => epoch.seconds);
  const total = seconds.reduce((sum, each) => sum + each, 0);
  const full = findPeakPhase(program);
  const result =
    scores.accuracy === undefined
      ? { title: "Test loss", value: short(scores.loss), unit: "mean over the test set" }
      : { title: "Test accuracy", value: percent(scores.accuracy), unit: "accuracy on the test set" };
  return `<div class="cards">${[
    renderCard({ ...result, facts: [["test loss", short(scores.loss)]], colour: 3 }),
    renderCard({
      title: "Arena",
      value: formatBytes(program.peakBytes),
      unit: `${formatInteger(program.peakBytes)} bytes planned`,
      facts: [
        ["measured", `${formatInteger(run.peakBytes)} bytes`],
        ["peak", full === undefined ? "-" : `${full.phase} of ${full.at}`],
      ],
      colour: 0,
    }),
    renderCard({
      title: "Time",
      value: `${total.toFixed(total < 100 ? 1 : 0)} s`,
      unit: `${seconds.length} epochs`,
      facts: [
        ["per epoch", `${(total / Math.max(1, seconds.length)).toFixed(2)} s`],
        ["threads", String(program.threads)],
      ],
      colour: 2,
    }),
    renderCard({
      title: "Network",
      value: formatInteger(program.parameterCount),
      unit: "parameters",
      facts: [
        ["optimizer", program.optimizer?.name ?? "none"],
        [
          "batch",
          program.microBatch === program.batch
            ? formatInteger(program.batch)
            : `${formatInteger(program.batch)} in micro-batches of ${formatInteger(program.microBatch)}`,
        ],
      ],
      colour: 4,
    }),
  ].join("")}</div>`;
}

/** Renders one self-contained page about a training run: its curves, its arena and every byte of it. The title is plain text. */
export function renderTrainingReport(run: TrainingRun, title: string): string {
  const { scores, program } = run;
  const accuracy = scores.accuracy === undefined ? "" : ` and accuracy ${percent(scores.accuracy)}`;
  const lead = `Test loss ${short(scores.loss)}${accuracy}, in an arena of ${formatBytes(program.peakBytes)}, every byte of it planned${run.stopped ? "; stopped early" : ""}.`;
  const body = [
    `<p class="soft">${escapeHtml(describeNetwork(program.network))}</p>`,
    cards(run),
    measures(run),
    run.epochs.length === 0 ? "" : curves(run),
    `<h2>The arena, operation by operation</h2><p class="soft">Each rectangle is a tensor: from the first operation that needs it to the last, its height in bytes. Point at one to read it out.</p>${drawArenaMap(program)}`,
    `<h2>What each operation needs</h2><p class="soft">Bytes by kind. The room between the stack and the dashed line is not needed by that operation.</p>${drawBytesByOperation(program)}`,
    growth(run),
    ledger(run),
  ];
  return renderPage(title, lead, body.join("\n"));
}
