import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { LoadlineError } from "../../shared/errors.ts";
import { exportLayersModel } from "../save/tensorflow-js.ts";
import { writeFileAtomically } from "../save/write-file.ts";
import type { Trainer } from "../train/trainer.ts";

/**
 * Writes a trained network in TensorFlow.js's layers format: `model.json` and `weights.bin` in a folder, which is made if it does
 * not exist. Errors: `invalid-option` for layers that TensorFlow.js lacks; `file-unwritable`.
 */
export async function writeLayersModel(folder: string, trainer: Trainer): Promise<void> {
  const { network, loss, graph } = trainer.program;
  const parameters = graph.parameters.map(({ name, shape, tensor }) => ({
    name,
    shape,
    data: trainer.viewOf(tensor),
  }));
  const files = exportLayersModel({ network, parameters, loss });
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LoadlineError("file-unwritable", `${folder}: cannot be written (${reason})`, {
      cause,
      details: { path: folder },
    });
  });
  await writeFileAtomically(join(folder, "weights.bin"), [files["weights.bin"]]);
  await writeFileAtomically(join(folder, "model.json"), [new TextEncoder().encode(files["model.json"])]);
}
