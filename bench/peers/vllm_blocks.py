"""Runs vLLM's own planning of its cache: writes test/fixtures/vllm-blocks.json.

    python bench/peers/vllm_blocks.py 0.19=FOLDER 0.21=FOLDER 0.33=FOLDER > test/fixtures/vllm-blocks.json

FOLDER holds the source of that release (`pip download --no-clean --no-deps --no-binary vllm vllm==0.21.0` unpacks it).
Its modules that plan the cache (`v1/kv_cache_interface.py`, `v1/core/kv_cache_utils.py` and what they were split into,
`platforms/interface.py`, the shapes of recurrent states, `distributed/utils.py`) run unchanged; empty stand-ins replace
the rest of vLLM, so neither a GPU nor an installed vLLM is needed. The configurations of transformers say which layers see
a window, as vLLM reads them. `flags` are the names of `vllm serve`'s options, from
`arg_utils.py`; `cacheTypes` and `quantizations` the values that two of them accept.
Needs torch and transformers (requirements-activations.txt).
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import logging
import re
import subprocess
import sys
import types
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

GIB = 2**30
REAL = (
    "vllm.v1.kv_cache_interface",
    "vllm.v1.kv_cache_layout",
    "vllm.v1.kv_cache_spec_registry",
    "vllm.v1.core.kv_cache_utils",
    "vllm.v1.core.kv_cache_planning",
    "vllm.utils.math_utils",
    "vllm.utils.torch_utils",
    "vllm.v1.attention.backends.registry",
    "vllm.model_executor.layers.mamba.mamba_utils",
    "vllm.platforms.interface",
    "vllm.distributed.utils",
)


class Anything:
    """A stand-in that accepts every call and has every attribute."""

    def __call__(self, *_, **__):
        return self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self


class StandIn(types.ModuleType):
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        made = type(name, (), {}) if name[:1].isupper() else Anything()
        setattr(self, name, made)
        return made


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, source):
        self.source = source

    def find_spec(self, name, path=None, target=None):
        if name != "vllm" and not name.startswith("vllm."):
            return None
        if name in REAL:
            file = self.source.joinpath(*name.split(".")).with_suffix(".py")
            if file.exists():
                return importlib.util.spec_from_file_location(name, file)
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return StandIn(spec.name)

    def exec_module(self, module):
        pass


# Settings of config.json, as published, without sizes that the cache does not depend on.
LLAMA = dict(hidden_size=4096, intermediate_size=14336, num_attention_heads=32, num_key_value_heads=8, vocab_size=128256)
MODELS = {
    "Llama 3.1 8B": dict(LLAMA, model_type="llama", num_hidden_layers=32, max_position_embeddings=131072),
    "Llama 3.3 70B": dict(LLAMA, model_type="llama", hidden_size=8192, intermediate_size=28672, num_hidden_layers=80, num_attention_heads=64, max_position_embeddings=131072),
    "Mistral 7B v0.1": dict(LLAMA, model_type="mistral", num_hidden_layers=32, sliding_window=4096, max_position_embeddings=32768),
    "Phi-3 mini 4k": dict(LLAMA, model_type="phi3", hidden_size=3072, intermediate_size=8192, num_key_value_heads=32, num_hidden_layers=32, sliding_window=2047, max_position_embeddings=4096),
    "Qwen2.5 7B": dict(LLAMA, model_type="qwen2", hidden_size=3584, intermediate_size=18944, num_attention_heads=28, num_key_value_heads=4, num_hidden_layers=28, max_position_embeddings=32768, use_sliding_window=False, sliding_window=131072, max_window_layers=28),
    "Qwen3 30B A3B": dict(LLAMA, model_type="qwen3_moe", hidden_size=2048, intermediate_size=6144, moe_intermediate_size=768, num_experts=128, num_experts_per_tok=8, num_key_value_heads=4, head_dim=128, num_hidden_layers=48, max_position_embeddings=40960),
    "Gemma 2 9B": dict(LLAMA, model_type="gemma2", hidden_size=3584, num_attention_heads=16, head_dim=256, num_hidden_layers=42, sliding_window=4096, max_position_embeddings=8192),
    "Gemma 3 1B": dict(LLAMA, model_type="gemma3_text", hidden_size=1152, intermediate_size=6912, num_attention_heads=4, num_key_value_heads=1, head_dim=256, num_hidden_layers=26, sliding_window=512, sliding_window_pattern=6, max_position_embeddings=32768),
    "Gemma 3 27B": dict(LLAMA, model_type="gemma3_text", hidden_size=5376, intermediate_size=21504, num_key_value_heads=16, head_dim=128, num_hidden_layers=62, sliding_window=1024, sliding_window_pattern=6, max_position_embeddings=131072),
    "Gemma 3n E4B": dict(model_type="gemma3n_text", max_position_embeddings=32768, num_hidden_layers=35, num_kv_shared_layers=15),
    "gpt-oss 20B": dict(LLAMA, model_type="gpt_oss", hidden_size=2880, intermediate_size=2880, num_attention_heads=64, head_dim=64, num_hidden_layers=24, num_local_experts=32, num_experts_per_tok=4, sliding_window=128, max_position_embeddings=131072),
    "gpt-oss 120B": dict(LLAMA, model_type="gpt_oss", hidden_size=2880, intermediate_size=2880, num_attention_heads=64, head_dim=64, num_hidden_layers=36, num_local_experts=128, num_experts_per_tok=4, sliding_window=128, max_position_embeddings=131072),
    "Command R7B": dict(LLAMA, model_type="cohere2", num_hidden_layers=32, sliding_window=4096, sliding_window_pattern=4, max_position_embeddings=131072),
    "Llama 4 Scout": dict(LLAMA, model_type="llama4_text", hidden_size=5120, intermediate_size=8192, intermediate_size_mlp=16384, num_attention_heads=40, head_dim=128, num_hidden_layers=48, num_local_experts=16, num_experts_per_tok=1, attention_chunk_size=8192, max_position_embeddings=1048576),
    "DeepSeek V2 Lite": dict(model_type="deepseek_v2", hidden_size=2048, intermediate_size=10944, moe_intermediate_size=1408, n_routed_experts=64, num_experts_per_tok=6, n_shared_experts=2, first_k_dense_replace=1, num_hidden_layers=27, num_attention_heads=16, num_key_value_heads=16, kv_lora_rank=512, q_lora_rank=None, qk_nope_head_dim=128, qk_rope_head_dim=64, v_head_dim=128, vocab_size=102400, max_position_embeddings=163840),
    "DeepSeek V3": dict(model_type="deepseek_v3", hidden_size=7168, intermediate_size=18432, moe_intermediate_size=2048, n_routed_experts=256, num_experts_per_tok=8, n_shared_experts=1, first_k_dense_replace=3, num_hidden_layers=61, num_attention_heads=128, num_key_value_heads=128, kv_lora_rank=512, q_lora_rank=1536, qk_nope_head_dim=128, qk_rope_head_dim=64, v_head_dim=128, vocab_size=129280, max_position_embeddings=163840),
    "DeepSeek V3.2": dict(model_type="deepseek_v32", hidden_size=7168, intermediate_size=18432, moe_intermediate_size=2048, n_routed_experts=256, num_experts_per_tok=8, n_shared_experts=1, first_k_dense_replace=3, num_hidden_layers=61, num_attention_heads=128, num_key_value_heads=128, kv_lora_rank=512, q_lora_rank=1536, qk_nope_head_dim=128, qk_rope_head_dim=64, v_head_dim=128, index_topk=2048, index_head_dim=128, index_n_heads=64, vocab_size=129280, max_position_embeddings=163840),
    "Jamba v0.1": dict(model_type="jamba", hidden_size=4096, intermediate_size=14336, num_hidden_layers=32, num_attention_heads=32, num_key_value_heads=8, attn_layer_period=8, attn_layer_offset=4, expert_layer_period=2, expert_layer_offset=1, num_experts=16, num_experts_per_tok=2, mamba_d_state=16, mamba_d_conv=4, mamba_expand=2, mamba_dt_rank=256, vocab_size=65536, max_position_embeddings=262144),
    "Falcon H1 1.5B": dict(model_type="falcon_h1", hidden_size=2048, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=8, num_key_value_heads=2, head_dim=128, mamba_d_ssm=3072, mamba_d_state=256, mamba_n_heads=48, mamba_d_head=64, mamba_n_groups=1, mamba_d_conv=4, vocab_size=65536, max_position_embeddings=131072),
    "Granite 4 tiny": dict(model_type="granitemoehybrid", hidden_size=1536, intermediate_size=512, shared_intermediate_size=1024, num_hidden_layers=40, num_attention_heads=12, num_key_value_heads=4, layer_types=["attention" if i in (5, 15, 25, 35) else "mamba" for i in range(40)], num_local_experts=64, num_experts_per_tok=6, mamba_n_heads=48, mamba_d_head=64, mamba_d_state=128, mamba_n_groups=1, mamba_d_conv=4, mamba_expand=2, vocab_size=100352, max_position_embeddings=131072),
    "Nemotron-H 8B": dict(model_type="nemotron_h", hidden_size=4096, intermediate_size=21504, num_hidden_layers=52, hybrid_override_pattern="M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M-", num_attention_heads=32, num_key_value_heads=8, head_dim=128, attention_head_dim=128, mamba_num_heads=128, mamba_head_dim=64, ssm_state_size=128, n_groups=8, conv_kernel=4, expand=2, vocab_size=131072, max_position_embeddings=8192),
    "Qwen3-Next 80B": dict(model_type="qwen3_next", hidden_size=2048, intermediate_size=5120, moe_intermediate_size=512, shared_expert_intermediate_size=512, num_experts=512, num_experts_per_tok=10, num_hidden_layers=48, num_attention_heads=16, num_key_value_heads=2, head_dim=256, full_attention_interval=4, linear_num_key_heads=16, linear_num_value_heads=32, linear_key_head_dim=128, linear_value_head_dim=128, linear_conv_kernel_dim=4, vocab_size=151936, max_position_embeddings=262144),
    "LFM2 1.2B": dict(model_type="lfm2", hidden_size=2048, block_ff_dim=12288, num_hidden_layers=16, num_attention_heads=32, num_key_value_heads=8, full_attn_idxs=[2, 5, 8, 10, 12, 14], conv_L_cache=3, vocab_size=65536, max_position_embeddings=128000),
    "Falcon Mamba 7B": dict(model_type="falcon_mamba", hidden_size=4096, intermediate_size=8192, num_hidden_layers=64, state_size=16, conv_kernel=4, expand=2, vocab_size=65024, max_position_embeddings=32768),
}
WINDOWED = {"sliding_attention"}


def window_of(config, hf, layer):
    """Returns the window that vLLM's model gives a layer: from `layer_types`, else the same for all."""
    kinds = getattr(hf, "layer_types", None)
    window = getattr(hf, "sliding_window", None)
    if config["model_type"] == "qwen2" and not config.get("use_sliding_window"):
        return None
    if kinds and config["model_type"] not in ("mistral", "phi3"):
        return window if kinds[layer] in WINDOWED else None
    return window if config["model_type"] in ("mistral", "phi3", "mixtral", "starcoder2") else None


