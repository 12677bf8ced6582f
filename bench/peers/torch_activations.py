"""Measures what PyTorch keeps for the backward pass, layer by layer: writes test/fixtures/torch-activations.json.

    python bench/peers/torch_activations.py > test/fixtures/torch-activations.json

Every model is small and random; transformers builds it from the settings recorded with its figures. `layerBytes` are the
storages that saved-tensor hooks see for one additional layer (each storage once, without weights), `outsideBytes` those
outside the layers. `peaks` come from PyTorch's own memory tracker over one entire step.
Needs torch, transformers and peft (requirements-activations.txt); everything runs on the CPU.
"""

import json
import logging
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

import peft
import torch
import transformers
from torch.distributed._tools.mem_tracker import MemTracker

transformers.logging.set_verbosity_error()

LLAMA = dict(
    vocab_size=1000,
    hidden_size=96,
    intermediate_size=256,
    num_attention_heads=8,
    num_key_value_heads=2,
    pad_token_id=0,
    bos_token_id=1,
    eos_token_id=2,
)
WIDE = dict(LLAMA, head_dim=16)
SMALL_GPT2 = dict(vocab_size=1000, n_embd=96, n_head=8, n_positions=128)
SMALL_BERT = dict(vocab_size=1000, hidden_size=96, intermediate_size=256, num_attention_heads=8, max_position_embeddings=128)
FAMILIES = [
    ("llama", LLAMA),
    ("llama", dict(WIDE, num_key_value_heads=8, intermediate_size=200)),
    ("mistral", WIDE),
    ("qwen2", LLAMA),
    ("qwen3", WIDE),
    ("gemma", WIDE),
    ("gemma2", WIDE),
    ("gemma3_text", WIDE),
    ("phi3", LLAMA),
    ("olmo2", LLAMA),
    ("granite", LLAMA),
    ("smollm3", LLAMA),
    ("glm4", WIDE),
    ("cohere", LLAMA),
    ("starcoder2", dict(LLAMA, residual_dropout=0.0, embedding_dropout=0.0)),
    ("starcoder2", dict(LLAMA, residual_dropout=0.1, embedding_dropout=0.1)),
    ("phi", dict(LLAMA, num_key_value_heads=8)),
    ("gpt_neox", dict(LLAMA, num_key_value_heads=8)),
    ("gpt2", dict(SMALL_GPT2, attn_pdrop=0.0, resid_pdrop=0.0, embd_pdrop=0.0)),
    ("gpt2", dict(SMALL_GPT2, attn_pdrop=0.1, resid_pdrop=0.1, embd_pdrop=0.1)),
    ("mixtral", dict(LLAMA, num_local_experts=4, num_experts_per_tok=2)),
    ("qwen3_moe", dict(WIDE, num_experts=6, num_experts_per_tok=3, moe_intermediate_size=64, norm_topk_prob=True)),
]
OTHERS = [
    ("opt", dict(vocab_size=1000, hidden_size=96, ffn_dim=256, num_attention_heads=8, word_embed_proj_dim=96, max_position_embeddings=128, dropout=0.0, attention_dropout=0.0)),
    ("bloom", dict(vocab_size=1000, hidden_size=96, n_head=8)),
    ("olmo", LLAMA),
    ("olmoe", dict(LLAMA, num_experts=4, num_experts_per_tok=2)),
    ("cohere2", WIDE),
    ("nemotron", LLAMA),
    ("qwen2_moe", dict(LLAMA, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=64, shared_expert_intermediate_size=128, decoder_sparse_step=1)),
    ("seed_oss", dict(WIDE, attention_dropout=0.0, residual_dropout=0.0)),
    ("granitemoe", dict(LLAMA, num_local_experts=4, num_experts_per_tok=2)),
    ("arcee", LLAMA),
    ("ernie4_5", WIDE),
    ("hunyuan_v1_dense", WIDE),
    ("gpt_bigcode", dict(SMALL_GPT2, attn_pdrop=0.0, resid_pdrop=0.0)),
    ("glm", WIDE),
    ("bert", dict(SMALL_BERT, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)),
    ("bert", dict(SMALL_BERT, hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1)),
    ("gpt_oss", dict(WIDE, num_local_experts=4, num_experts_per_tok=2)),
    (
        "deepseek_v3",
        dict(
            LLAMA,
            num_key_value_heads=8,
            n_routed_experts=8,
            n_shared_experts=1,
            num_experts_per_tok=2,
            moe_intermediate_size=64,
            first_k_dense_replace=0,
            n_group=2,
            topk_group=1,
            q_lora_rank=48,
            kv_lora_rank=32,
            qk_rope_head_dim=8,
            qk_nope_head_dim=16,
            v_head_dim=16,
        ),
    ),
]
LATENT = dict(kv_lora_rank=32, qk_rope_head_dim=8, qk_nope_head_dim=16, v_head_dim=16)
EXPERTS = dict(num_experts_per_tok=2, moe_intermediate_size=64)
DEEPSEEK = dict(LLAMA, **LATENT, **EXPERTS, num_key_value_heads=8, n_routed_experts=8, n_shared_experts=1, first_k_dense_replace=0, n_group=4, topk_group=2)
FALCON = dict(vocab_size=1000, hidden_size=96, num_attention_heads=8, bias=False, alibi=False)
STILL_BERT = dict(SMALL_BERT, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
# Settings that change what a family's layers keep, and families that share another's name in GGUF.
VARIANTS = [
    ("falcon", dict(FALCON, multi_query=True, parallel_attn=True)),
    ("falcon", dict(FALCON, num_kv_heads=2, new_decoder_architecture=True)),
    ("falcon", dict(FALCON, num_kv_heads=1, new_decoder_architecture=True, num_ln_in_parallel_attn=1)),
    ("stablelm", dict(LLAMA, partial_rotary_factor=0.5)),
    ("stablelm", dict(LLAMA, partial_rotary_factor=0.5, qk_layernorm=True, use_parallel_residual=True, hidden_dropout=0.1)),
    ("mpt", dict(vocab_size=1000, d_model=96, n_heads=8, max_seq_len=128)),
    ("olmo3", LLAMA),
    ("exaone4", dict(WIDE, sliding_window=16, sliding_window_pattern=4)),
    ("jais2", LLAMA),
    ("internlm3", WIDE),
    ("flex_olmo", dict(LLAMA, num_experts=4, num_experts_per_tok=2)),
    ("granitemoeshared", dict(LLAMA, num_local_experts=4, num_experts_per_tok=2, shared_intermediate_size=64)),
    ("deepseek_v2", dict(DEEPSEEK, topk_method="greedy", q_lora_rank=None)),
    ("deepseek_v2", dict(DEEPSEEK, topk_method="group_limited_greedy", q_lora_rank=48)),
    ("deepseek_v3", dict(DEEPSEEK, q_lora_rank=None, norm_topk_prob=False)),
    ("youtu", dict(LLAMA, **LATENT, num_key_value_heads=8, q_lora_rank=48)),
    ("dots1", dict(WIDE, **EXPERTS, n_routed_experts=8, n_shared_experts=1, first_k_dense_replace=0, n_group=1, topk_group=1)),
    ("glm4_moe", dict(WIDE, **EXPERTS, n_routed_experts=8, n_shared_experts=1, first_k_dense_replace=0, n_group=1, topk_group=1, use_qk_norm=True)),
    ("roberta", STILL_BERT),
    ("modernbert", dict(SMALL_BERT, pad_token_id=0, global_attn_every_n_layers=1)),
    ("phi", dict(LLAMA, num_key_value_heads=8, qk_layernorm=True, embd_pdrop=0.1)),
    ("phi3", dict(LLAMA, embd_pdrop=0.1, resid_pdrop=0.1)),
    ("cohere", dict(LLAMA, use_qk_norm=True)),
    ("olmo", dict(LLAMA, clip_qkv=8.0)),
    ("gpt_neox", dict(LLAMA, num_key_value_heads=8, use_parallel_residual=False, hidden_dropout=0.1)),
    ("gpt_bigcode", SMALL_GPT2),
    ("opt", dict(vocab_size=1000, hidden_size=96, ffn_dim=256, num_attention_heads=8, word_embed_proj_dim=96, max_position_embeddings=128)),
    ("llama", dict(LLAMA, attention_dropout=0.1)),
    ("olmo2", dict(LLAMA, attention_dropout=0.1)),
    ("gemma2", dict(WIDE, attn_logit_softcapping=None, final_logit_softcapping=None)),
    ("qwen2_moe", dict(LLAMA, **EXPERTS, num_experts=4, shared_expert_intermediate_size=128, decoder_sparse_step=1, hidden_act="gelu_new")),
]
ACTIVATIONS = ["relu", "relu2", "gelu_new", "gelu_fast", "quick_gelu", "gelu_python", "gelu_10", "tanh"]
# With one sequence the heads are contiguous, and products keep views instead of copies.
ALONE = [
    ("llama", dict(WIDE, num_key_value_heads=1)),
    ("llama", dict(LLAMA, num_key_value_heads=8)),
    ("phi3", dict(LLAMA, num_key_value_heads=1)),
    ("gpt_neox", dict(LLAMA, num_key_value_heads=8)),
    ("gpt_bigcode", dict(SMALL_GPT2, attn_pdrop=0.0, resid_pdrop=0.0, embd_pdrop=0.0)),
    ("olmo2", dict(LLAMA, num_key_value_heads=1)),
    ("ernie4_5", dict(WIDE, num_key_value_heads=1)),
    ("falcon", dict(FALCON, multi_query=True, parallel_attn=True)),
    ("deepseek_v3", dict(DEEPSEEK, q_lora_rank=48)),
]
# transformers lacks these, or has no flash attention for them on the CPU (dropout, a mask): there is nothing to compare with.
WITHOUT_FLASH = {"gemma2", "bloom", "gpt_oss", "deepseek_v2", "deepseek_v3", "youtu", "mpt", "falcon", "exaone4"}
RUNS = [
    dict(precision="bf16", attention="eager"),
    dict(precision="bf16", attention="flash"),
    dict(precision="fp32", attention="eager"),
    dict(precision="fp32", attention="flash"),
    dict(precision="amp-bf16", attention="eager"),
    dict(precision="amp-bf16", attention="flash"),
]
ADAPTED = [dict(run, adapter=dict(kind="lora", rank=8)) for run in RUNS if run["precision"] != "amp-bf16"]
ADAPTED += [dict(precision="amp-bf16", attention="flash", adapter=dict(kind="lora", rank=4))]
SIZES = [dict(batch=2, sequence=64), dict(batch=3, sequence=40)]
ODD = dict(batch=3, sequence=37)
ONE = dict(batch=1, sequence=37)
TARGETS = {
    "all": "all-linear",
    "attention": ["q_proj", "k_proj", "v_proj", "o_proj"],
    "feed-forward": ["gate_proj", "up_proj", "down_proj"],
    "queries-values": ["q_proj", "v_proj"],
}
ADAPTED_VARIANTS = [
    ("mixtral", dict(LLAMA, num_local_experts=4, num_experts_per_tok=2)),
    ("qwen2_moe", dict(LLAMA, **EXPERTS, num_experts=4, shared_expert_intermediate_size=128, decoder_sparse_step=1)),
    ("deepseek_v3", dict(DEEPSEEK, q_lora_rank=48)),
    ("gpt_neox", dict(LLAMA, num_key_value_heads=8)),
    ("opt", dict(vocab_size=1000, hidden_size=96, ffn_dim=256, num_attention_heads=8, word_embed_proj_dim=96, max_position_embeddings=128, dropout=0.0)),
    ("bloom", dict(vocab_size=1000, hidden_size=96, n_head=8)),
]


ENCODERS = {"bert", "roberta", "modernbert"}


def build(model_type, settings, layers, run):
    config = transformers.AutoConfig.for_model(model_type, **settings, num_hidden_layers=layers)
    adapter = run.get("adapter")
    half = run["precision"] == "bf16" or (adapter is not None and run["precision"].startswith("amp"))
    attention = "sdpa" if run["attention"] == "flash" else "eager"
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16 if half else torch.float32)
    family = transformers.AutoModelForMaskedLM if model_type in ENCODERS else transformers.AutoModelForCausalLM
    model = family.from_config(config, attn_implementation=attention)
    torch.set_default_dtype(default)
    if adapter is not None:
        targets = TARGETS[adapter.get("targets", "all")]
        settings = peft.LoraConfig(r=adapter["rank"], target_modules=targets, lora_dropout=0.0, task_type="CAUSAL_LM")
        model = peft.get_peft_model(model, settings)
    return model.train()


