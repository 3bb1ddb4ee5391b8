"""Asks Keras for graphs that nobody drew by hand, and keraslike for the same numbers.

`python random_graphs.py ANSWER FOLDER [--count N] [--seed S]`: layers that are called twice, models inside models,
several inputs and outputs, operators and operations. A draw's number is its seed.
"""
import os
import random
import sys

from oracle import Refused, compare, keras, np, run_draws

L, ops = keras.layers, keras.ops
ROWS = 9
ONE = [
    lambda x, d: x + 1.5, lambda x, d: 2.0 - x, lambda x, d: x * -0.7, lambda x, d: 1.0 / (ops.abs(x) + 1.0), lambda x, d: x / 3.0,
    lambda x, d: -x, lambda x, d: abs(x), lambda x, d: ops.exp(-ops.square(x)), lambda x, d: ops.tanh(x), lambda x, d: ops.sqrt(ops.abs(x) + 0.1),
    lambda x, d: ops.log(ops.abs(x) + 1.0), lambda x, d: ops.clip(x, -1.0, 1.0), lambda x, d: ops.maximum(x, 0.1), lambda x, d: ops.minimum(x, 0.5),
    lambda x, d: x ** 2, lambda x, d: ops.power(ops.abs(x) + 0.1, 1.5), lambda x, d: ops.sigmoid(x), lambda x, d: ops.silu(x), lambda x, d: ops.softplus(x),
    lambda x, d: ops.gelu(x), lambda x, d: ops.sin(x), lambda x, d: ops.cos(x), lambda x, d: ops.softmax(x, axis=-1), lambda x, d: ops.relu(x),
    lambda x, d: x - ops.mean(x, axis=-1, keepdims=True), lambda x, d: x / (ops.sum(ops.abs(x), axis=-1, keepdims=True) + 1.0),
    lambda x, d: ops.where(x > 0.0, x, 0.3 * x), lambda x, d: ops.flip(x, axis=-1), lambda x, d: ops.elu(x), lambda x, d: ops.leaky_relu(x),
    lambda x, d: ops.concatenate([x[..., :1], x[..., 1:]], axis=-1), lambda x, d: ops.cast(x, "float32"), lambda x, d: ops.log_softmax(x),
    lambda x, d: ops.rsqrt(ops.square(x) + 1.0), lambda x, d: ops.sign(x) * x, lambda x, d: ops.normalize(x, axis=-1), lambda x, d: ops.cumsum(x, axis=-1),
    lambda x, d: ops.roll(x, 1, axis=-1), lambda x, d: ops.stop_gradient(x) + x, lambda x, d: ops.erf(x), lambda x, d: ops.logaddexp(x, 0.1 * x),
    lambda x, d: ops.var(x, axis=-1, keepdims=True) + x, lambda x, d: ops.max(x, axis=-1, keepdims=True) - x, lambda x, d: ops.expm1(0.1 * x), lambda x, d: ops.arctan(x)]
TWO = [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / (ops.abs(b) + 1.0), lambda a, b: ops.maximum(a, b),
       lambda a, b: ops.minimum(a, b), lambda a, b: L.Add()([a, b]), lambda a, b: L.Multiply()([a, b]), lambda a, b: L.Average()([a, b]),
       lambda a, b: L.Subtract()([a, b]), lambda a, b: L.Maximum()([a, b]), lambda a, b: ops.where(a > b, a, b), lambda a, b: ops.add(a, b),
       lambda a, b: ops.subtract(a, b), lambda a, b: ops.arctan2(a, ops.abs(b) + 1.0)]


def layer_of(d, size):
    """Of (..., n) to (..., size)."""
    return d.choice([
        lambda: L.Dense(size, activation=d.choice(["tanh", "sigmoid", "elu", None])), lambda: L.Dense(size, kernel_regularizer="l2"),
        lambda: keras.Sequential([L.Dense(3, activation="tanh"), L.Dense(size)])])()


def same_size(d):
    return d.choice([L.LayerNormalization, L.BatchNormalization, lambda: L.Activation("softsign"), L.UnitNormalization, lambda: L.Dropout(0.0),
                     lambda: L.LeakyReLU(0.2), L.PReLU, L.Identity, lambda: L.Rescaling(0.5, 0.1), lambda: L.ActivityRegularization(l2=0.01)])()