def states_of(shapes, config, ranks):
    """Returns the shapes of a layer's recurrent state by vLLM's own calculator."""
    kind = config["model_type"]
    if kind == "jamba":
        return shapes.mamba1_state_shape(ranks, config["mamba_expand"] * config["hidden_size"], config["mamba_d_state"], config["mamba_d_conv"])
    if kind == "falcon_mamba":
        return shapes.mamba1_state_shape(ranks, config["intermediate_size"], config["state_size"], config["conv_kernel"])
    if kind == "lfm2":
        return shapes.short_conv_state_shape(ranks, config["hidden_size"], config["conv_L_cache"])
    if kind == "qwen3_next":
        return shapes.gated_delta_net_state_shape(ranks, config["linear_num_key_heads"], config["linear_num_value_heads"], config["linear_key_head_dim"], config["linear_value_head_dim"], config["linear_conv_kernel_dim"])
    names = (
        ("mamba_num_heads", "mamba_head_dim", "n_groups", "ssm_state_size", "conv_kernel")
        if kind == "nemotron_h"
        else ("mamba_n_heads", "mamba_d_head", "mamba_n_groups", "mamba_d_state", "mamba_d_conv")
    )
    heads, width, groups, states, kernel = (config[name] for name in names)
    return shapes.mamba2_state_shape(tp_world_size=ranks, intermediate_size=heads * width, n_groups=groups, num_heads=heads, head_dim=width, state_size=states, conv_kernel=kernel)


