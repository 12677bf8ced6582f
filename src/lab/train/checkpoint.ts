import { z } from "zod";
import { LoadlineError } from "../../shared/errors.ts";
import type { Network } from "../network/layer.ts";
import { checkNetwork } from "../network/network-schema.ts";
import { decodeSafetensors, encodeSafetensors } from "../save/safetensors.ts";
import type { Position } from "./fit.ts";
import type { Trainer } from "./trainer.ts";

/** Everything else that the rest of a training follows from, as plain data: two trainings that differ in it give other bits. */
export type TrainingIdentity = Readonly<Record<string, unknown>>;

/** Version of the form of the metadata. */
const formVersion = 1;

const checkpointSchema = z.strictObject({
  version: z.literal(formVersion),
  identity: z.string(),
  steps: z.number().int().min(0),
  position: z.strictObject({
    epoch: z.number().int().min(0),
    done: z.number().int().min(0),
    loss: z.number(),
    right: z.number(),
  }),
});

interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

function tensorsOf(trainer: Trainer, withState: boolean): readonly NamedTensor[] {
  const { graph } = trainer.program;
  return graph.parameters.flatMap(({ name, shape, tensor, state }) => [
    { name, shape, data: trainer.viewOf(tensor) },
    ...(withState
      ? state.map((each) => ({
          name: `optimizer.${name}.${each.name}`,
          shape: graph.tensors[each.tensor]?.shape ?? [],
          data: trainer.viewOf(each.tensor),
        }))
      : []),
  ]);
}

function identityOf(trainer: Trainer, identity: TrainingIdentity): string {
  const { network, loss, optimizer, batch, microBatch } = trainer.program;
  return JSON.stringify({ network, loss, optimizer, batch, microBatch, ...identity });
}

/** A training as safetensors: parameters, optimizer state, and where it stands; resumed from it, it ends with the same bits. */
export function encodeCheckpoint(
  trainer: Trainer,
  position: Position,
  identity: TrainingIdentity,
): readonly Uint8Array[] {
  const { epoch, done, loss, right } = position;
  const state = {
    version: formVersion,
    identity: identityOf(trainer, identity),
    steps: trainer.steps(),
    position: { epoch, done, loss, right },
  };
  return encodeSafetensors(tensorsOf(trainer, true), { loadline_checkpoint: JSON.stringify(state) });
}

function fill(
  trainer: Trainer,
  bytes: Uint8Array,
  file: string,
  withState: boolean,
): Readonly<Record<string, string>> {
  const { tensors, metadata } = decodeSafetensors(bytes, file);
  const wanted = tensorsOf(trainer, withState);
  for (const { name, shape } of wanted) {
    const found = tensors.get(name);
    if (found === undefined || !(found.data instanceof Float32Array) || found.shape.join() !== shape.join()) {
      const got = found === undefined ? "nothing" : `shape [${found.shape.join(", ")}]`;
      throw new LoadlineError(
        "invalid-data",
        `${file}: ${name}: got ${got}, allowed: floats of shape [${shape.join(", ")}]`,
        {
          details: { file, tensor: name },
        },
      );
    }
  }
  // Nothing is changed before all is known to fit.
  for (const { name, data } of wanted) {
    const found = tensors.get(name)?.data;
    if (found instanceof Float32Array) data.set(found);
  }
  return metadata;
}

function parseJson(text: string | undefined, file: string): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch (cause) {
    throw new LoadlineError("invalid-data", `${file}: its metadata is not that of a training`, { cause });
  }
}

/**
 * Puts a checkpoint's numbers into a trainer; gives where to go on. Errors: `invalid-data` for a broken file, or one of another
 * training.
 */
export function restoreCheckpoint(
  trainer: Trainer,
  bytes: Uint8Array,
  file: string,
  identity: TrainingIdentity,
): Position {
  const { metadata } = decodeSafetensors(bytes, file);
  const parsed = checkpointSchema.safeParse(parseJson(metadata["loadline_checkpoint"], file));
  if (!parsed.success)
    throw new LoadlineError("invalid-data", `${file}: its metadata is not that of a training`);
  if (parsed.data.identity !== identityOf(trainer, identity)) {
    throw new LoadlineError(
      "invalid-data",
      `${file}: got the checkpoint of another training, allowed: one with the same network, data, batch, optimizer, seed and epochs; use another file, or remove this one to begin anew`,
      { details: { file } },
    );
  }
  fill(trainer, bytes, file, true);
  trainer.setSteps(parsed.data.steps);
  return parsed.data.position;
}

/** A trained network as safetensors: its parameters, and in the metadata the network itself and whatever is handed in. */
export function encodeModel(
  trainer: Trainer,
  metadata: Readonly<Record<string, string>> = {},
): readonly Uint8Array[] {
  const { network, loss } = trainer.program;
  return encodeSafetensors(tensorsOf(trainer, false), {
    ...metadata,
    loadline_model: JSON.stringify({ version: formVersion, network, loss }),
  });
}

/** What a model file says of itself. */
export interface SavedNetwork {
  readonly network: Network;
  readonly loss: string;
  readonly metadata: Readonly<Record<string, string>>;
}

const modelSchema = z.object({ version: z.literal(formVersion), network: z.unknown(), loss: z.string() });

/** Reads what a model file holds. Errors: `invalid-data`. */
export function readSavedNetwork(bytes: Uint8Array, file: string): SavedNetwork {
  const { metadata } = decodeSafetensors(bytes, file);
  const parsed = modelSchema.safeParse(parseJson(metadata["loadline_model"], file));
  if (!parsed.success) throw new LoadlineError("invalid-data", `${file}: it holds no network of loadline`);
  return { network: checkNetwork(parsed.data.network), loss: parsed.data.loss, metadata };
}

/** Puts a model file's parameters into a trainer of the same network. Errors: `invalid-data`. */
export function restoreModel(trainer: Trainer, bytes: Uint8Array, file: string): void {
  fill(trainer, bytes, file, false);
}
