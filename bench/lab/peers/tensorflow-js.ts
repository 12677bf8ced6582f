import { parseArgs } from "node:util";
import { isLoadlineError } from "../../../src/shared/errors.ts";
import { requireOneOf } from "../../../src/shared/options.ts";
import { openTensorFlow } from "./open-tensorflow.ts";
import { readDigits } from "./read-mnist.ts";
import { runMnist } from "./tensorflow-run-mnist.ts";
import { runTransformer } from "./tensorflow-run-transformer.ts";

/**
 * The peer TensorFlow.js (WebAssembly backend, one thread): prints one JSON object on its last line.
 *
 *     node bench/lab/peers/tensorflow-js.ts mnist --batch 32 --data FOLDER --epochs 2 [--steps 500] [--way minimize]
 *     node bench/lab/peers/tensorflow-js.ts transformer --batch 16 --steps 10 [--way library]
 *
 * `--steps` measures that many steps per epoch and scales the time to an entire one. `--way` names one way of training;
 * otherwise each is tried briefly, the fastest is used, and the times of all are printed.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    batch: { type: "string" },
    data: { type: "string", default: "" },
    epochs: { type: "string", default: "1" },
    steps: { type: "string" },
    way: { type: "string", default: "fastest" },
  },
});

async function main(): Promise<object> {
  const tensorflow = await openTensorFlow();
  const peer = "tensorflow-js";
  if (tensorflow === undefined) return { peer, notMeasured: "no TensorFlow.js: npm run bench:install" };
  const task = requireOneOf("task", positionals[0], ["mnist", "transformer"]);
  const common = { peer, version: tensorflow.core.version_core, task, threads: 1 };
  const steps = values.steps === undefined ? undefined : Number(values.steps);
  if (task === "mnist") {
    const train = readDigits(values.data, "train");
    const test = readDigits(values.data, "t10k");
    const batch = Number(values.batch ?? 32);
    const settings = { batch, epochs: Number(values.epochs), steps, way: values.way };
    return { ...common, ...(await runMnist(tensorflow, train, test, settings)) };
  }
  const settings = { batch: Number(values.batch ?? 16), steps: steps ?? 10, way: values.way };
  return { ...common, ...(await runTransformer(tensorflow.core, settings)) };
}

try {
  process.stdout.write(`${JSON.stringify(await main())}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = isLoadlineError(error) ? error.exitCode : 70;
}