def mixers(config, layers):
    """Returns what each layer mixes with: attention, a recurrent state, both or nothing."""
    kind = config["model_type"]
    if kind == "falcon_h1":
        return [("attention", "state")] * layers
    if kind == "falcon_mamba":
        return [("state",)] * layers
    if kind == "nemotron_h":
        return [{"M": ("state",), "*": ("attention",)}.get(c, ()) for c in config["hybrid_override_pattern"]]
    if kind == "granitemoehybrid":
        return [("attention",) if t == "attention" else ("state",) for t in config["layer_types"]]
    if kind == "lfm2":
        return [("attention",) if i in config["full_attn_idxs"] else ("state",) for i in range(layers)]
    if kind == "qwen3_next":
        return [("attention",) if (i + 1) % config["full_attention_interval"] == 0 else ("state",) for i in range(layers)]
    if kind == "jamba":
        return [("attention",) if i % config["attn_layer_period"] == config["attn_layer_offset"] else ("state",) for i in range(layers)]
    return [("attention",)] * layers


class Planner:
    def __init__(self, release, source):
        sys.meta_path.insert(0, Finder(source))
        import torch

        self.torch = torch
        self.release = release
        self.source = source
        import vllm.distributed.utils as distributed
        import vllm.distributed
        import vllm.envs as envs
        import vllm.platforms.interface as platforms
        import vllm.v1.core.kv_cache_utils as utils
        import vllm.v1.kv_cache_interface as specs

        vllm.distributed.divide = distributed.divide
        envs.VLLM_PP_LAYER_PARTITION = None
        import vllm.model_executor.layers.mamba.mamba_utils as mamba

        mamba.get_conv_state_layout = lambda: "SD"
        self.distributed, self.shapes, self.platforms = distributed, mamba.MambaStateShapeCalculator, platforms
        self.specs, self.utils, self.planning = specs, utils, utils
        if (source / "vllm/v1/core/kv_cache_planning.py").exists():
            import vllm.v1.core.kv_cache_planning as planning

            self.planning = planning
            planning.get_hisparse_kv_cache_groups = lambda *_: None
            planning.KVCacheSpecRegistry.check_kv_cache_spec_registry = classmethod(lambda *_: None)
            for kind in (specs.FullAttentionSpec, specs.SlidingWindowSpec, specs.MambaSpec, specs.ChunkedLocalAttentionSpec):
                planning.KVCacheSpecRegistry.register(kind, object, kind)
            builder = planning.DefaultKVCacheConfigBuilder
            builder.__abstractmethods__ = frozenset()
            if not hasattr(builder, "_get_pool_bytes_per_block"):
                builder._get_pool_bytes_per_block = lambda self, config, groups: planning._pool_bytes_per_block(config, groups)
            sys.modules["vllm.v1.core.kv_cache_config_builder"].get_kv_cache_config_builder = lambda _: builder()

    def settings(self, case):
        spaces = types.SimpleNamespace
        cache = spaces(block_size=case["block"], cache_dtype=case["type"], mamba_cache_mode="none", mamba_block_size=None, user_specified_block_size=True, user_specified_mamba_block_size=False, mamba_page_size_padded=None, num_gpu_blocks_override=None, kv_cache_dtype_skip_layers=None, kv_cache_layout=None, prefix_cache_retention_interval=None, hash_block_size=None, enable_prefix_caching=False)
        if self.release == "0.33":
            cache.mamba_cache_mode = "align"
            layout = sys.modules["vllm.v1.kv_cache_layout"].KVCacheLayout.LBNHC
            cache.get_resolved_kv_cache_layout = lambda: layout
        pipeline = case["pp"]
        parallel = spaces(decode_context_parallel_size=1, prefill_context_parallel_size=1, tensor_parallel_size=case["tp"], pipeline_parallel_size=pipeline)
        chunked = case["config"]["model_type"].startswith("llama4")
        return spaces(
            cache_config=cache,
            parallel_config=parallel,
            model_config=spaces(max_model_len=case["length"], original_max_model_len=case["length"], supports_kv_cache_grouping=False, dtype=self.torch.bfloat16),
            # vLLM turns the hybrid manager off for chunked attention (config/vllm.py).
            scheduler_config=spaces(max_num_batched_tokens=case["batched"], disable_hybrid_kv_cache_manager=chunked),
            max_in_flight_tokens=case["batched"] * (pipeline + 1),
            speculative_config=None,
            num_prefill_lookahead_tokens=0,
            attention_config=spaces(hisparse_config=None),
        )

    def align(self, settings, case, attention, state_shapes, state_types, latent):
        """Returns the blocks of hybrid models, by vLLM's own rule."""
        torch, specs = self.torch, self.specs
        modules = sys.modules
        heads, width = attention
        model = settings.model_config
        model.use_mla = latent
        model.get_num_kv_heads = lambda _: heads
        model.get_head_size = lambda: width
        model.architecture = "any"
        model.is_hybrid = True
        named = {"auto": torch.bfloat16, "fp8": torch.uint8}
        import vllm.model_executor.models as registry
        import vllm.v1.attention.backend as backend
        from vllm.utils import torch_utils

        torch_utils.STR_DTYPE_TO_TORCH_DTYPE.update(fp8=named["fp8"])
        states = types.SimpleNamespace(
            get_mamba_state_shape_from_config=lambda _: state_shapes,
            get_mamba_state_dtype_from_config=lambda _: state_types,
        )
        if not hasattr(specs, "AttentionSpec"):
            raise RuntimeError("no specs")
        registry.ModelRegistry = types.SimpleNamespace(resolve_model_cls=lambda *_, **__: (states, None))

        class MultipleOf:
            base = 16

        backend.MultipleOf = MultipleOf

        class Scope:
            def __enter__(self):
                return self

            def __exit__(self, *_):
                return False

        import vllm.config.vllm as scoped

        scoped.set_current_vllm_config = lambda _: Scope()
        kernels = types.SimpleNamespace(get_supported_kernel_block_sizes=lambda *_: [MultipleOf()], customize_spec=lambda spec: spec)
        import vllm.model_executor.layers.mamba.abstract as abstract

        abstract.get_mamba_prefill_checkpoint_alignment = lambda _: None
        platform = self.platforms.Platform
        platform._find_non_ssm_backends = classmethod(lambda *_: [kernels])
        platform._align_hybrid_block_size(settings, kernels)

    def layer_specs(self, case, settings):
        import transformers

        torch, specs, config = self.torch, self.specs, case["config"]
        kind = config["model_type"]
        read_as = "deepseek_v3" if kind == "deepseek_v32" else kind
        known = transformers.AutoConfig.for_model(read_as, **{k: v for k, v in config.items() if k != "model_type"})
        layers = config["num_hidden_layers"]
        element = torch.bfloat16 if case["type"] == "auto" else torch.uint8
        ranks = case["tp"]
        latent = "kv_lora_rank" in config
        heads = getattr(known, "num_key_value_heads", None) or getattr(known, "num_attention_heads", 0)
        width = config.get("head_dim") or getattr(known, "head_dim", None)
        if width is None and heads:
            width = config["hidden_size"] // config["num_attention_heads"]
        mixed = mixers(config, layers)
        rank_heads = max(1, heads // ranks)
        attention = (1, config["kv_lora_rank"] + config["qk_rope_head_dim"]) if latent else (rank_heads, width)
        state = None
        if any("state" in each for each in mixed):
            shapes = tuple(states_of(self.shapes, config, ranks))
            conv = torch.bfloat16
            ssm = torch.float32 if kind == "nemotron_h" else torch.bfloat16
            types_of = (conv, ssm)[: len(shapes)]
            if any("attention" in each for each in mixed):
                self.align(settings, case, attention, shapes, types_of, latent)
            state = dict(shapes=shapes, dtypes=types_of, block_size=settings.cache_config.mamba_block_size or settings.model_config.max_model_len, page_size_padded=settings.cache_config.mamba_page_size_padded, mamba_cache_mode=settings.cache_config.mamba_cache_mode)
        block = settings.cache_config.block_size
        own = layers - config.get("num_kv_shared_layers", 0)
        found = {}
        for layer, parts in enumerate(mixed):
            if "attention" in parts and layer < own:
                if "index_topk" in config:
                    found[f"model.layers.{layer}.indexer"] = self.indexer_spec(config, block)
                found[f"model.layers.{layer}.attn"] = self.attention_spec(config, known, layer, block, attention, element, latent)
            if "state" in parts:
                found[f"model.layers.{layer}.mamba"] = specs.MambaSpec(**state)
        return found

    def indexer_spec(self, config, block):
        """Returns the cache of sparse attention's keys: one byte each, and a scale of four bytes for 128 (models/deepseek_v2.py)."""
        width = config["index_head_dim"]
        newer = dict(head_size_v=0) if self.release == "0.33" else {}
        return self.specs.MLAAttentionSpec(block_size=block, num_kv_heads=1, head_size=width + width // 128 * 4, dtype=self.torch.uint8, **newer)

    def attention_spec(self, config, known, layer, block, attention, element, latent):
        specs = self.specs
        heads, width = attention
        shared = dict(block_size=block, num_kv_heads=heads, head_size=width, dtype=element)
        if latent:
            packed = "index_topk" in config and element == self.torch.uint8
            if self.release == "0.33":
                shared["head_size_v"] = 0
                if packed:
                    shared["state_content_bytes"] = 656
            elif packed:
                shared["cache_dtype_str"] = "fp8_ds_mla"
            elif "index_topk" in config:
                shared["cache_dtype_str"] = "auto"
            return specs.MLAAttentionSpec(**shared)
        if config["model_type"].startswith("llama4"):
            chunk = getattr(known, "layer_types", None)
            if chunk and chunk[layer] == "chunked_attention":
                return specs.ChunkedLocalAttentionSpec(**shared, attention_chunk_size=config["attention_chunk_size"])
        window = window_of(config, known, layer)
        if window:
            return specs.SlidingWindowSpec(**shared, sliding_window=window)
        return specs.FullAttentionSpec(**shared)

    def plan(self, case):
        settings = self.settings(case)
        layers = self.layer_specs(case, settings)
        total = case["config"]["num_hidden_layers"]
        workers = []
        for stage in range(case["pp"]):
            start, end = self.distributed.get_pp_indices(total, stage, case["pp"])
            workers.append({n: s for n, s in layers.items() if start <= int(n.split(".")[2]) < end})
        length = case["length"]
        longest = length
        # A refusal names the length that fits on the first stage that is too small; this retries with that length.
        while True:
            try:
                configs = self.configs(settings, workers, case["memory"])
                break
            except ValueError as refusal:
                found = re.search(r"estimated maximum model length is (\d+)", str(refusal))
                if found is None:
                    return [None, 0, None, None]
                longest = int(found.group(1))
                settings.model_config.max_model_len = longest
        if longest < length:
            return [None, longest, None, None]
        shared = self.utils.get_max_concurrency_for_kv_cache_config(settings, configs[0])
        blocks = configs[0].num_blocks
        tokens = int(shared * length)
        if self.release == "0.19":
            groups = configs[0].kv_cache_groups
            tokens = blocks // len(groups) * min(group.kv_cache_spec.block_size for group in groups)
        return [blocks, length, tokens, shared]

    def configs(self, settings, workers, memory):
        planning = self.planning
        # A refused plan does not change the layers: vLLM's functions take copies.
        if hasattr(planning, "get_global_kv_cache_groups"):
            groups = planning.get_global_kv_cache_groups(settings, workers)
            return planning.get_kv_cache_configs(settings, workers, memory, *([groups] if takes_groups(planning) else []))
        return planning.get_kv_cache_configs(settings, workers, memory)


def takes_groups(planning):
    import inspect

    return "global_kv_cache_groups" in inspect.signature(planning.get_kv_cache_configs).parameters


def cases_of(config):
    """Lists the settings to plan a model with: ranks, stages, blocks, types, lengths, batches, memory."""
    most = config["max_position_embeddings"]
    heads = config.get("num_attention_heads", 128)
    ranks = [r for r in (1, 2, 4, 8) if heads % r == 0 and divides(config, r)]
    # LFM2 and Mamba states must divide too; all of these do.
    base = dict(tp=1, pp=1, block=16, type="auto", length=most, batched=8192, memory=[40 * GIB + 12345])
    found = [base, dict(base, memory=[GIB])]
    for tp in ranks[1:]:
        found.append(dict(base, tp=tp, memory=[20 * GIB + 1]))
    # A layer cannot read the cache of a layer in another stage.
    for pp in () if config.get("num_kv_shared_layers") else (2, 3, 4):
        found.append(dict(base, pp=pp, memory=[(9 - stage) * GIB for stage in range(pp)]))
    for block in (32, 64, 128):
        found.append(dict(base, block=block, length=min(most, 20000), batched=2048))
    found.append(dict(base, type="fp8", length=min(most, 9999)))
    if not config.get("num_kv_shared_layers"):
        found.append(dict(base, type="fp8", tp=ranks[-1], pp=2, block=64, batched=512, memory=[5 * GIB, 4 * GIB]))
    found.append(dict(base, length=1000, batched=16384, memory=[3 * GIB + 777]))
    found.append(dict(base, length=min(most, 4097), batched=256, memory=[123456789]))
    return found


def divides(config, ranks):
    heads = config.get("num_key_value_heads")
    return "kv_lora_rank" in config or heads is None or heads % ranks == 0 or ranks % heads == 0


def flags_of(source):
    text = (source / "vllm/engine/arg_utils.py").read_text()
    return sorted(set(re.findall(r'"(--[a-z][a-z0-9-]+)"', text)))


def words_of(source, path, name):
    """Returns the words that a Literal of the source allows."""
    found = re.search(rf"^{name} = Literal\[(.*?)\]", (source / path).read_text(), re.S | re.M)
    return sorted(set(re.findall(r'"([^"]+)"', found.group(1))))


def run(release, source):
    planner = Planner(release, source)
    rows = []
    for name, config in MODELS.items():
        # Before 0.21 the rule for blocks next to a recurrent state was in another file.
        if release == "0.19" and any("state" in each for each in mixers(config, config["num_hidden_layers"])):
            continue
        for case in cases_of(config):
            answer = planner.plan(dict(case, config=config))
            rows.append([name, case["tp"], case["pp"], case["block"], case["type"], case["length"], case["batched"], case["memory"], *answer])
    return dict(
        rows=rows,
        flags=flags_of(source),
        cacheTypes=words_of(source, "vllm/config/cache.py", "CacheDType"),
        quantizations=words_of(source, "vllm/model_executor/layers/quantization/__init__.py", "QuantizationMethods"),
    )


def main():
    if sys.argv[1] == "--one":
        print(json.dumps(run(sys.argv[2], Path(sys.argv[3]))))
        return
    releases = {}
    for argument in sys.argv[1:]:
        release, folder = argument.split("=", 1)
        made = subprocess.run([sys.executable, __file__, "--one", release, folder], check=True, capture_output=True, text=True)
        releases[release] = json.loads(made.stdout.splitlines()[-1])
    columns = ["model", "tensorParallel", "pipelineParallel", "blockTokens", "cacheType", "contextTokens", "batchedTokens", "available", "blocks", "longestContext", "tokens", "concurrency"]
    lines = [f'"columns": {json.dumps(columns)}', f'"models": {json.dumps(MODELS, separators=(",", ":"))}']
    for release, made in releases.items():
        rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in made["rows"])
        names = "".join(f'"{name}": {json.dumps(made[name])},\n' for name in ("flags", "cacheTypes", "quantizations"))
        lines.append(f'"{release}": {{{names}"rows": [\n{rows}\n]}}')
    print("{" + ",\n".join(lines) + "}")


main()
