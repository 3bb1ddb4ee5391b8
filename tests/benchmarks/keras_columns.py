"""The cases of the benchmarks that Keras has too, on the backend that KERAS_BACKEND names.

keras_columns.py [--rounds N] [PART OF A CASE'S NAME]... prints a JSON object: microseconds per step (or row, file,
process) by case, the median of the rounds, in the fastest of the settings that the backend offers. Use run.sh --keras.
"""

import argparse
import contextlib
import functools
import io
import itertools
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

import keras
from keras import layers

BACKEND = keras.backend.backend()
FOLDER = pathlib.Path(tempfile.mkdtemp())

# LibTorch has no XLA: there `jit_compile` would start torch.compile, which takes minutes and is slower on the CPU.
JIT = {"jax": [True], "tensorflow": [True, False], "torch": [False]}[BACKEND]
STEPS_PER_EXECUTION = {"jax": [1, 10], "tensorflow": [1, 10], "torch": [1]}[BACKEND]


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


def bidirectional_text():
    model = keras.Sequential([
        keras.Input((40,)), layers.Embedding(2000, 32, mask_zero=True), layers.Bidirectional(layers.LSTM(32)),
        layers.Dense(1),
    ])
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    return model, loss, np.random.randint(1, 2000, (640, 40)), np.random.randint(0, 2, (640, 1)), 32


def transformer():
    x = keras.Input((32, 64))
    h = layers.LayerNormalization(epsilon=1e-5)(x + layers.MultiHeadAttention(4, 16)(x, x))
    thought = layers.Dense(64)(layers.Dense(128, "relu")(h))
    h = layers.GlobalAveragePooling1D()(layers.LayerNormalization(epsilon=1e-5)(h + thought))
    model = keras.Model(x, layers.Dense(10, "softmax")(h))
    return model, "sparse_categorical_crossentropy", np.random.randn(640, 32, 64), np.random.randint(0, 10, 640), 32


def seconds(work):
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def median(work, rounds):
    work()
    return statistics.median(seconds(work) for _ in range(rounds)) * 1e6


def training(case, rounds, metrics=None, callbacks=None, verbose=0):
    """The time of a step, and the settings in which it is least."""
    found = []
    for jit, steps in itertools.product(JIT, STEPS_PER_EXECUTION):
        model, loss, x, y, batch = case()
        x, y = np.asarray(x, "float32"), np.asarray(y, "int64" if np.ndim(y) == 1 else "float32")
        model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss, metrics=metrics, jit_compile=jit,
                      steps_per_execution=steps)
        fit = functools.partial(model.fit, x, y, batch_size=batch, epochs=1, verbose=verbose, callbacks=callbacks)
        with contextlib.redirect_stdout(io.StringIO()):
            found.append((median(fit, rounds) / -(-len(x) // batch), f"jit={jit}, steps_per_execution={steps}"))
    return min(found)


def predict(rows, rounds):
    model = keras.Sequential([keras.Input((10,)), layers.Dense(128, "relu"), layers.Dense(1)])
    x = np.random.rand(rows, 10).astype("float32")
    return median(lambda: model.predict(x, batch_size=rows, verbose=0), rounds) / rows, ""


def large_model():
    return keras.Sequential([keras.Input((5000,)), layers.Dense(5000)])


def save(rounds):
    model = large_model()
    return median(lambda: model.save(FOLDER / "large.keras"), rounds), ""


def load(rounds):
    large_model().save(FOLDER / "large.keras")
    return median(lambda: keras.models.load_model(FOLDER / "large.keras"), rounds), ""


def start(rounds):
    program = """
import numpy as np, keras
model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(128, "relu"), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.train_on_batch(np.random.rand(32, 10), np.random.rand(32, 1))
"""
    run = lambda: subprocess.run([sys.executable, "-c", program], check=True, stderr=subprocess.DEVNULL)
    return median(run, min(rounds, 3)), ""


def cases():
    for case in (seed_mlp, mnist_mlp, higgs, mnist_cnn, mnist_cnn_bn, lstm, gru, embedding_text, bidirectional_text,
                 transformer):
        yield case.__name__, functools.partial(training, case)
    yield "metrics", functools.partial(training, seed_mlp, metrics=["mae", "mse"])
    watchers = [keras.callbacks.EarlyStopping(monitor="loss", patience=1000),
                keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)]
    yield "callbacks", functools.partial(training, seed_mlp, callbacks=watchers)
    yield "progress_bar", functools.partial(training, seed_mlp, verbose=1)
    yield "predict_1", lambda rounds: predict(1, rounds)
    yield "predict_100000", lambda rounds: predict(100_000, rounds)
    yield "save_100mb", save
    yield "load_100mb", load
    yield "process_start", start


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("parts", nargs="*")
    arguments = parser.parse_args()
    results = {name: measure(arguments.rounds) for name, measure in cases()
               if not arguments.parts or any(part in name for part in arguments.parts)}
    print(json.dumps({"backend": BACKEND, "version": keras.__version__,
                      "us": {name: time for name, (time, _) in results.items()},
                      "settings": {name: settings for name, (_, settings) in results.items()}}))
