"""Writes files with functions and models of a user's own, as Keras has them:

    KERAS_BACKEND=torch CUDA_VISIBLE_DEVICES= python tests/models/golden/make_functions.py
"""
import os

import keras
import numpy as np
from keras import layers, ops

here = os.path.dirname(os.path.abspath(__file__))
register = keras.saving.register_keras_serializable(package="tests")


@register
def cube(x):
    return x * x * x


@register
def with_squares(x):
    return ops.concatenate([x, x * x], axis=1)


@register
def largest_error(y_true, y_pred):
    return ops.max(ops.abs(y_true - y_pred), axis=-1)


@register
def fourth_power(y_true, y_pred):
    return ops.power(y_true - y_pred, 4)


@register
class TwoHeads(keras.Model):
    def __init__(self, units=4, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.hidden = layers.Dense(units, activation="tanh")
        self.left = layers.Dense(1)
        self.right = layers.Dense(2)

    def call(self, inputs):
        hidden = self.hidden(ops.concatenate([inputs["a"], inputs["b"]], axis=1))
        return {"left": self.left(hidden), "right": self.right(hidden)}

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def rows(count, width, step):
    return np.sin(np.arange(count * width) * 0.7 + step).reshape(count, width).astype("float32")


def name(file):
    return os.path.join(here, file)


keras.utils.set_random_seed(5)
x = rows(8, 3, 1)
model = keras.Sequential([
    keras.Input((3,)),
    layers.Lambda(with_squares, name="squares"),
    layers.Dense(4, activation=cube),
    layers.Dense(3),
], name="functions")
model.compile("sgd", loss=fourth_power, metrics=[largest_error])
model.fit(x, x, epochs=1, batch_size=4, shuffle=False, verbose=0)
model.save(name("functions.keras"))
history = model.fit(x, x, epochs=1, batch_size=4, shuffle=False, verbose=0).history
np.savez(name("functions.npz"), predicted=model.predict(x, verbose=0), loss=history["loss"],
         largest_error=history["largest_error"])

# Compiled apart, because marshalled code names its source.
twice = eval(compile("lambda t: 2 * t", "example.py", "eval"))
code = keras.Sequential([keras.Input((3,)), layers.Lambda(twice, name="twice")], name="code")
code.save(name("python_code.keras"))

keras.utils.set_random_seed(6)
inputs = {"a": rows(8, 3, 2), "b": rows(8, 2, 3)}
targets = {"left": rows(8, 1, 4), "right": rows(8, 2, 5)}
heads = TwoHeads(5, name="heads")
heads.compile("adam", loss={"left": "mse", "right": "mae"}, metrics={"right": ["mse"]})
options = {"epochs": 1, "batch_size": 4, "shuffle": False, "verbose": 0}
heads.fit(inputs, targets, **options)
heads.save(name("two_heads.keras"))
history = heads.fit(inputs, targets, **options).history
predicted = heads.predict(inputs, verbose=0)
np.savez(name("two_heads.npz"), left=predicted["left"], right=predicted["right"], **history)
print(list(history))
