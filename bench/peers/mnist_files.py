"""Reads the MNIST digits from their IDX files, and draws the random tokens that all peers share."""

import os

import numpy as np


def read_idx(path, dimensions):
    """Reads the unsigned bytes of an IDX file as an array (head: 0, 0, 8, dimensions, then each dimension, big-endian)."""
    with open(path, "rb") as file:
        data = file.read()
    head = 4 + 4 * dimensions
    if len(data) < head or int.from_bytes(data[:4], "big") != 0x0800 + dimensions:
        raise ValueError(f"{path}: byte 0: got no IDX head of unsigned bytes in {dimensions} dimensions")
    shape = np.frombuffer(data, ">u4", dimensions, 4).astype(int)
    if len(data) != head + shape.prod():
        raise ValueError(f"{path}: byte {head}: got {len(data) - head} bytes of data, allowed: {shape.prod()}")
    return np.frombuffer(data, np.uint8, offset=head).reshape(shape)


def read_digits(folder, part):
    """Reads "train" or "t10k": images [count, 784] as float32 from 0 to 1, and labels [count] as int64."""
    images = read_idx(os.path.join(folder, f"{part}-images-idx3-ubyte"), 3)
    labels = read_idx(os.path.join(folder, f"{part}-labels-idx1-ubyte"), 1)
    return images.reshape(len(images), -1).astype(np.float32) / 255, labels.astype(np.int64)


def random_tokens(batch, context, vocabulary, seed):
    """Draws tokens and the token that follows each, [batch, context] int64 (32-bit linear congruential generator)."""
    drawn = np.empty(batch * (context + 1), np.int64)
    for index in range(len(drawn)):
        seed = (seed * 1_664_525 + 1_013_904_223) % 2**32
        drawn[index] = seed * vocabulary // 2**32
    rows = drawn.reshape(batch, context + 1)
    return rows[:, :-1].copy(), rows[:, 1:].copy()
