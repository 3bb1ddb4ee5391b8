"""Prints what Keras' callbacks do on given values; the tests beside this file hold the output.

KERAS_BACKEND=torch python golden.py   (made with Keras 3.15.1, torch 2.13)
"""
import io
import sys
import tempfile
import warnings

import keras
import numpy as np
from keras.src.utils import progbar

x, y = np.zeros((4, 1), "float32"), np.zeros((4, 1), "float32")


def fit(callback, values, key="val_loss", epochs=None, before=None, **options):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.5), "mse", metrics=["mae"])

    def tell(epoch, logs):
        if values[epoch] is not None:
            logs[key] = values[epoch]

    first = keras.callbacks.LambdaCallback(on_epoch_end=tell)
    history = model.fit(x, y, epochs=epochs or len(values), verbose=0, callbacks=[first, callback], **options)
    return history


def early_stopping(values, **options):
    callback = keras.callbacks.EarlyStopping(**options)
    history = fit(callback, values, options.get("monitor", "val_loss"))
    print(f"early_stopping {values} {options}: ran {len(history.epoch)}, stopped {callback.stopped_epoch}, "
          f"best {callback.best} at {callback.best_epoch}, wait {callback.wait}")


up_and_down = [0.5, 0.4, 0.45, 0.41, 0.39, 0.6, 0.7, 0.8, 0.3, 0.9]
early_stopping(up_and_down)
early_stopping(up_and_down, patience=2)
early_stopping(up_and_down, patience=3, restore_best_weights=True)
early_stopping(up_and_down, patience=5)
early_stopping(up_and_down, mode="max")
early_stopping(up_and_down, mode="max", patience=4)
early_stopping(up_and_down, min_delta=0.05, patience=2)
early_stopping(up_and_down, min_delta=-0.05, patience=3)
early_stopping(up_and_down, baseline=0.2, patience=3)
early_stopping(up_and_down, baseline=0.42, patience=3)
early_stopping(up_and_down, start_from_epoch=4, patience=1)
early_stopping(up_and_down, start_from_epoch=20)
early_stopping([0.5, 0.5, 0.5])
early_stopping([float("nan"), 0.5, 0.4], patience=2)
early_stopping([0.5, float("nan"), 0.4, 0.3], patience=2)
early_stopping([1.0, 1.0 - 1e-9, 1.0 - 2e-9, 1.0 - 3e-9], patience=2)
early_stopping([None, 0.5, None, 0.6, 0.4], patience=1)
early_stopping(up_and_down, monitor="mae", patience=1)


def plateau(values, **options):
    callback = keras.callbacks.ReduceLROnPlateau(**options)
    history = fit(callback, values)
    print(f"plateau {options}: {history.history['learning_rate']}, then "
          f"{float(callback.model.optimizer.learning_rate)}, wait {callback.wait}")


flat = [0.5, 0.4, 0.4, 0.4, 0.4, 0.4, 0.3, 0.3, 0.3, 0.3]
plateau(flat, patience=2)
plateau(flat, patience=1, factor=0.5, cooldown=2)
plateau(flat, patience=1, factor=0.1, min_lr=0.02)
plateau(flat, patience=2, mode="max", factor=0.25)
plateau(flat, patience=2, min_delta=0.2, factor=0.5)

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    fit(keras.callbacks.EarlyStopping(), [None])
    fit(keras.callbacks.ReduceLROnPlateau(), [None])
    keras.callbacks.EarlyStopping(mode="up")
    for w in caught:
        print("warning", w.message)
for make in (lambda: fit(keras.callbacks.EarlyStopping("nothing"), [1.0], "nothing"),
             lambda: keras.callbacks.ReduceLROnPlateau(factor=1.0)):
    try:
        make()
    except ValueError as error:
        print("error", error)


def printed(callback, values, **options):
    out, sys.stdout = sys.stdout, io.StringIO()
    try:
        fit(callback, values, **options)
        text = sys.stdout.getvalue()
    finally:
        sys.stdout = out
    print("printed", repr(text))


