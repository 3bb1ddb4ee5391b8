"""The training cases of training.cpp and predict.cpp in Keras, on the backend that KERAS_BACKEND names.

Prints a JSON object: microseconds per step (or row) by case, the median of the rounds. Use run.sh --keras.
"""

import json
import statistics
import sys
import time

import numpy as np

import keras
from keras import layers

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5


def seed_mlp():
    model = keras.Sequential([keras.Input((10,)), layers.Dense(128, "relu"), layers.Dense(1)])
    return model, "mse", np.random.rand(32000, 10), np.random.rand(32000, 1), 32


def mnist_mlp():
    model = keras.Sequential([keras.Input((784,)), layers.Dense(128, "relu"), layers.Dense(10, "softmax")])
    return model, "sparse_categorical_crossentropy", np.random.rand(9600, 784), np.random.randint(0, 10, 9600), 32


def higgs():
    hidden = [layers.Dense(300, "tanh") for _ in range(5)]
    model = keras.Sequential([keras.Input((28,)), *hidden, layers.Dense(1)])
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    return model, loss, np.random.rand(5000, 28), np.random.randint(0, 2, (5000, 1)), 100


def mnist_cnn():
    model = keras.Sequential([
        keras.Input((28, 28, 1)), layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(2),
        layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(2), layers.Flatten(),
        layers.Dense(10, "softmax"),
    ])
    return model, "sparse_categorical_crossentropy", np.random.rand(640, 28, 28, 1), np.random.randint(0, 10, 640), 64


def mnist_cnn_bn():
    model = keras.Sequential([
        keras.Input((28, 28, 1)), layers.Conv2D(32, 3, use_bias=False), layers.BatchNormalization(), layers.ReLU(),
        layers.MaxPooling2D(2), layers.Conv2D(64, 3, use_bias=False), layers.BatchNormalization(), layers.ReLU(),
        layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(10, "softmax"),
    ])
    return model, "sparse_categorical_crossentropy", np.random.rand(640, 28, 28, 1), np.random.randint(0, 10, 640), 64


def lstm():
    model = keras.Sequential([keras.Input((30, 16)), layers.LSTM(64), layers.Dense(1)])
    return model, "mse", np.random.rand(640, 30, 16), np.random.rand(640, 1), 32


def gru():
    model = keras.Sequential([keras.Input((30, 16)), layers.GRU(64), layers.Dense(1)])
    return model, "mse", np.random.rand(640, 30, 16), np.random.rand(640, 1), 32


def embedding_text():
    model = keras.Sequential([
        keras.Input((100,)), layers.Embedding(10000, 32), layers.GlobalAveragePooling1D(), layers.Dense(16, "relu"),
        layers.Dense(1),
    ])
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    return model, loss, np.random.randint(0, 10000, (1600, 100)), np.random.randint(0, 2, (1600, 1)), 32


def seconds(work):
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def training(case):
    model, loss, x, y, batch = case()
    x, y = np.asarray(x, "float32"), np.asarray(y, "int64" if loss == "sparse_categorical_crossentropy" else "float32")
    # LibTorch has no XLA: there `jit_compile` would start torch.compile, which takes minutes and is slower on the CPU.
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss,
                  jit_compile=keras.backend.backend() != "torch")
    epoch = lambda: model.fit(x, y, batch_size=batch, epochs=1, verbose=0)
    epoch()
    steps = -(-len(x) // batch)
    return statistics.median(seconds(epoch) for _ in range(ROUNDS)) / steps * 1e6


def predict(rows):
    model = keras.Sequential([keras.Input((10,)), layers.Dense(128, "relu"), layers.Dense(1)])
    x = np.random.rand(rows, 10).astype("float32")
    once = lambda: model.predict(x, batch_size=rows, verbose=0)
    once()
    return statistics.median(seconds(once) for _ in range(ROUNDS)) / rows * 1e6


if __name__ == "__main__":
    cases = [seed_mlp, mnist_mlp, higgs, mnist_cnn, mnist_cnn_bn, lstm, gru, embedding_text]
    figures = {case.__name__: training(case) for case in cases}
    figures |= {f"predict_{rows}": predict(rows) for rows in (1, 100_000)}
    print(json.dumps({"backend": keras.backend.backend(), "version": keras.__version__, "us": figures}))
