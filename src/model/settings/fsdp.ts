import { LoadlineError } from "../../shared/errors.ts";
import type { SettingsBlock } from "./settings-block.ts";
import { doesFsdpRecompute } from "./trainer-settings.ts";
import type { TrainingSetup } from "./training-setup.ts";

/** Release of transformers that reads the file: the names changed in release 5. */
export interface FsdpOptions {
  readonly transformers?: 4 | 5;
}

function requireFsdp(setup: TrainingSetup): NonNullable<TrainingSetup["sharding"]> {
  if (setup.sharding?.kind === "fsdp") return setup.sharding;
  throw new LoadlineError(
    "invalid-option",
    `sharding: got ${setup.sharding?.kind ?? "none"}, allowed: fsdp`,
    {
      details: { option: "sharding" },
    },
  );
}

/**
 * Returns the file that `fsdp_config` of `TrainingArguments` names. Recomputation is set here instead of in the arguments.
 * Errors: `invalid-option` where FSDP does not shard the training run.
 */
export function fsdpSettings(setup: TrainingSetup, options: FsdpOptions = {}): SettingsBlock {
  const sharding = requireFsdp(setup);
  const reshard = sharding.reshardAfterForward ?? true;
  const offload = sharding.offloadParameters === true || sharding.offloadOptimizer === true;
  const recomputed = doesFsdpRecompute(setup);
  const release = options.transformers ?? 5;
  const config =
    release === 5
      ? {
          version: 2,
          reshard_after_forward: reshard,
          cpu_offload: offload,
          auto_wrap_policy: "TRANSFORMER_BASED_WRAP",
          state_dict_type: "SHARDED_STATE_DICT",
          cpu_ram_efficient_loading: true,
          activation_checkpointing: recomputed,
        }
      : {
          fsdp_version: 2,
          fsdp_reshard_after_forward: reshard,
          fsdp_offload_params: offload,
          fsdp_auto_wrap_policy: "TRANSFORMER_BASED_WRAP",
          fsdp_state_dict_type: "SHARDED_STATE_DICT",
          fsdp_cpu_ram_efficient_loading: true,
          fsdp_activation_checkpointing: recomputed,
        };
  return {
    target: `FSDP 2 (transformers ${release}), fsdp.json`,
    kind: "json",
    text: JSON.stringify(config, undefined, 2),
    notes: [
      `start the script on ${sharding.ranks} devices with accelerate launch or torchrun`,
      ...(release === 4 ? ['in these releases the argument is fsdp="full_shard auto_wrap"'] : []),
    ],
  };
}