printed(keras.callbacks.EarlyStopping(patience=2, verbose=1, restore_best_weights=True), up_and_down)
printed(keras.callbacks.EarlyStopping(patience=20, verbose=1, restore_best_weights=True), up_and_down)
printed(keras.callbacks.ReduceLROnPlateau(patience=2, verbose=1), flat)
printed(keras.callbacks.LearningRateScheduler(lambda epoch, lr: lr * 0.5, verbose=1), [1.0, 1.0])
history = fit(keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1)), [1.0, 1.0, 1.0])
print("scheduler", history.history)


def csv(runs, **options):
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        for values, kwargs in runs:
            fit(keras.callbacks.CSVLogger(file.name, **options), values, **kwargs)
        print("csv", options, open(file.name, newline="").read().encode())


csv([([0.1, 1e-5], {})])
csv([([None, 0.1], {})], separator=";")
csv([([0.5], {"key": "a,\"b\""}), ([0.25], {"key": "a,\"b\""})], append=True)


def logger(target, verbose):
    now = [100.0]
    progbar.time.time = lambda: now[0]
    out, sys.stdout = sys.stdout, io.StringIO()
    try:
        bar = keras.callbacks.ProgbarLogger()
        bar.set_params({"verbose": verbose, "epochs": 2, "steps": target})
        bar.on_train_begin()
        for epoch in range(2):
            bar.on_epoch_begin(epoch)
            for batch in range(2):
                now[0] += 0.25
                bar.on_train_batch_end(batch, {"loss": 1.0 / (batch + epoch + 1)})
            bar.on_test_begin()
            bar.on_test_batch_end(0, {"loss": 9.0})
            bar.on_test_end({"loss": 9.0})
            bar.on_epoch_end(epoch, {"loss": 0.5, "val_loss": 9.0, "learning_rate": 0.001})
        bar.on_predict_begin()
        now[0] += 0.5
        bar.on_predict_batch_end(0, {"outputs": 1.0})
        bar.on_predict_end()
        text = sys.stdout.getvalue()
    finally:
        sys.stdout = out
    print("logger", target, verbose, ascii(text).replace("\\u2501" * 20, "<20>").replace("\\u2501" * 10, "<10>"))


logger(2, 1)
logger(2, 2)
logger(None, 1)
logger(None, 2)


class Interrupt(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if (self.epoch, batch) == (2, 1):
            raise KeyboardInterrupt


def backup(**options):
    rows = np.linspace(-1, 1, 12, dtype="float32").reshape(6, 2)
    targets = rows[:, :1] * 2 - rows[:, 1:]
    with tempfile.TemporaryDirectory() as folder:
        for more in ([Interrupt()], []):
            model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
            model.compile(keras.optimizers.Adam(0.1), "mse")
            callbacks = [keras.callbacks.BackupAndRestore(f"{folder}/backup", **options), *more]
            try:
                history = model.fit(rows, targets, batch_size=2, epochs=5, shuffle=False, verbose=0,
                                    callbacks=callbacks)
            except KeyboardInterrupt:
                print(f"backup {options}: {open(f'{folder}/backup/training_metadata.json').read()}")
        print(f"backup {options}: {history.epoch} {history.history['loss']}")


backup()
backup(save_freq=2)

# Two optimizers inside one: each has its own rate.
def shared(callback, values):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    optimizers = keras.optimizers.OptimizerMap(keras.optimizers.SGD(0.5), {".*bias": keras.optimizers.Adam(0.25)})
    model.compile(keras.optimizers.MultiOptimizer(optimizers), "mse", metrics=["mae"])
    tell = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(val_loss=values[epoch]))
    out, sys.stdout = sys.stdout, io.StringIO()
    history = model.fit(x, y, epochs=len(values), verbose=0, callbacks=[tell, callback]).history
    text, sys.stdout = sys.stdout.getvalue(), out
    print("shared", history, [float(o.learning_rate) for o in model.optimizer.optimizers], repr(text))


keras.backend.clear_session()
shared(keras.callbacks.ReduceLROnPlateau(patience=1, verbose=1, min_lr=0.02), [0.4, 0.4, 0.4, 0.4])
shared(keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5, verbose=1), [1.0, 1.0])
