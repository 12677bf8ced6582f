import { describeMeasuresRows, bindingPhase } from "../text/describe-program.ts";
import { describeNetwork } from "../text/describe-network.ts";
import type { TrainingRun } from "../text/training-run.ts";
import { describeBytes, shortBytes } from "../text/bytes.ts";
import { whole } from "../text/table.ts";
import { arenaMap, kindColours } from "../charts/arena-map.ts";
import { bytesByOperation } from "../charts/bytes-by-operation.ts";
import type { PointSeries } from "../charts/xy-chart.ts";
import { xyChart } from "../charts/xy-chart.ts";
import { escapeHtml } from "../charts/escape-html.ts";
import { card, htmlTable, renderPage } from "./page.ts";

const percent = (share: number): string => `${Number((100 * share).toFixed(2))} %`;
/** A training that went astray has a loss that is not a number. */
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
        : [{ x: epoch.epoch, y, said: [`epoch ${epoch.epoch}`, `${name}: ${format(y)}`] }];
    }),
  });
  const training = make("while learning", 0, (index) => {
    const epoch = run.epochs[index];
    return epoch === undefined ? undefined : value(epoch);
  });
  const held = make("on the test set", 2, (index) => {
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
  const loss = xyChart(
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
      : `<h2>Accuracy, epoch by epoch</h2>${xyChart("accuracy by epoch", accuracy, { x, y: { title: "right answers", format: percent } })}`;
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
        said: [`batch ${batch}`, `${whole(bytes)} bytes`],
        size: batch === microBatch ? 7 : 4,
      };
    });
  return `<h2>How it grows with the batch</h2><p class="soft">Exactly in a line: ${whole(bytesFixed)} bytes and ${whole(bytesPerSample)} for each sample in memory. The large dot is this training.</p>
${xyChart("bytes by batch", [{ name: "arena", colour: 0, joined: true, points }], { x: { title: "samples in memory", format: whole, ticks: points.map((point) => point.x).filter((x) => x === 1 || x >= 64) }, y: { title: "bytes of the arena", format: shortBytes, fromZero: true, binary: true } })}`;
}

function ledger(run: TrainingRun): string {
  const { ledger: step, peakBytes } = run.program;
  const phases = step.phases.map(({ phase, at, ledger: held, freeBytes }) => [
    phase,
    at,
    whole(held.total),
    ...Object.keys(kindColours).map((kind) =>
      whole(held.kinds.find((each) => each.kind === kind)?.size ?? 0),
    ),
    whole(freeBytes),
  ]);
  const items = step.items.map((item) => [
    item.label,
    item.kind,
    whole(item.bytes),
    whole(item.offset),
    item.phases.join(", "),
  ]);
  return `<h2>Every byte</h2><p class="soft">At its fullest moment each phase needs so much of the ${whole(peakBytes)} bytes; what is free then is needed by another phase.</p>
${htmlTable(["phase", "fullest at", "bytes", ...Object.keys(kindColours), "free"], phases, [0, 1])}
<details><summary>${step.items.length} tensors</summary>${htmlTable(["tensor", "kind", "bytes", "at", "needed in"], items, [0, 1, 4])}</details>`;
}

function measures(run: TrainingRun): string {
  if (run.plan === undefined || run.plan.measures.length === 0) return "";
  const head = ["measure", "kind", "saves", "then", "work", "what it costs"];
  return `<h2>What brings it under the budget</h2><p class="soft">Budget ${whole(run.plan.budgetBytes)} bytes; without measures ${whole(run.plan.plainBytes)}.</p>${htmlTable(head, describeMeasuresRows(run.plan), [0, 1, 5])}`;
}

function cards(run: TrainingRun): string {
  const { program, scores } = run;
  const seconds = run.epochs.map((epoch) => epoch.seconds);
  const total = seconds.reduce((sum, each) => sum + each, 0);
  const full = bindingPhase(program);
  const result: [string, string, string] =
    scores.accuracy === undefined
      ? ["Test loss", short(scores.loss), "mean over the test set"]
      : ["Test accuracy", percent(scores.accuracy), "right answers on the test set"];
  return `<div class="cards">${[
    card(...result, [["test loss", short(scores.loss)]], 3),
    card(
      "Arena",
      describeBytes(program.peakBytes),
      `${whole(program.peakBytes)} bytes planned`,
      [
        ["measured", `${whole(run.peakBytes)} bytes`],
        ["fullest", full === undefined ? "-" : `${full.phase} of ${full.at}`],
      ],
      0,
    ),
    card(
      "Time",
      `${total.toFixed(total < 100 ? 1 : 0)} s`,
      `${seconds.length} epochs`,
      [
        ["an epoch", `${(total / Math.max(1, seconds.length)).toFixed(2)} s`],
        ["threads", String(program.threads)],
      ],
      2,
    ),
    card(
      "Network",
      whole(program.parameterCount),
      "parameters",
      [
        ["optimizer", program.optimizer?.name ?? "none"],
        [
          "batch",
          program.microBatch === program.batch
            ? whole(program.batch)
            : `${whole(program.batch)} in parts of ${whole(program.microBatch)}`,
        ],
      ],
      4,
    ),
  ].join("")}</div>`;
}

/** One self-contained page about a training: its curves, its arena and every byte of it. The title is plain text. */
export function renderTrainingReport(run: TrainingRun, title: string): string {
  const { scores, program } = run;
  const accuracy = scores.accuracy === undefined ? "" : ` and accuracy ${percent(scores.accuracy)}`;
  const lead = `Test loss ${short(scores.loss)}${accuracy}, in an arena of ${describeBytes(program.peakBytes)} of which every byte was planned${run.stopped ? "; stopped before its end" : ""}.`;
  const body = [
    `<p class="soft">${escapeHtml(describeNetwork(program.network))}</p>`,
    cards(run),
    measures(run),
    run.epochs.length === 0 ? "" : curves(run),
    `<h2>What lies where, operation by operation</h2><p class="soft">Each rectangle is a place in the arena: from the first operation that needs it to the last, as high as it has bytes. Point at one to read it out.</p>${arenaMap(program)}`,
    `<h2>What each operation needs</h2><p class="soft">Bytes by kind. Between the stack and the dashed line lies what this operation does not need.</p>${bytesByOperation(program)}`,
    growth(run),
    ledger(run),
  ];
  return renderPage(title, lead, body.join("\n"));
}
