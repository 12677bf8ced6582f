"""Known answers for config.json: writes test/fixtures/transformers-models.json.

    python bench/peers/transformers_models.py [KIND ...]

Given kinds, records only these again. Builds every kind of text model of transformers without memory (the meta device): from
the settings of its class, and from small, unusual settings drawn at random (heads, widths, layers, windows, experts, tied
output layers). One line each: kind, class, the given settings, parameters, and runs of layers by what a forward pass left in
the cache (`count x keys/values/window`, `count x state`). Counts buffers that files hold, but not tables that are computed.
`left` names the kinds that cannot be built or whose settings cannot be changed. Takes an hour or two on two slow cores.
Needs torch and transformers (requirements-activations.txt); everything runs on the CPU.
"""

import copy
import itertools
import json
import logging
import os
import pathlib
import random
import signal
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
os.environ["HF_HUB_OFFLINE"] = "1"

import torch
import transformers
from transformers.models.auto import modeling_auto
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

transformers.logging.set_verbosity(50)
torch.set_num_threads(1)

FIXTURE = pathlib.Path(__file__).parents[2] / "test" / "fixtures" / "transformers-models.json"
SECONDS = 90
# Tables that a model computes by itself, but saves.
COMPUTED = {"slope_rate", "query_decay", "key_decay", "diagonal_decay"}
# Settings without which a class cannot be built.
NEEDED = {
    "dots1": dict(
        n_routed_experts=8,
        n_shared_experts=2,
        num_experts_per_tok=2,
        moe_intermediate_size=48,
        first_k_dense_replace=1,
        n_group=1,
        topk_group=1,
    ),
    "hunyuan_v1_dense": dict(head_dim=64),
    "hunyuan_v1_moe": dict(head_dim=64, num_experts=4, moe_topk=2),
    "ministral": dict(head_dim=32),
    "lfm2_moe": dict(num_hidden_layers=3, layer_types=["conv", "conv", "full_attention"]),
}
LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "encoder_layers", "decoder_layers")
WIDTHS = ("hidden_size", "n_embd", "d_model", "dim")
HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads", "encoder_attention_heads", "decoder_attention_heads")
INNER = ("intermediate_size", "ffn_dim", "d_ff", "n_inner", "hidden_dim", "encoder_ffn_dim", "decoder_ffn_dim", "ffn_hidden_size")
# Kinds of an encoder and a decoder; the first two mappings would build only one half.
STACKS = ("t5", "mt5", "umt5", "bart", "mbart", "m2m_100", "marian", "pegasus", "blenderbot", "whisper")
FLAGS = (
    "attention_bias",
    "mlp_bias",
    "use_bias",
    "qkv_bias",
    "use_qk_norm",
    "qk_layernorm",
    "use_qkv_bias",
    "bias",
    "multi_query",
    "new_decoder_architecture",
    "use_parallel_residual",
    "mamba_proj_bias",
    "mamba_conv_bias",
    "use_conv_bias",
    "mamba_rms_norm",
    "projectors_bias",
    "conv_bias",
    "attention_k_eq_v",
    "use_sliding_window",
    "relative_attention",
    "position_biased_input",
    "norm_bias",
)


def drawn(settings: dict, seed: int) -> dict:
    """Draws settings of a class: small, and different from each other."""
    draw = random.Random(f"{settings.get('model_type')} {seed}")
    heads = draw.choice([4, 6, 8])
    width = heads * 16
    head_width = draw.choice([16, 32])
    changed = {}

    def put(names: tuple, value: object) -> None:
        for name in names:
            if name in settings and not isinstance(settings[name], (dict, list, str)):
                changed[name] = value

    put(WIDTHS, width)
    put(HEADS, heads)
    put(("num_key_value_heads", "num_kv_heads"), draw.choice([each for each in (1, 2, 4) if heads % each == 0]))
    if isinstance(settings.get("head_dim"), int):
        changed["head_dim"] = draw.choice([head_width, 16])
    put(LAYERS, draw.choice([3, 5, 6, 9]))
    put(INNER, draw.choice([96, 160, 208]))
    put(("vocab_size",), draw.choice([320, 515]))
    put(("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts"), 8)
    put(("num_experts_per_tok", "moe_topk", "moe_k"), 2)
    put(("moe_intermediate_size", "expert_ffn_hidden_size"), draw.choice([48, 56]))
    put(("shared_expert_intermediate_size", "moe_shared_expert_intermediate_size", "shared_intermediate_size"), draw.choice([40, 72]))
    put(("first_k_dense_replace", "num_dense_layers", "moe_layer_start_index"), draw.choice([1, 2]))
    put(("max_position_embeddings", "n_positions"), draw.choice([128, 192]))
    put(("n_group",), 2)
    put(("topk_group",), 1)
    put(("sliding_window",), 32)
    put(("num_kv_shared_layers",), 0)
    put(("tie_word_embeddings",), bool(seed % 2))
    if settings.get("kv_lora_rank"):
        narrow = dict(kv_lora_rank=24, q_lora_rank=40, qk_rope_head_dim=8, qk_nope_head_dim=16, v_head_dim=24)
        changed.update({name: value for name, value in narrow.items() if name in settings})
    for flag in FLAGS:
        if isinstance(settings.get(flag), bool):
            changed[flag] = draw.random() < 0.5
    return changed


def built(kind: str, name: str, given: dict):
    config = CONFIG_MAPPING[kind](**copy.deepcopy(given))
    config._attn_implementation = "eager"
    with torch.device("meta"):
        return getattr(transformers, name)._from_config(config)


