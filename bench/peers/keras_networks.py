"""Prints networks as JSON: each as Keras serializes it, with the figures that Keras counts.

    python bench/peers/keras_networks.py layers > test/fixtures/keras-layers.json
    python bench/peers/keras_networks.py applications

`layers` prints a small network for every layer of Keras 3, called once on data to see that it runs; `applications` prints
every network of keras.applications, with and without its head, one per line. Neither has trained weights.
"""

import json
import math
import os
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
from keras import layers as L

# Settings that do not affect shapes or weights; with them the fixture would be five times as long.
LEFT_OUT = ("_initializer", "_constraint", "registered_name", "compile_config", "quantization_config")


def without(value):
    if isinstance(value, dict):
        return {k: without(v) for k, v in value.items() if not k.endswith(LEFT_OUT)}
    return [without(each) for each in value] if isinstance(value, list) else value


def elements(weights):
    return sum(math.prod(weight.shape) for weight in weights)


def said(model, name, strip):
    topology = json.loads(model.to_json())
    return {
        "name": name,
        "topology": without(topology) if strip else topology,
        "parameters": model.count_params(),
        "trainable": elements(model.trainable_weights),
        "outputs": [list(output.shape[1:]) for output in model.outputs],
        "layers": {
            layer.name: {
                "weights": [list(weight.shape) for weight in layer.weights],
                "outputs": [list(t.shape[1:]) for t in keras.tree.flatten(layer._inbound_nodes[-1].output_tensors)],
            }
            for layer in model.layers
        },
    }


def one(shape, *made):
    """Builds a network of consecutive layers over one input."""

    def build():
        x = given = keras.Input(shape)
        for layer in made:
            x = layer(x)
        return keras.Model(given, x)

    return shape, build


def called(shape, call):
    """Builds a network from a function of one input."""

    def build():
        given = keras.Input(shape)
        return keras.Model(given, call(given))

    return shape, build


LINE, STEPS, IMAGE, SOLID = (6,), (8, 4), (8, 6, 4), (4, 5, 6, 2)


def convolutions():
    for rank, shape in ((1, STEPS), (2, IMAGE), (3, SOLID)):
        plain, transposed = getattr(L, f"Conv{rank}D"), getattr(L, f"Conv{rank}DTranspose")
        yield one(shape, plain(4, 2, strides=2, padding="same", groups=2, activation="relu6"))
        yield one(shape, plain(3, 2, dilation_rate=2, use_bias=False))
        yield one(shape, transposed(3, 2, strides=3))
        yield one(shape, transposed(3, 1, strides=2, padding="same", output_padding=0))
        yield one(shape, transposed(3, 3, strides=2, padding="valid", output_padding=1))
    yield one(STEPS, L.Conv1D(3, 3, padding="causal", activation="silu"))
    for rank, shape in ((1, STEPS), (2, IMAGE)):
        yield one(shape, getattr(L, f"DepthwiseConv{rank}D")(3, depth_multiplier=2))
        yield one(shape, getattr(L, f"SeparableConv{rank}D")(5, 2, depth_multiplier=3, padding="same"))
    yield one((4, 6, 2), L.ConvLSTM1D(3, 2, return_sequences=True))
    yield one((3, 6, 5, 2), L.ConvLSTM2D(3, 2, strides=2, padding="same", use_bias=False))
    yield one((3, 4, 5, 4, 2), L.ConvLSTM3D(2, 2))


def pools():
    for rank, shape in ((1, STEPS), (2, IMAGE), (3, SOLID)):
        for name in ("Max", "Average"):
            yield one(shape, getattr(L, f"{name}Pooling{rank}D")(2, strides=1, padding="same"))
            yield one(shape, getattr(L, f"Global{name}Pooling{rank}D")(keepdims=name == "Max"))
            yield one(shape, getattr(L, f"Adaptive{name}Pooling{rank}D")(2))
        yield one(shape, getattr(L, f"Cropping{rank}D")(1))
        yield one(shape, getattr(L, f"ZeroPadding{rank}D")(2))
        yield one(shape, getattr(L, f"UpSampling{rank}D")(2))
        yield one(shape, getattr(L, f"SpatialDropout{rank}D")(0.2))


