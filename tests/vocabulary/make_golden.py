"""Writes keras.json: every public class and function of Keras' vocabulary, its names, arguments and default config.

    KERAS_BACKEND=torch python tests/vocabulary/make_golden.py   (made with Keras 3.15.1)
"""
import importlib
import inspect
import json
import pathlib
import types
import unittest.mock

import keras
from keras.src.utils import module_utils

MODULES = {
    "layers": "keras.layers",
    "losses": "keras.losses",
    "metrics": "keras.metrics",
    "optimizers": "keras.optimizers",
    "schedules": "keras.optimizers.schedules",
    "initializers": "keras.initializers",
    "regularizers": "keras.regularizers",
    "constraints": "keras.constraints",
    "activations": "keras.activations",
    "callbacks": "keras.callbacks",
}
# What stands for arguments without a default; an entry of a class goes before that of a name.
NAMED = {
    "activation": "relu", "axes": 1, "batch_size": 2, "cell": lambda: keras.layers.LSTMCell(2),
    "cells": lambda: [keras.layers.LSTMCell(2)], "dims": [2, 1], "equation": "ab,bc->ac", "factor": 0.5, "filters": 2,
    "head_dim": 2, "height": 4, "height_factor": 0.5, "input_dim": 4, "key_dim": 2, "kernel_size": 2,
    "layer": lambda: keras.layers.LSTM(2, name="inner"), "layers": lambda: [keras.layers.Rescaling(2.0, name="inner")],
    "max_number": 3, "n": 2, "num_bins": 4, "num_heads": 2, "num_key_value_heads": 1, "num_query_heads": 2,
    "output_dim": 2, "output_shape": [2], "output_size": 2, "pool_size": 2, "rate": 0.5, "scale": 2.0, "stddev": 0.5,
    "target_shape": [2, 1], "units": 2, "width": 4, "width_factor": 0.5,
    "num_classes": 3, "target_class_ids": [0, 1], "precision": 0.5, "recall": 0.5, "sensitivity": 0.5,
    "specificity": 0.5, "inner_optimizer": lambda: keras.optimizers.Adam(), "initial_learning_rate": 0.1,
    "decay_steps": 10, "first_decay_steps": 10, "decay_rate": 0.5, "boundaries": [10], "values": [0.1, 0.01],
}
OF_CLASS = {
    "SpectralNormalization": {"layer": lambda: keras.layers.Dense(2, name="inner")},
    "TimeDistributed": {"layer": lambda: keras.layers.Dense(2, name="inner")},
    "Wrapper": {"layer": lambda: keras.layers.Dense(2, name="inner")},
    "InputLayer": {"shape": [3]},
    "CategoryEncoding": {"num_tokens": 4},
    "RandomPosterization": {"factor": 4},
    "Discretization": {"num_bins": 4},
}
# What follows from a required argument, and is told again in the config.
TOGETHER = {"Bidirectional": ["backward_layer"]}
# They can not be made here, or their config holds a function.
WITHOUT_CONFIG = ["FlaxLayer", "JaxLayer", "Lambda", "TFSMLayer", "TorchModuleWrapper", "MultiOptimizer",
                  "OptimizerMap", "InputSpec", "MeanMetricWrapper"]
NEED_TENSORFLOW = ["HashedCrossing", "Hashing", "IntegerLookup", "StringLookup", "TextVectorization"]
# What the stand-in for TensorFlow gets wrong: it has no empty tables, and counts one token more than TensorFlow does.
AS_TENSORFLOW_HAS_IT = {"TextVectorization": {"vocabulary_size": 2}}
# What others derive from.
BASES = ["Layer", "Wrapper", "Loss", "Metric", "Optimizer", "LearningRateSchedule", "Initializer", "Regularizer",
         "Constraint", "Callback", "CallbackList"]

def plain(value):
    return json.loads(json.dumps(value, default=repr))


def default(parameter):
    if parameter.default is inspect.Parameter.empty:
        return {}
    if inspect.isfunction(parameter.default) or inspect.isclass(parameter.default):
        return {"default": parameter.default.__name__}
    return {"default": plain(parameter.default)}


def arguments(function, skip):
    parameters = list(inspect.signature(function).parameters.values())[skip:]
    kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return [{"name": p.name, **default(p)} for p in parameters if p.kind not in kinds]


def required(cls, args):
    given = {a["name"]: NAMED[a["name"]] for a in args if "default" not in a}
    given.update(OF_CLASS.get(cls.__name__, {}))
    return {key: value() if callable(value) else value for key, value in given.items()}


def make(cls, given):
    """An object; those that compute with TensorFlow can be made, though not used, without it."""
    tensorflow = module_utils.tensorflow
    tensorflow.module = unittest.mock.MagicMock(is_tensor=lambda _: False)
    tensorflow.module.as_dtype = lambda dtype: types.SimpleNamespace(name=dtype)
    tensorflow._available = cls.__name__ in NEED_TENSORFLOW
    try:
        return cls(**given)
    finally:
        tensorflow._available = False


def describe(cls):
    args = arguments(cls.__init__, skip=1)
    entry = {"arguments": args}
    can_have_config = hasattr(cls, "get_config") and cls.__name__ not in WITHOUT_CONFIG + BASES
    if can_have_config:
        keras.utils.clear_session()
        given = required(cls, args)
        keras.utils.clear_session()
        config = keras.saving.serialize_keras_object(make(cls, given))["config"]
        entry["given"] = {key: config[key] for key in [*given, *TOGETHER.get(cls.__name__, [])] if key in config}
        entry["config"] = plain(config | AS_TENSORFLOW_HAS_IT.get(cls.__name__, {}))
        if config.get("seed") is not None:
            entry["config"]["seed"] = "drawn"
    return entry


def identifiers(module):
    """Strings that Keras takes for objects of this module, by the name of the class or function that they mean."""
    source = importlib.import_module(module.replace("keras.", "keras.src.", 1))
    found = {}
    for identifier, thing in getattr(source, "ALL_OBJECTS_DICT", {}).items():
        found.setdefault(thing, []).append(identifier)
    return found


def entries(module):
    public = importlib.import_module(module)
    names = [name for name in dir(public) if not name.startswith("_")]
    by_thing = {}
    for name in names:
        thing = getattr(public, name)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            by_thing.setdefault(thing, []).append(name)
    classes, functions, texts = {}, {}, identifiers(module)
    for thing, public_names in by_thing.items():
        if thing.__name__ in ["get", "serialize", "deserialize"]:
            continue
        is_class = inspect.isclass(thing)
        entry = describe(thing) if is_class else {"arguments": arguments(thing, skip=0)}
        entry["names"] = public_names
        entry["identifiers"] = sorted(texts.get(thing, []))
        (classes if is_class else functions)[thing.__name__] = entry
    return {"classes": classes, "functions": functions}


def lines(module):
    """An entry per line, so that a difference shows where it is."""
    groups = []
    for kind, found in entries(module).items():
        written = (f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in found.items())
        groups.append(f'"{kind}": {{\n' + ",\n".join(written) + "\n}")
    return "{" + ",\n".join(groups) + "}"


rooms = [f'"{name}": {lines(module)}' for name, module in MODULES.items()]
head = f'"made_with": "Keras {keras.__version__}",\n"bases": {json.dumps(BASES)},\n'
pathlib.Path(__file__).with_name("keras.json").write_text("{" + head + ",\n".join(rooms) + "}\n")