def kept_bytes(model_type, settings, layers, run, size):
    model = build(model_type, settings, layers, run)
    owned = {tensor.untyped_storage().data_ptr() for tensor in [*model.parameters(), *model.buffers()]}
    kept = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in owned:
            kept[storage.data_ptr()] = (storage.nbytes(), tensor)
        return tensor

    tokens = torch.randint(3, 1000, (size["batch"], size["sequence"]))
    mixed = torch.autocast("cpu", dtype=torch.bfloat16, enabled=run["precision"] == "amp-bf16")
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor), mixed:
        labels = tokens.clone() if model_type in ENCODERS else tokens
        model(input_ids=tokens, labels=labels, **({} if model_type in ENCODERS else {"use_cache": False}))
    return sum(each for each, _ in kept.values())


def layer_row(model_type, settings, run, size):
    two, three = (kept_bytes(model_type, settings, layers, run, size) for layers in (2, 3))
    row = dict(settings=dict(settings, model_type=model_type), run=dict(run, **size))
    return dict(row, layerBytes=three - two, outsideBytes=two - 2 * (three - two))


def totals(tracker, kind):
    return max(row["Total"] for row in tracker.get_tracker_snapshot(kind).values())


def step_row(model_type, settings, layers, run, size, optimizer):
    """Returns the peaks of the second step, when the optimizer's state exists: after forward, backward and update."""
    model = build(model_type, settings, layers, run)
    if run.get("checkpointing") == "full":
        model.gradient_checkpointing_enable()
    tokens = torch.randint(3, 1000, (size["batch"], size["sequence"]))
    parameters = list(model.parameters())
    if optimizer == "adamw":
        trained = torch.optim.AdamW(parameters, foreach=True)
    elif optimizer == "adafactor":
        trained = transformers.Adafactor(parameters)
    else:
        trained = torch.optim.SGD(parameters, momentum=0.9 if optimizer == "momentum" else 0.0, foreach=True)
    for parameter in parameters:
        parameter.grad = torch.zeros_like(parameter)
    trained.step()
    trained.zero_grad()
    tracker = MemTracker()
    tracker.track_external(model, trained, tokens)
    with tracker:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=run["precision"] == "amp-bf16"):
            loss = model(input_ids=tokens, labels=tokens, use_cache=False).loss
        forward = totals(tracker, "peak")
        loss.backward()
        backward = totals(tracker, "peak")
        del loss
    step = MemTracker()
    step.track_external(model, trained, tokens)
    with step:
        trained.step()
        update = totals(step, "peak")
    peaks = dict(forward=forward, forwardOrBackward=backward, step=update)
    return dict(settings=dict(settings, model_type=model_type, num_hidden_layers=layers), run=dict(run, **size, optimizer=optimizer), peaks=peaks)