def recurrent():
    for reset in (True, False):
        yield one(STEPS, L.GRU(3, reset_after=reset, return_sequences=True))
    yield one(STEPS, L.LSTM(3, use_bias=False))
    yield one(STEPS, L.SimpleRNN(3, dropout=0.1))
    yield one(STEPS, L.RNN([L.LSTMCell(3), L.GRUCell(2), L.SimpleRNNCell(5)]))
    yield one(STEPS, L.Bidirectional(L.GRU(3, return_sequences=True), merge_mode="sum"))
    yield one(STEPS, L.Bidirectional(L.LSTM(3), backward_layer=L.LSTM(3, go_backwards=True)))
    yield one(STEPS, L.Bidirectional(L.RNN([L.LSTMCell(2), L.LSTMCell(3)])))
    yield one((5, 8, 6, 4), L.TimeDistributed(L.Conv2D(3, 2)), L.TimeDistributed(L.Flatten()))
    yield called(STEPS, lambda x: L.LSTM(3, return_state=True)(x)[1])


def attention():
    yield called(STEPS, lambda x: L.MultiHeadAttention(2, 3)(x, x))
    yield called(STEPS, lambda x: L.MultiHeadAttention(2, 3, value_dim=5, output_shape=(2, 3), use_bias=False)(x, x))
    yield called(STEPS, lambda x: L.MultiHeadAttention(2, 3, use_gate=True)(key=L.Dense(7)(x), value=x, query=L.Dense(5)(x)))
    yield called(IMAGE, lambda x: L.MultiHeadAttention(2, 3, attention_axes=(1, 2))(x, x))
    yield called(STEPS, lambda x: L.GroupQueryAttention(3, 4, 2)(x, x))
    yield called(STEPS, lambda x: L.GroupQueryAttention(3, 4, 2, use_gate=True, use_bias=False)(x, x))
    yield called(STEPS, lambda x: L.Attention(use_scale=True, score_mode="concat")([x, L.Conv1D(4, 3)(x)]))
    yield called(STEPS, lambda x: L.Attention()([x, L.Conv1D(4, 3)(x), L.Conv1D(4, 3)(x)]))
    yield called(STEPS, lambda x: L.AdditiveAttention()([x, x]))


def products():
    yield one(LINE, L.Dense(5, activation="leaky_relu"), L.Dense(3, use_bias=False))
    yield one(STEPS, L.EinsumDense("abc,cd->abd", output_shape=(None, 7), bias_axes="d"))
    yield one(STEPS, L.EinsumDense("abc,cde->abde", output_shape=(8, 2, 3), bias_axes="be"))
    yield one(STEPS, L.EinsumDense("...x,xy->...y", output_shape=7, bias_axes="y"))
    yield one(IMAGE, L.EinsumDense("abcd,cde->abe", output_shape=(8, 5)))
    yield one(LINE, L.Embedding(9, 4), L.Dense(2))
    yield one(LINE, L.ReversibleEmbedding(9, 4, tie_weights=False), L.Dense(2))

    def both_ways(x):
        shared = L.ReversibleEmbedding(9, 4)
        return L.Dense(2)(shared(L.Dense(4)(shared(x)), reverse=True))

    yield called(LINE, both_ways)
    yield one(LINE, L.SpectralNormalization(L.Dense(5)))
    yield one(IMAGE, L.SpectralNormalization(L.Conv2D(5, 2)))


def normalizations():
    yield one(IMAGE, L.BatchNormalization(axis=1, scale=False))
    yield one(IMAGE, L.BatchNormalization(renorm=True))
    yield one(IMAGE, L.LayerNormalization(axis=[1, -1], center=False))
    yield one(IMAGE, L.GroupNormalization(2))
    yield one(IMAGE, L.RMSNormalization())
    yield one(IMAGE, L.UnitNormalization())
    yield one(IMAGE, L.Normalization(axis=None), L.Normalization(axis=-1), L.Normalization(mean=1.0, variance=2.0))