def nested(d, shape, size):
    """A model with one or two inputs of that shape and one or two outputs."""
    inputs = [keras.Input(shape) for _ in range(d.randint(1, 2))]
    x = inputs[0] if len(inputs) == 1 else d.choice(TWO)(*inputs)
    x = d.choice(ONE)(layer_of(d, size)(x), d)
    outputs = [x] if d.random() < 0.7 else [x, layer_of(d, size)(x)]
    model = keras.Model(unwrap(inputs), unwrap(outputs))
    if d.random() < 0.2:
        model.trainable = False
    return model


def unwrap(values):
    return values[0] if len(values) == 1 else values


def as_list(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


class Graph:
    """Tensors of one shape, (..., size), from which more are made."""

    def __init__(self, d):
        self.d, self.size = d, d.randint(2, 4)
        self.shape = (self.size,) if d.random() < 0.6 else (d.randint(2, 3), self.size)
        self.inputs = [keras.Input(self.shape) for _ in range(d.randint(1, 3))]
        self.tensors, self.shared = list(self.inputs), []

    def pick(self):
        return self.tensors[-1] if self.d.random() < 0.5 else self.d.choice(self.tensors)

    def apply(self, made):
        """To one tensor, or to as many as the model takes."""
        count = len(made.inputs) if isinstance(made, keras.Model) and made.built and hasattr(made, "inputs") and made.inputs else 1
        taken = [self.pick() for _ in range(count)]
        training = {"training": False} if isinstance(made, keras.Model) and self.d.random() < 0.2 else {}
        self.tensors += as_list(made(unwrap(taken), **training))

    def step(self):
        kind = self.d.choice(["layer", "layer", "same", "one", "one", "two", "two", "nested", "again"])
        if kind == "one":
            self.tensors.append(self.d.choice(ONE)(self.pick(), self.d))
        elif kind == "two":
            self.tensors.append(self.d.choice(TWO)(self.pick(), self.pick()))
        elif kind == "again" and self.shared:
            self.apply(self.d.choice(self.shared))
        else:
            made = {"layer": lambda: layer_of(self.d, self.size), "same": lambda: same_size(self.d)}.get(
                kind, lambda: nested(self.d, self.shape, self.size))()
            self.shared.append(made)
            self.apply(made)

    def model(self):
        for _ in range(self.d.randint(3, 9)):
            self.step()
        made = self.tensors[len(self.inputs):]
        outputs = [made[-1]] + [t for t in made[:-1] if self.d.random() < 0.15]
        everything = self.inputs[0]
        for tensor in self.inputs[1:]:  # an input that nothing uses is an error
            everything = everything + tensor
        outputs[0] = layer_of(self.d, 2)(outputs[0] + 0.1 * everything)
        if self.d.random() < 0.3 and len(outputs) > 1:
            outputs = {f"out_{i}": tensor for i, tensor in enumerate(outputs)}
        return keras.Model(unwrap(self.inputs), unwrap(outputs) if isinstance(outputs, list) else outputs)


def draw_model(number):
    keras.utils.set_random_seed(number)
    d, rng = random.Random(number), np.random.default_rng(number)
    model = Graph(d).model()
    model.compile(d.choice([keras.optimizers.SGD(0.01, momentum=0.5), keras.optimizers.SGD(0.02, clipnorm=1.0)]), "mse")
    xs = [rng.standard_normal((ROWS, *tensor.shape[1:])).astype("float32") for tensor in model.inputs]
    return model, xs, rng


def check(answer, root, number):
    try:
        model, xs, rng = draw_model(number)
        outputs = keras.tree.flatten(model.predict(xs, batch_size=4, verbose=0))
        ys = [rng.standard_normal(np.shape(output)).astype("float32") for output in outputs]
        model.evaluate(unwrap(xs), unwrap(ys), verbose=0)
    except Exception as error:
        return None, f"Keras itself: {type(error).__name__} {str(error)[:200]!r}", ""
    note = " ".join(type(op).__name__ for op in getattr(model, "operations", model.layers))
    try:
        return *compare(answer, os.path.join(root, str(number)), model, xs, ys, 2, goes_on=True), note
    except Refused as error:
        return {"refused": float("inf")}, str(error), note
    except Exception as error:
        return None, f"Keras can not train it: {type(error).__name__} {str(error)[:200]!r}", note


if __name__ == "__main__":
    sys.exit(run_draws(check, 30))