def accepted(kind: str, name: str, needed: dict, seed: int) -> tuple[dict, object]:
    """Returns the drawn settings that the class accepts, a few at a time if it does not accept them together."""
    wanted = drawn(CONFIG_MAPPING[kind](**copy.deepcopy(needed)).to_dict(), seed)
    if "layer_types" in needed:
        wanted.pop("num_hidden_layers", None)
    try:
        return {**needed, **wanted}, built(kind, name, {**needed, **wanted})
    except Exception:
        pass
    kept = dict(needed)
    small = [key for key in wanted if key in LAYERS]
    shape = [key for key in wanted if key in WIDTHS + HEADS + ("head_dim", "num_key_value_heads")]
    rest = [key for key in wanted if key not in small + shape]
    parts = [small, shape, rest]
    while parts:
        keys = parts.pop(0)
        trial = {**kept, **{key: wanted[key] for key in keys}}
        try:
            built(kind, name, trial)
            kept = trial
        except Exception:
            half = len(keys) // 2
            parts = [each for each in (keys[:half], keys[half:]) if each and len(keys) > 1] + parts
    return kept, built(kind, name, kept)


def parameters(model) -> int:
    """Counts the elements that a file of the model holds: each once, without computed tables."""
    seen: dict[int, int] = {}
    for name, tensor in itertools.chain(model.named_parameters(remove_duplicate=False), model.state_dict(keep_vars=True).items()):
        if tensor.is_floating_point() and name.split(".")[-1] not in COMPUTED:
            seen[id(tensor)] = tensor.numel()
    return sum(seen.values())


def elements(value) -> int:
    if torch.is_tensor(value):
        return value.numel()
    if isinstance(value, dict):
        value = list(value.values())
    return sum(map(elements, value)) if isinstance(value, (list, tuple)) else 0


def layer_of(layer) -> str:
    words = []
    keys, values = getattr(layer, "keys", None), getattr(layer, "values", None)
    if torch.is_tensor(keys) and keys.dim() == 4:
        window = getattr(layer, "sliding_window", None)
        words.append(f"{keys.shape[1] * keys.shape[3]}/{values.shape[1] * values.shape[3]}" + (f"/{window}" if window else ""))
    state = elements(getattr(layer, "recurrent_states", None))
    if state or elements(getattr(layer, "conv_states", None)):
        words.append(f"state {state}")
    return " and ".join(words) or "nothing"


def layers_of(model) -> list[str] | None:
    """Returns what three tokens leave in the cache, as runs of equal layers; None if the model does not run this way."""
    model.eval()
    try:
        with torch.no_grad():
            out = model(input_ids=torch.zeros((1, 3), dtype=torch.long, device="meta"), use_cache=True)
        cache = getattr(out, "past_key_values", None)
        cache = cache if cache is not None else getattr(out, "cache_params", None)
        facts = [layer_of(layer) for layer in cache.layers]
    except Exception:
        return None
    return [f"{len(list(run))} x {fact}" for fact, run in itertools.groupby(facts)] or None


def record(kind: str, name: str, seed: int) -> dict:
    needed = NEEDED.get(kind, {})
    given, model = (needed, built(kind, name, needed)) if seed == 0 else accepted(kind, name, needed, seed)
    line = dict(kind=kind, made=name, given=given, parameters=parameters(model))
    layers = layers_of(model) if seed > 0 else None
    return line if layers is None else dict(line, layers=layers)


def in_child(kind: str, name: str) -> list[dict]:
    """Builds in a process of its own: some classes take minutes, or all memory."""
    with tempfile.NamedTemporaryFile("r") as answer:
        child = os.fork()
        if child == 0:
            signal.alarm(SECONDS)
            lines = []
            for seed in (0, 1, 2):
                try:
                    lines.append(record(kind, name, seed))
                except BaseException:
                    continue
                pathlib.Path(answer.name).write_text(json.dumps(lines))
            os._exit(0)
        os.waitpid(child, 0)
        text = answer.read()
        return json.loads(text) if text else []


def named(mapping: str) -> dict[str, str]:
    return {kind: each if isinstance(each, str) else each[0] for kind, each in getattr(modeling_auto, mapping).items()}


def write(old: dict, made: dict[str, list[dict]]) -> None:
    """Replaces the lines of the recorded kinds."""
    kept = [line for line in old["models"] if line["kind"] not in made]
    lines = sorted([*kept, *itertools.chain(*made.values())], key=lambda line: line["kind"])
    left = sorted({*(kind for kind in old["left"] if kind not in made), *(kind for kind in made if not made[kind])})
    rows = ",\n    ".join(json.dumps(line, separators=(",", ":"), default=str) for line in lines)
    head = json.dumps(dict(transformers=transformers.__version__, torch=torch.__version__.split("+")[0], left=left))
    FIXTURE.write_text(head[:-1] + ',\n  "models": [\n    ' + rows + "\n  ]\n}\n")


def main() -> None:
    masked = named("MODEL_FOR_MASKED_LM_MAPPING_NAMES")
    stacks = {**named("MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES"), **named("MODEL_FOR_SPEECH_SEQ_2_SEQ_MAPPING_NAMES")}
    causal = {**named("MODEL_FOR_CAUSAL_LM_MAPPING_NAMES"), **masked, **{kind: stacks[kind] for kind in STACKS}}
    old = json.loads(FIXTURE.read_text()) if sys.argv[1:] and FIXTURE.exists() else dict(models=[], left=[])
    wanted = {kind: name for kind, name in causal.items() if not sys.argv[1:] or kind in sys.argv[1:]}
    made = {}
    for kind, name in wanted.items():
        made[kind] = in_child(kind, name) if kind in CONFIG_MAPPING else []
        print(kind, len(made[kind]), file=sys.stderr, flush=True)
        write(old, made)


main()
