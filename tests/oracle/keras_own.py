"""The settings in which Keras' own tests run its layers, in keraslike: `python keras_own.py ANSWER FOLDER [PATTERN]`.

Keras' wheel brings its tests, which call `run_layer_test(layer, arguments, shapes, ...)`. Here that makes a model of one
layer, which Keras and keraslike run. Needs pytest and grain, because those tests import them.
"""
import collections
import fnmatch
import importlib
import json
import os
import pkgutil
import re
import sys
import types
import unittest

from oracle import Answer, LIMIT, Refused, compare, keras, np

import keras.src.layers  # noqa: E402
from keras.src import backend, testing  # noqa: E402

rng = np.random.default_rng(0)


# Keras' tests take this from a file that its wheel leaves out.
conftest = types.ModuleType("conftest")
conftest.skip_if_backend = lambda name, reason: unittest.skipIf(backend.backend() == name, reason)
sys.modules["conftest"] = conftest


def is_shape(value):
    return isinstance(value, (list, tuple)) and all(isinstance(item, (int, type(None))) for item in value)


def structure(shape, dtype, make):
    if is_shape(shape):
        return make(tuple(shape), dtype or "float32")
    if isinstance(shape, dict):
        return {key.removesuffix("_shape"): structure(value, dtype and dtype[key], make)
                for key, value in shape.items()}
    return [structure(item, dtype and dtype[i], make) for i, item in enumerate(shape)]


def draw(shape, dtype):
    """As Keras' tests draw them; at least four rows."""
    shape = (max(shape[0], 4),) + shape[1:]
    values = rng.random(shape) * 3
    return values.astype(dtype if not dtype.startswith("float16") else "float32")


def inputs_and_data(asked):
    if asked.get("input_data") is not None:
        data = keras.tree.map_structure(backend.convert_to_numpy, asked["input_data"])
        inputs = keras.tree.map_structure(lambda x: keras.Input(x.shape[1:], dtype=str(x.dtype)), data)
        return inputs, data
    shape, dtype = asked["input_shape"], asked.get("input_dtype")
    inputs = structure(shape, dtype, lambda s, d: keras.Input(s[1:], dtype=d))
    return inputs, structure(shape, dtype, draw)


def model_of(layer, asked):
    inputs, data = inputs_and_data(asked)
    call = dict(asked.get("call_kwargs") or {})
    outputs = layer(**inputs, **call) if isinstance(inputs, dict) else layer(inputs, **call)
    model = keras.Model(keras.tree.flatten(inputs), keras.tree.flatten(outputs))
    model.compile(keras.optimizers.SGD(0.01), "mse")
    return model, [np.asarray(x) for x in keras.tree.flatten(data)]


class Recorder:
    def __init__(self, answer, root):
        self.answer, self.root = answer, root
        self.counts, self.bad, self.worst = collections.Counter(), 0, {}

    def __call__(self, test, layer_cls, init_kwargs, **asked):
        if asked.get("input_sparse") or asked.get("input_ragged"):
            return
        if getattr(layer_cls, "__module__", "").endswith("_test"):  # a class of the test's own
            return
        if asked.get("input_data") is None and asked.get("input_shape") is None:
            return
        name = f"{layer_cls.__name__}_{self.counts[layer_cls.__name__]:02}"
        self.counts[layer_cls.__name__] += 1
        note = f"{init_kwargs} {asked.get('call_kwargs') or ''}"
        try:
            keras.utils.set_random_seed(1)
            layer = layer_cls(**init_kwargs)
            model, xs = model_of(layer, asked)
        except Exception as error:
            print(f"{name:34} Keras itself: {str(error).splitlines()[0][:100]} {note[:100]}", flush=True)
            return
        self.report(name, layer, model, xs, asked, note)

    def report(self, name, layer, model, xs, asked, note):
        config = json.dumps(keras.saving.serialize_keras_object(model))
        if re.search(r'"module": "[^"]*_test"', config):  # a cell of the test's own
            return
        drops = re.search(r'dropout": 0\.[0-9]*[1-9]', config) and '"seed": null' in config
        trains = asked.get("run_training_check", True) and bool(model.trainable_weights) and not drops
        try:
            outputs = keras.tree.flatten(model.predict(xs if len(xs) > 1 else xs[0], batch_size=4, verbose=0))
            ys = [rng.random(output.shape).astype("float32") for output in outputs]
            worst, because = compare(self.answer, os.path.join(self.root, name), model, xs, ys, 2 if trains else 0)
            failed = max(worst.values()) > LIMIT
            text = " ".join(f"{key} {value:.3f}" for key, value in worst.items()) + f" ({because})"
        except Refused as error:
            failed, text = True, f"refused: {error}"
        except Exception as error:
            failed, text = False, f"Keras itself: {type(error).__name__} {str(error).splitlines()[:1]}"
        self.bad += failed
        print(f"{name:34} {text[:260]}{'  <-- BAD ' + note if failed else ''}", flush=True)


def main(answer, root, pattern="*"):
    recorder = Recorder(Answer(answer), root)
    testing.TestCase.run_layer_test = lambda test, *args, **kwargs: recorder(test, *args, **kwargs)
    for module in sorted(pkgutil.walk_packages(keras.src.layers.__path__, "keras.src.layers."), key=lambda m: m.name):
        if module.name.endswith("_test") and fnmatch.fnmatch(module.name, f"*{pattern}*"):
            run_module(importlib.import_module(module.name))
    print(f"{sum(recorder.counts.values())} settings, {recorder.bad} bad")
    return 1 if recorder.bad else 0


def run_module(module):
    for case in unittest.defaultTestLoader.loadTestsFromModule(module):
        for test in case:
            if "run_layer_test" in names_in(getattr(test, test._testMethodName)):
                with open(os.devnull, "w") as silence:
                    unittest.TextTestRunner(stream=silence).run(test)


def names_in(method):
    """What a test calls; those of parameters are wrapped."""
    function = getattr(method, "__func__", method)
    found, cells = set(function.__code__.co_names), [cell.cell_contents for cell in function.__closure__ or ()]
    for inner in cells:
        if hasattr(inner, "__code__"):
            found |= names_in(inner)
    return found


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
