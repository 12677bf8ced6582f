import { z } from "zod";
import { LoadlineError } from "../../shared/errors.ts";
import type { Network } from "../network/layer.ts";
import { checkNetwork } from "../network/network-schema.ts";
import { decodeSafetensors, encodeSafetensors } from "../save/safetensors.ts";
import type { Position } from "./fit.ts";
import type { Trainer } from "./trainer.ts";

/** Everything else that determines a run, as plain data: runs that differ in it give other bits. */
export type TrainingIdentity = Readonly<Record<string, unknown>>;

/** Version of the metadata. */
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

/** Encodes a run as safetensors: parameters, optimizer state and position. A run resumed from it ends with the same bits. */
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
  // Changes nothing before all tensors are known to fit.
  for (const { name, data } of wanted) {
    const found = tensors.get(name)?.data;
    if (found instanceof Float32Array) data.set(found);
  }
  return metadata;
}

/** Parses the metadata of a file; `kind` is what the file should be. */
function parseMetadata(text: string | undefined, file: string, kind: string): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch (cause) {
    throw new LoadlineError("invalid-data", `${file}: is not ${kind} of loadline`, { cause });
  }
}

/**
 * Restores a checkpoint into a trainer; returns where to resume. Errors: `invalid-data` for a damaged file, or for one of another run.
 */
export function restoreCheckpoint(
  trainer: Trainer,
  bytes: Uint8Array,
  file: string,
  identity: TrainingIdentity,
): Position {
  const { metadata } = decodeSafetensors(bytes, file);
  const parsed = checkpointSchema.safeParse(
    parseMetadata(metadata["loadline_checkpoint"], file, "a checkpoint"),
  );
  if (!parsed.success) throw new LoadlineError("invalid-data", `${file}: is not a checkpoint of loadline`);
  if (parsed.data.identity !== identityOf(trainer, identity)) {
    throw new LoadlineError(
      "invalid-data",
      `${file}: is the checkpoint of another run (network, data, batch, optimizer, seed or epochs differ); name another file, or remove this one to start over`,
      { details: { file } },
    );
  }
  fill(trainer, bytes, file, true);
  trainer.setSteps(parsed.data.steps);
  return parsed.data.position;
}

/** Encodes a trained network as safetensors: its parameters, with the network and the given strings in the metadata. */
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

/** A saved network without its parameters. */
export interface SavedNetwork {
  readonly network: Network;
  readonly loss: string;
  readonly metadata: Readonly<Record<string, string>>;
}

const modelSchema = z.object({ version: z.literal(formVersion), network: z.unknown(), loss: z.string() });

/** Reads the network and metadata of a file of `encodeModel`. Errors: `invalid-data`. */
export function readSavedNetwork(bytes: Uint8Array, file: string): SavedNetwork {
  const { metadata } = decodeSafetensors(bytes, file);
  const parsed = modelSchema.safeParse(parseMetadata(metadata["loadline_model"], file, "a network"));
  if (!parsed.success) throw new LoadlineError("invalid-data", `${file}: is not a network of loadline`);
  return { network: checkNetwork(parsed.data.network), loss: parsed.data.loss, metadata };
}

/** Restores the parameters of a file of `encodeModel` into a trainer of the same network. Errors: `invalid-data`. */
export function restoreModel(trainer: Trainer, bytes: Uint8Array, file: string): void {
  fill(trainer, bytes, file, false);
}
