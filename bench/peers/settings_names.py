"""Reads from the engines themselves which names and values of settings they accept. Prints test/fixtures/settings.json.

usage: PYTHONPATH=DEEPSPEED_SOURCE python bench/peers/settings_names.py > test/fixtures/settings.json
needs: torch, transformers, accelerate, peft; deepspeed (its source is enough, with hjson, py-cpuinfo, msgpack, einops);
       `npm run bench:install` for llama.cpp
"""

import dataclasses
import inspect
import json
import os
import re
import subprocess
import sys

import accelerate
import deepspeed
import peft
import transformers
from accelerate.utils.constants import FSDP_AUTO_WRAP_POLICY, FSDP_STATE_DICT_TYPE
from deepspeed.runtime import config as deepspeed_config
from deepspeed.runtime import constants
from deepspeed.runtime.activation_checkpointing import config as checkpointing
from deepspeed.runtime.precision_config import DeepSpeedBF16Config, DeepSpeedFP16Config
from deepspeed.runtime.zero.config import DeepSpeedZeroConfig
from deepspeed.runtime.zero.offload_config import (
    DeepSpeedZeroOffloadOptimizerConfig,
    DeepSpeedZeroOffloadParamConfig,
)
from transformers import BitsAndBytesConfig, TrainingArguments
from transformers.training_args import OptimizerNames


def constants_of(*modules):
    values = [value for module in modules for value in vars(module).values()]
    return {value for value in values if isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9_]+", value)}


def llama_server():
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "llama_server_flags.py")
    return json.loads(subprocess.run([sys.executable, script], capture_output=True, text=True, check=True).stdout)


def fsdp_names():
    """Returns the names that TrainingArguments looks up in `fsdp_config`."""
    source = inspect.getsource(TrainingArguments._process_fsdp_args)
    return sorted(set(re.findall(r"fsdp_config(?:\.get\(|\[)\"(\w+)\"", source)) | {"activation_checkpointing"})


def deepspeed_names():
    top = constants_of(constants, deepspeed_config) | {"zero_optimization", "bf16", "fp16"}
    used = {
        "train_micro_batch_size_per_gpu",
        "gradient_accumulation_steps",
        "gradient_clipping",
        "zero_force_ds_cpu_optimizer",
        "optimizer",
        "activation_checkpointing",
    }
    known = top | constants_of(checkpointing)
    assert used <= known, used - known
    return {
        "": sorted(used | {"zero_optimization", "bf16", "fp16"}),
        "bf16": sorted(DeepSpeedBF16Config.model_fields),
        "fp16": sorted(DeepSpeedFP16Config.model_fields),
        "zero_optimization": sorted(
            name
            for field, model in DeepSpeedZeroConfig.model_fields.items()
            for name in {field, model.alias or field}
        ),
        "offload_optimizer": sorted(DeepSpeedZeroOffloadOptimizerConfig.model_fields),
        "offload_param": sorted(DeepSpeedZeroOffloadParamConfig.model_fields),
    }


print(
    json.dumps(
        {
            "llamaServer": llama_server(),
            "transformers": {
                "release": transformers.__version__,
                "arguments": sorted(field.name for field in dataclasses.fields(TrainingArguments)),
                "optim": [each.value for each in OptimizerNames],
                "fsdpConfig": fsdp_names(),
                "bitsAndBytes": sorted(inspect.signature(BitsAndBytesConfig.__init__).parameters),
            },
            "accelerate": {
                "release": accelerate.__version__,
                "autoWrapPolicies": list(FSDP_AUTO_WRAP_POLICY),
                "stateDictTypes": list(FSDP_STATE_DICT_TYPE),
            },
            "peft": {"release": peft.__version__, "lora": sorted(f.name for f in dataclasses.fields(peft.LoraConfig))},
            "deepSpeed": {"release": deepspeed.__version__.strip(), "names": deepspeed_names()},
        }
    )
)