def simple():
    for layer in (
        L.Activation("celu"), L.ReLU(6.0), L.LeakyReLU(), L.ELU(), L.Softmax([1, 2]), L.PReLU(shared_axes=[1, 2]), L.PReLU(),
        L.Dropout(0.2), L.GaussianNoise(0.1), L.GaussianDropout(0.1), L.AlphaDropout(0.1), L.ActivityRegularization(0.1),
        L.Masking(), L.Identity(), L.Flatten(), L.Reshape((-1, 12)), L.Permute((3, 1, 2)), L.Rescaling([0.5] * 4),
        L.Resizing(3, 5), L.CenterCrop(3, 5), L.RandomCrop(3, 5), L.AutoContrast(), L.Equalization(), L.Solarization(),
        L.RandomFlip(), L.RandomRotation(0.1), L.RandomZoom(0.1), L.RandomTranslation(0.1, 0.1), L.RandomContrast(0.1),
        L.RandomBrightness(0.1), L.RandomErasing(), L.RandomShear(), L.RandomInvert(), L.RandomPerspective(),
        L.RandomGaussianBlur(), L.RandomElasticTransform(), L.RandomPosterization(4), L.MixUp(), L.CutMix(),
    ):
        yield one(IMAGE, layer)
    for layer in (
        L.RandomHue(0.1), L.RandomSaturation(0.1), L.RandomSharpness(0.1), L.RandomGrayscale(), L.RandomColorJitter(),
        L.RandomColorDegeneration(0.1), L.RandAugment(), L.AugMix(), L.ContrastLimitedAdaptiveHistogramEqualization(),
    ):
        yield one((8, 6, 3), layer)
    yield one(LINE, L.RepeatVector(3))
    for mode in ("one_hot", "multi_hot", "count"):
        yield one(LINE, L.CategoryEncoding(7, output_mode=mode))
        yield one(LINE, L.IntegerLookup(vocabulary=[3, 4, 5], output_mode=mode, num_oov_indices=2))
    yield one(LINE, L.Hashing(7), L.Discretization([0.0, 1.0, 2.0], output_mode="one_hot"))
    yield one(LINE, L.Hashing(7, output_mode="multi_hot"))
    yield one((64,), L.MelSpectrogram(fft_length=16, sequence_stride=8, num_mel_bins=5))
    yield one((64, 2), L.STFTSpectrogram(mode="stft", frame_length=10, frame_step=4, fft_length=16))


def graphs():
    def functions(x):
        y = keras.ops.relu(x + 1.0) * x
        y = keras.ops.concatenate([y, x[:, :2]], axis=1)
        y = keras.ops.transpose(keras.ops.stack([y, y], axis=1), (0, 2, 1, 3))
        return keras.ops.softmax(L.Dense(3)(keras.ops.mean(y, axis=2)))

    yield called(STEPS, functions)

    def several(x):
        inner = keras.Sequential([keras.Input(STEPS), L.Dense(4), L.BatchNormalization()])
        inner.layers[0].trainable = False
        y = inner(inner(x))
        merged = [kind()([x, y]) for kind in (L.Add, L.Subtract, L.Multiply, L.Average, L.Maximum, L.Minimum)]
        return [L.Concatenate(axis=1)(merged), L.Dot(axes=-1, normalize=True)([x, y])]

    yield called(STEPS, several)


def networks():
    for part in (convolutions, pools, recurrent, attention, products, normalizations, simple, graphs):
        for number, (shape, build) in enumerate(part()):
            keras.backend.clear_session()
            try:
                model = build()
                results = keras.tree.flatten(model(np.ones((2, *shape), "float32")))
            except Exception as error:  # Some layers of a release do not run: they are left out and named.
                print(f"left out: {part.__name__} {number}: {str(error)[:200]}", file=sys.stderr)
                continue
            for result, output in zip(results, model.outputs, strict=True):
                fits = all(told in (None, size) for size, told in zip(result.shape, output.shape, strict=True))
                assert fits, (part.__name__, number, result.shape, output.shape)
            yield said(model, f"{part.__name__} {number}: {' '.join(type(l).__name__ for l in model.layers[1:])}", True)


if sys.argv[1:] == ["layers"]:
    lines = ",\n".join(json.dumps(each, separators=(",", ":")) for each in networks())
    print(f'{{"keras":"{keras.__version__}","networks":[\n{lines}\n]}}')
elif sys.argv[1:] == ["applications"]:
    for name in sorted(name for name in dir(keras.applications) if name[0].isupper()):
        for top in (True, False):
            keras.backend.clear_session()
            model = getattr(keras.applications, name)(weights=None, include_top=top)
            print(json.dumps(said(model, name if top else f"{name} without its head", False)), flush=True)
else:
    sys.exit(__doc__)
