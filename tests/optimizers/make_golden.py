"""Writes golden.h: what Keras' optimizers make of two weights in 10 steps, with every common option.

    KERAS_BACKEND=torch python tests/optimizers/make_golden.py > tests/optimizers/golden.h
    KERAS_BACKEND=jax python tests/optimizers/make_golden.py > tests/optimizers/golden_jax.h

JAX runs what Keras' other backends run with other numbers than Keras documents.
"""
import numpy as np
import keras
from keras import optimizers
from keras.optimizers import schedules

RULES = {
    "SGD": [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}],
    "Adam": [{}, {"amsgrad": True, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3}],
    "AdamW": [{}, {"weight_decay": 0.05}],
    "Adamax": [{}, {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3}],
    "Nadam": [{}, {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3}],
    "RMSprop": [{}, {"rho": 0.8, "momentum": 0.9, "epsilon": 1e-3}, {"momentum": 0.9, "centered": True}],
    "Adagrad": [{}, {"initial_accumulator_value": 0.3, "epsilon": 1e-3}],
    "Adadelta": [{}, {"rho": 0.8, "epsilon": 1e-3}],
    "Ftrl": [
        {},
        {
            "learning_rate_power": -0.7,
            "l1_regularization_strength": 0.01,
            "l2_regularization_strength": 0.02,
            "l2_shrinkage_regularization_strength": 0.03,
            "beta": 0.1,
        },
    ],
    "Lion": [{}, {"beta_1": 0.8, "beta_2": 0.9}],
    "Lamb": [{}, {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3}],
    "Adafactor": [{}, {"beta_2_decay": -0.6, "clip_threshold": 0.5, "relative_step": False}],
    "Muon": [
        {},
        {"exclude_layers": ["ker"], "adam_weight_decay": None, "adam_lr_ratio": 0.5},
        {"momentum": 0.8, "nesterov": False, "rms_rate": None, "ns_steps": 3, "adam_weight_decay": 0.05},
    ],
}
if keras.backend.backend() == "jax":
    RULES = {"ScheduleFreeAdamW": [{}, {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3, "warmup_steps": 5}]}
COMMON = {
    "decayed and clipped": {"weight_decay": 0.02, "clipnorm": 1.0, "loss_scale_factor": 2.0},
    "clipped by value and averaged": {
        "clipvalue": 0.5,
        "use_ema": True,
        "ema_momentum": 0.9,
        "ema_overwrite_frequency": 3,
    },
    "accumulated on a schedule": {
        "learning_rate": lambda: schedules.ExponentialDecay(0.1, 4, 0.5),
        "weight_decay": 0.02,
        "global_clipnorm": 1.0,
        "gradient_accumulation_steps": 2,
        "use_ema": True,
    },
}


# The kernel has Adam in the first two, and SGD in the third.
SHARED = {
    "clipped and averaged": lambda: optimizers.MultiOptimizer(
        optimizers.OptimizerMap(
            optimizers.SGD(0.1, momentum=0.9, clipvalue=0.5),
            {"ker.*": optimizers.Adam(0.1, weight_decay=0.02, clipnorm=1.0, use_ema=True, ema_momentum=0.9)},
        )
    ),
    "scaled": lambda: optimizers.MultiOptimizer(
        optimizers.OptimizerMap(
            optimizers.Adam(schedules.ExponentialDecay(0.1, 4, 0.5)),
            {"bias": optimizers.RMSprop(0.1, gradient_accumulation_steps=2)},
        ),
        loss_scale_factor=2.0,
    ),
    "in a LossScaleOptimizer": lambda: optimizers.LossScaleOptimizer(
        optimizers.MultiOptimizer(lambda variable, sgd=optimizers.SGD(0.1), lion=optimizers.Lion(0.1):
                                  sgd if variable.path == "kernel" else lion),
        initial_scale=4.0, dynamic_growth_steps=3,
    ),
}


def numbers(count, step):
    k = np.arange(count)
    return (np.sin(1.7 * k + 2.3 * step + 0.4) * (0.2 + 0.1 * (step % 4))).astype("float32")


def run(optimizer):
    kernel = keras.Variable(numbers(12, 0).reshape(3, 4) * 5, name="kernel")
    bias = keras.Variable(numbers(4, 7) * 5, name="bias")
    bias.constraint = keras.constraints.NonNeg()
    optimizer.build([kernel, bias])
    for step in range(1, 11):
        gradients = numbers(12, step).reshape(3, 4), numbers(4, step + 7)
        optimizer.apply([keras.ops.convert_to_tensor(g) for g in gradients])
    values = [keras.ops.convert_to_numpy(w).ravel() for w in (kernel, bias)]
    optimizer.finalize_variable_values([kernel, bias])
    return np.concatenate(values + [keras.ops.convert_to_numpy(kernel).ravel()[:4]])


def made(name, arguments):
    arguments = {"learning_rate": 0.1, **arguments}
    if callable(arguments["learning_rate"]):
        arguments["learning_rate"] = arguments["learning_rate"]()
    return getattr(optimizers, name)(**arguments)


def cases():
    for name, rules in RULES.items():
        for i, rule in enumerate(rules):
            yield f"{name} {i}", lambda: made(name, rule)
        for label, common in COMMON.items():
            yield f"{name} {label}", lambda: made(name, {**rules[-1], **common})
    if keras.backend.backend() == "torch":
        for label, shared in SHARED.items():
            yield f"MultiOptimizer {label}", shared


backend = keras.backend.backend()
table = "kGoldenJax" if backend == "jax" else "kGolden"
print(f"// Made by make_golden.py with Keras {keras.__version__} on its {backend} backend.")
print("#pragma once\n\n#include <map>\n#include <string>\n#include <vector>\n")
print("// By case: the kernel of 3 x 4 and the bias of 4 after 10 steps, then the kernel's first row once finalized.")
print(f"inline const std::map<std::string, std::vector<double>> {table}{{")
for key, make in cases():
    values = run(make())
    print(f'    {{"{key}",')
    rows = [", ".join(f"{v:.9g}" for v in values[i : i + 7]) for i in range(0, len(values), 7)]
    print("     {" + ",\n      ".join(rows) + "}},")
print("};")