LONG = dict(batch=2, sequence=512)
SHORT = dict(batch=1, sequence=32)
SMALL_VOCABULARY = dict(WIDE, vocab_size=1003, hidden_size=128)
STEPS = [
    ("llama", SMALL_VOCABULARY, 4, RUNS[0], LONG, "adamw"),
    ("llama", SMALL_VOCABULARY, 4, RUNS[1], LONG, "adamw"),
    ("llama", SMALL_VOCABULARY, 4, RUNS[2], LONG, "adamw"),
    ("llama", SMALL_VOCABULARY, 4, RUNS[1], SHORT, "adamw"),
    ("llama", SMALL_VOCABULARY, 4, RUNS[3], SHORT, "momentum"),
    ("llama", dict(SMALL_VOCABULARY, vocab_size=8000), 4, RUNS[1], LONG, "sgd"),
    ("llama", dict(SMALL_VOCABULARY, vocab_size=8000, tie_word_embeddings=True), 4, RUNS[1], SHORT, "adamw"),
    ("llama", SMALL_VOCABULARY, 4, dict(RUNS[1], checkpointing="full"), LONG, "adamw"),
    ("llama", SMALL_VOCABULARY, 4, dict(RUNS[0], checkpointing="full"), LONG, "sgd"),
    ("qwen3", SMALL_VOCABULARY, 3, RUNS[1], LONG, "adamw"),
    ("gemma3_text", SMALL_VOCABULARY, 3, RUNS[0], LONG, "sgd"),
    ("gpt2", dict(SMALL_GPT2, n_positions=512, attn_pdrop=0.0, resid_pdrop=0.0, embd_pdrop=0.0), 4, RUNS[0], LONG, "adamw"),
    ("llama", SMALL_VOCABULARY, 3, RUNS[4], LONG, "adamw"),
    ("llama", SMALL_VOCABULARY, 3, RUNS[5], SHORT, "adafactor"),
    ("llama", SMALL_VOCABULARY, 3, dict(RUNS[5], checkpointing="full"), LONG, "adamw"),
    ("llama", SMALL_VOCABULARY, 3, dict(RUNS[2], checkpointing="full"), LONG, "sgd"),
    ("gpt_neox", dict(SMALL_VOCABULARY, num_key_value_heads=8), 3, RUNS[3], LONG, "adamw"),
    ("mixtral", dict(SMALL_VOCABULARY, num_local_experts=4, num_experts_per_tok=2), 3, RUNS[3], LONG, "adafactor"),
]


