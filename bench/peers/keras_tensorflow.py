"""Trains the tasks with Keras on TensorFlow on the CPU; prints one JSON object on its last line.

    python bench/peers/keras_tensorflow.py mnist --batch 32 --data FOLDER --epochs 2
    python bench/peers/keras_tensorflow.py transformer --batch 16 --steps 20

Tries each way (compiled by XLA or not, one step or 32 in a call) for a moment and uses the fastest, unless --way names
one.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

from peer_arguments import TRANSFORMER, choose, not_measured, print_result, read_arguments
from peer_arguments import least_seconds, median_seconds, seconds

try:
    import keras
    import numpy as np
    import tensorflow
    from keras import layers, ops

    from mnist_files import random_tokens, read_digits
except ImportError as error:
    not_measured("keras", f"no Keras on TensorFlow: {error} (bench/peers/README.md)")

# Steps in one call of the compiled function: the same network and the same updates, with less time between steps.
WAYS = {
    "mnist": ["plain", "xla", "plain, 32 steps a call", "xla, 32 steps a call"],
    "transformer": ["plain", "xla"],
}


def compiled(model, way, loss, rate):
    model.compile(
        optimizer=keras.optimizers.Adam(rate, epsilon=1e-7),
        loss=loss,
        jit_compile=way.startswith("xla"),
        steps_per_execution=32 if "32" in way else 1,
    )
    return model


def digits_model(way):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            layers.Input((28, 28)),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    return compiled(model, way, "sparse_categorical_crossentropy", 0.001)


class Positions(layers.Layer):
    """Adds a learned position to each token of the context."""

    def build(self, shape):
        self.weight = self.add_weight(shape=shape[1:], initializer=keras.initializers.RandomNormal(stddev=0.02))

    def call(self, x):
        return x + self.weight


class Attention(layers.Layer):
    """Causal attention; input: query, key and value joined, [batch, context, 3 * width]."""

    def __init__(self, heads):
        super().__init__()
        self.heads = heads

    def build(self, shape):
        context = shape[1]
        blocked = np.triu(np.full((context, context), -1e9, np.float32), 1)
        self.mask = ops.convert_to_tensor(blocked)

    def call(self, qkv):
        context, width = qkv.shape[1], qkv.shape[2] // 3
        parts = (ops.reshape(part, (-1, context, self.heads, width // self.heads)) for part in ops.split(qkv, 3, -1))
        query, key, value = (ops.transpose(part, (0, 2, 1, 3)) for part in parts)
        scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2))) / (width // self.heads) ** 0.5 + self.mask
        read = ops.matmul(ops.softmax(scores), value)
        return ops.reshape(ops.transpose(read, (0, 2, 1, 3)), (-1, context, width))


def transformer_model(way):
    keras.utils.set_random_seed(1)
    size = TRANSFORMER
    width = size["width"]

    def dense(units, activation=None):
        return layers.Dense(units, activation, kernel_initializer=keras.initializers.RandomNormal(stddev=0.02))

    def gelu(x):
        return ops.gelu(x, approximate=False)

    tokens = layers.Input((size["context"],), dtype="int32")
    x = layers.Embedding(size["vocabulary"], width, keras.initializers.RandomNormal(stddev=0.02))(tokens)
    x = Positions()(x)
    for _ in range(size["layers"]):
        qkv = dense(3 * width)(layers.LayerNormalization(epsilon=1e-5)(x))
        x = x + dense(width)(Attention(size["heads"])(qkv))
        inner = dense(size["mlp"], gelu)(layers.LayerNormalization(epsilon=1e-5)(x))
        x = x + dense(width)(inner)
    logits = dense(size["vocabulary"])(layers.LayerNormalization(epsilon=1e-5)(x))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return compiled(keras.Model(tokens, logits), way, loss, 3e-4)


def run_mnist(options):
    images, labels = read_digits(options.data, "train")
    test_images, test_labels = read_digits(options.data, "t10k")
    images, test_images = images.reshape(-1, 28, 28), test_images.reshape(-1, 28, 28)

    def train(model, steps=None):
        rows = None if steps is None else steps * options.batch
        model.fit(images[:rows], labels[:rows], batch_size=options.batch, epochs=1, verbose=0)

    def measure(way):
        model = digits_model(way)
        train(model, 160)
        return least_seconds(lambda: train(model, 160)) / min(160, -(-len(images) // options.batch))

    way, milliseconds, faults = choose(WAYS["mnist"], options.way, measure)
    model = digits_model(way)
    train(model, 300)
    train(model)  # An untimed epoch: the last, smaller batch is traced separately.
    times = [seconds(lambda: train(model)) for _ in range(options.epochs)]
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    loss, accuracy = model.evaluate(test_images, test_labels, batch_size=1000, verbose=0)
    return {
        "way": way,
        "wayMilliseconds": milliseconds,
        "faults": faults,
        "epochSeconds": times,
        "stepsAnEpoch": -(-len(images) // options.batch),
        "testLoss": loss,
        "testAccuracy": accuracy,
    }


def run_transformer(options):
    def batch(seed):
        drawn = random_tokens(options.batch, TRANSFORMER["context"], TRANSFORMER["vocabulary"], seed)
        return drawn[0].astype(np.int32), drawn[1].astype(np.int32)

    def measure(way):
        model = transformer_model(way)
        for _ in range(2):
            model.train_on_batch(*batches[0])
        return least_seconds(lambda: model.train_on_batch(*batches[0]))

    batches = [batch(seed) for seed in range(1, options.steps + 3)]
    way, milliseconds, faults = choose(WAYS["transformer"], options.way, measure)
    model = transformer_model(way)
    # train_on_batch returns the mean of all losses since reset_metrics.
    losses = []

    def step(index):
        model.reset_metrics()
        losses.append(float(model.train_on_batch(*batches[index])))

    step(0)
    step(1)
    time = median_seconds(lambda index: step(2 + index), options.steps)
    return {
        "way": way,
        "wayMilliseconds": milliseconds,
        "faults": faults,
        "gelu": "erf",
        "steps": options.steps,
        "stepSeconds": time,
        "tokensPerSecond": options.batch * TRANSFORMER["context"] / time,
        "firstLoss": losses[0],
        "lastLoss": losses[-1],
        "parameters": model.count_params(),
    }


def main():
    options = read_arguments(WAYS)
    tensorflow.config.threading.set_intra_op_parallelism_threads(options.threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(options.threads)
    run = {"mnist": run_mnist, "transformer": run_transformer}[options.task]
    version = f"{keras.__version__} on TensorFlow {tensorflow.__version__}"
    common = {"peer": "keras", "version": version, "task": options.task, "batch": options.batch}
    print_result({**common, "threads": options.threads, **run(options)})


main()
