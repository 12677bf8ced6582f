"""Trains the tasks with PyTorch on the CPU; prints one JSON object on its last line.

    python bench/peers/pytorch.py mnist --batch 32 --data FOLDER --epochs 2
    python bench/peers/pytorch.py transformer --batch 16 --steps 20

Tries each way (eager or compiled, forms of Adam) for a moment and uses the fastest, unless --way names one.
"""

import os

# Compiles in this process: a pool of compiler processes would occupy the cores that are measured.
os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")

from peer_arguments import TRANSFORMER, choose, not_measured, print_result, read_arguments
from peer_arguments import least_seconds, median_seconds, seconds

try:
    import torch
    import torch.nn.functional as F
    from torch import nn

    from mnist_files import random_tokens, read_digits
except ImportError as error:
    not_measured("pytorch", f"no PyTorch: {error} (bench/peers/README.md)")

# The values of Keras and TensorFlow.js, so that all peers compute the same.
EPSILON = 1e-7
FORMS = {"fused": {"fused": True}, "foreach": {"foreach": True}, "loop": {"foreach": False}}
WAYS = ["eager fused", "eager foreach", "eager loop", "compiled fused"]


def digits_network():
    layers = [nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)]
    for layer in layers[::2]:
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
    return nn.Sequential(*layers)


class Block(nn.Module):
    def __init__(self, width, heads, mlp):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, mlp), nn.Linear(mlp, width)

    def forward(self, x):
        batch, context, width = x.shape
        shape = (batch, context, self.heads, width // self.heads)
        query, key, value = (part.view(shape).transpose(1, 2) for part in self.qkv(self.norm1(x)).chunk(3, -1))
        read = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.out(read.transpose(1, 2).reshape(batch, context, width))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Transformer(nn.Module):
    def __init__(self, vocabulary, width, context, heads, layers, mlp):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.blocks = nn.Sequential(*(Block(width, heads, mlp) for _ in range(layers)))
        self.norm, self.output = nn.LayerNorm(width), nn.Linear(width, vocabulary)
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)

    def forward(self, tokens):
        x = self.tokens(tokens) + self.positions.weight
        return self.output(self.norm(self.blocks(x))).flatten(0, 1)


class Trainer:
    """A new network with its optimizer; `step` runs one training step and returns the loss."""

    def __init__(self, way, make_network, rate):
        torch.manual_seed(1)
        runner, form = way.split()
        self.network = make_network()
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=rate, eps=EPSILON, **FORMS[form])
        self.loss = lambda inputs, targets: F.cross_entropy(self.network(inputs), targets)
        if runner == "compiled":
            self.loss = torch.compile(self.loss, dynamic=False)

    def step(self, inputs, targets):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(inputs, targets)
        loss.backward()
        self.optimizer.step()
        return loss


def peak_bytes(trainer, inputs, targets):
    """Returns the peak bytes of tensors in a step: what existed before it, plus every allocation and release within it."""
    trainer.optimizer.zero_grad(set_to_none=True)
    tensors = [inputs, targets, *trainer.network.parameters(), *trainer.network.buffers()]
    tensors += [value for slots in trainer.optimizer.state.values() for value in slots.values()]
    found = sum(tensor.untyped_storage().nbytes() for tensor in tensors)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
        trainer.step(inputs, targets)
    changes = [event for event in profile.profiler.kineto_results.events() if event.name() == "[memory]"]
    used = most = 0
    for event in sorted(changes, key=lambda event: event.start_ns()):
        used += event.nbytes()
        most = max(most, used)
    return found + most


def run_mnist(options):
    images, labels = (torch.from_numpy(part) for part in read_digits(options.data, "train"))
    test_images, test_labels = (torch.from_numpy(part) for part in read_digits(options.data, "t10k"))
    size = options.batch

    def train(trainer, most_steps=None):
        """Runs an epoch, or some steps of it. Shuffles the entire set at once, so that batches are views."""
        order = torch.randperm(len(images))[: None if most_steps is None else most_steps * size]
        for inputs, targets in zip(images[order].split(size), labels[order].split(size)):
            trainer.step(inputs, targets)

    def measure(way):
        trainer = Trainer(way, digits_network, 0.001)
        train(trainer, 200)
        return least_seconds(lambda: train(trainer, 150)) / 150

    way, milliseconds, faults = choose(WAYS, options.way, measure)
    trainer = Trainer(way, digits_network, 0.001)
    train(trainer, 300)
    # The last batch of an epoch may be smaller; this compiles a compiled step for it.
    trainer.step(images[: len(images) % size or size], labels[: len(images) % size or size])
    times = [seconds(lambda: train(trainer)) for _ in range(options.epochs)]
    with torch.no_grad():
        logits = trainer.network(test_images)
        loss = F.cross_entropy(logits, test_labels).item()
        accuracy = (logits.argmax(1) == test_labels).float().mean().item()
    return {
        "way": way,
        "wayMilliseconds": milliseconds,
        "faults": faults,
        "epochSeconds": times,
        "stepsAnEpoch": -(-len(images) // size),
        "testLoss": loss,
        "testAccuracy": accuracy,
        "peakBytes": peak_bytes(trainer, images[:size].clone(), labels[:size].clone()),
    }


def run_transformer(options):
    def batch(seed):
        drawn = random_tokens(options.batch, TRANSFORMER["context"], TRANSFORMER["vocabulary"], seed)
        return torch.from_numpy(drawn[0]), torch.from_numpy(drawn[1]).flatten()

    def measure(way):
        trainer = make(way)
        for _ in range(2):
            trainer.step(*batches[0])
        return least_seconds(lambda: trainer.step(*batches[0]).item())

    def make(way):
        return Trainer(way, lambda: Transformer(**TRANSFORMER), 3e-4)

    batches = [batch(seed) for seed in range(1, options.steps + 3)]
    way, milliseconds, faults = choose(WAYS, options.way, measure)
    trainer = make(way)
    first = trainer.step(*batches[0]).item()
    trainer.step(*batches[1])
    losses = []
    time = median_seconds(lambda index: losses.append(trainer.step(*batches[2 + index]).item()), options.steps)
    return {
        "way": way,
        "wayMilliseconds": milliseconds,
        "faults": faults,
        "gelu": "erf",
        "steps": options.steps,
        "stepSeconds": time,
        "tokensPerSecond": options.batch * TRANSFORMER["context"] / time,
        "firstLoss": first,
        "lastLoss": losses[-1],
        "parameters": sum(value.numel() for value in trainer.network.parameters()),
        "peakBytes": peak_bytes(trainer, *batches[0]),
    }


def main():
    options = read_arguments({"mnist": WAYS, "transformer": WAYS})
    torch.set_num_threads(options.threads)
    run = {"mnist": run_mnist, "transformer": run_transformer}[options.task]
    common = {"peer": "pytorch", "version": torch.__version__, "task": options.task, "batch": options.batch}
    print_result({**common, "threads": options.threads, **run(options)})


main()