def comparable(model_type, settings, run):
    # On the CPU autocast leaves BERT's softmax in 16 bits; on a GPU it does not.
    if model_type in ("bert", "roberta") and run["precision"].startswith("amp"):
        return False
    usual = 0.1 if model_type == "gpt_bigcode" else 0
    names = ("attn_pdrop", "attention_probs_dropout_prob", "attention_dropout")
    drops = settings.get(names[0], usual) > 0 or any(settings.get(name, 0) > 0 for name in names[1:])
    return run["attention"] == "eager" or not (drops or model_type in WITHOUT_FLASH)


def main():
    layers = []
    for families, sizes in ((FAMILIES, SIZES), (OTHERS, SIZES[:1])):
        for model_type, settings in families:
            for run in RUNS:
                if comparable(model_type, settings, run):
                    layers += [layer_row(model_type, settings, run, size) for size in sizes]
    for model_type, settings in FAMILIES[:5]:
        layers += [layer_row(model_type, settings, run, SIZES[0]) for run in ADAPTED]
    eager = [run for run in RUNS if run["attention"] == "eager"]
    for model_type, settings in VARIANTS:
        layers += [layer_row(model_type, settings, run, ODD) for run in RUNS if comparable(model_type, settings, run)]
    for name in ACTIVATIONS:
        layers += [layer_row("llama", dict(LLAMA, hidden_act=name), eager[0], ODD)]
    for model_type, settings in ALONE:
        layers += [layer_row(model_type, settings, run, ONE) for run in RUNS if comparable(model_type, settings, run)]
    for model_type, settings in ADAPTED_VARIANTS:
        runs = [dict(run, adapter=dict(kind="lora", rank=4)) for run in eager]
        layers += [layer_row(model_type, settings, run, ODD) for run in runs]
    for targets in ("attention", "feed-forward", "queries-values"):
        runs = [dict(run, adapter=dict(kind="lora", rank=8, targets=targets)) for run in RUNS]
        layers += [layer_row("llama", WIDE, run, ODD) for run in runs]
    steps = [step_row(*given) for given in STEPS]
    releases = dict(torch=torch.__version__.split("+")[0], transformers=transformers.__version__, peft=peft.__version__)
    head = json.dumps(dict(releases=releases, backend="cpu"))[1:-1]
    rows = ",\n    ".join(json.dumps(row) for row in layers)
    last = ",\n    ".join(json.dumps(row) for row in steps)
    print("{" + f'\n  {head},\n  "layers": [\n    {rows}\n  ],\n  "steps": [\n    {last}\n  ]\n' + "}")


if __name__ == "__main__":
    main()
