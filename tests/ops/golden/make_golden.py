"""Writes graphs of operations that are no layers, which ops_test.cpp reads, and what Keras predicts. Keras 3.15.1."""
import os

os.environ["KERAS_BACKEND"] = "torch"

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import ops  # noqa: E402

here = os.path.dirname(os.path.abspath(__file__))
x = keras.Input((4, 6), name="x")
i = keras.Input((4,), dtype="int32", name="i")
small = x[:, 0]
bits = i > 2

outputs = {
    # two operands
    "add": x + x, "subtract": 1 - x, "multiply": x * 2, "true_divide": x / 2, "divide": ops.divide(x, 3.0),
    "divide_integers": ops.divide(i, 2), "add_integers": i + 3, "add_float": i + 0.5, "mixed": i[:, :, None] * x,
    "floor_divide": i // 2, "mod": i % 3, "power": x**2, "power_integers": i**2, "maximum": ops.maximum(x, 0.1),
    "minimum": ops.minimum(x, small[:, None]), "equal": ops.equal(i, 2), "not_equal": ops.not_equal(i, 0),
    "greater": x > 0, "greater_equal": x >= x, "less": i < 2, "less_equal": x <= 0.3,
    "and": ops.logical_and(bits, i < 5), "or": ops.logical_or(bits, i < 1), "xor": ops.logical_xor(bits, i < 4),
    # one
    "negative": -x, "absolute": abs(x), "exp": ops.exp(x), "log": ops.log(abs(x) + 1), "sqrt": ops.sqrt(i),
    "square": ops.square(x), "rsqrt": ops.rsqrt(abs(x)), "not": ops.logical_not(bits), "tanh": ops.tanh(x),
    "sin": ops.sin(x), "cos": ops.cos(x), "floor": ops.floor(x), "ceil": ops.ceil(x), "sign": ops.sign(x),
    "erf": ops.erf(x), "log1p": ops.log1p(abs(x)), "expm1": ops.expm1(x), "reciprocal": ops.reciprocal(x),
    "isnan": ops.isnan(x), "isfinite": ops.isfinite(x),
    # activations
    "relu": ops.relu(x), "gelu": ops.gelu(x), "gelu_exact": ops.gelu(x, approximate=False), "silu": ops.silu(x),
    "sigmoid": ops.sigmoid(x), "softmax": ops.softmax(x, axis=1), "log_softmax": ops.log_softmax(x),
    "softplus": ops.softplus(x), "leaky_relu": ops.leaky_relu(x, 0.3), "elu": ops.elu(x, 0.7), "selu": ops.selu(x),
    "relu6": ops.relu6(x), "hard_sigmoid": ops.hard_sigmoid(x), "softsign": ops.softsign(x), "celu": ops.celu(x, 0.5),
    "soft_shrink": ops.soft_shrink(x, 0.2), "glu": ops.glu(x), "log_sigmoid": ops.log_sigmoid(x),
    # reductions
    "sum": ops.sum(x, axis=1), "sum_axes": ops.sum(x, axis=(1, 2), keepdims=True), "sum_integers": ops.sum(i, axis=-1),
    "sum_bits": ops.sum(bits, axis=1), "mean": ops.mean(x, axis=-1), "mean_integers": ops.mean(i, axis=1),
    "max": ops.max(x, axis=1), "max_initial": ops.max(x, axis=1, initial=0.2), "min": ops.min(x, axis=(1, 2)),
    "amax": ops.amax(x, axis=2), "any": ops.any(bits, axis=1), "all": ops.all(bits, axis=1, keepdims=True),
    "prod": ops.prod(x, axis=2), "std": ops.std(x, axis=1), "var": ops.var(x, axis=(1, 2)),
    "argmax": ops.argmax(x, axis=2), "argmin": ops.argmin(i, axis=1), "logsumexp": ops.logsumexp(x, axis=1),
    # shapes
    "concatenate": ops.concatenate([x, x[:, :2]], axis=1), "stack": ops.stack([x, -x], axis=1),
    "reshape": ops.reshape(x, (-1, 24)), "transpose": ops.transpose(x, (0, 2, 1)), "expand": ops.expand_dims(x, (1, 2)),
    "squeeze": ops.squeeze(x[:, :1], axis=1), "repeat": ops.repeat(x, 2, axis=1), "tile": ops.tile(x, (1, 2, 1)),
    "flip": ops.flip(x, axis=1), "pad": ops.pad(x, ((0, 0), (1, 2), (0, 1))),
    "pad_value": ops.pad(x, ((0, 0), (1, 0), (0, 0)), constant_values=0.5), "swapaxes": ops.swapaxes(x, 1, 2),
    "broadcast": ops.broadcast_to(small[:, None], (2, 3, 6)),
    # the rest
    "item": x[:, 0], "items": x[..., 1:3], "new_axis": x[:, None, :, ::2], "last": x[:, -1, 1:],
    "einsum": ops.einsum("abc,adc->abd", x, x), "matmul": x @ ops.transpose(x, (0, 2, 1)),
    "cast": ops.cast(i, "float32"),
    "cast_bits": ops.cast(x, "bool"), "where": ops.where(x > 0, x, 0.5), "where_integers": ops.where(bits, i, -1),
    "clip": ops.clip(x, -0.1, 0.2), "clip_integers": ops.clip(i, 1, 3), "take": ops.take(x, [0, -1], axis=1),
    "take_one": ops.take(x, 1, axis=2), "array": x + np.arange(6, dtype="float32"),
    "array_where": ops.where(x[:, :, :1] > 0, np.array([1, 2], "int32"), i[:, :, None]),
    # once more
    "arccos": ops.arccos(x), "arcsin": ops.arcsin(x), "arctan": ops.arctan(x), "arctan2": ops.arctan2(x, 0.3),
    "arccosh": ops.arccosh(abs(x) + 1), "arcsinh": ops.arcsinh(x), "arctanh": ops.arctanh(x), "cosh": ops.cosh(x),
    "sinh": ops.sinh(x), "tan": ops.tan(x), "exp2": ops.exp2(x), "log2": ops.log2(abs(x) + 1),
    "log10": ops.log10(abs(x) + 1), "erfc": ops.erfc(x), "isinf": ops.isinf(x), "trunc": ops.trunc(x * 9),
    "round": ops.round(x * 9), "round_decimals": ops.round(x, 2), "round_integers": ops.round(i),
    "logaddexp": ops.logaddexp(x, 0.2), "divide_no_nan": ops.divide_no_nan(x, ops.relu(x)),
    "ones_like": ops.ones_like(x), "zeros_like": ops.zeros_like(i), "stop_gradient": ops.stop_gradient(x),
    "hard_silu": ops.hard_silu(x), "hard_tanh": ops.hard_tanh(x), "hard_shrink": ops.hard_shrink(x, 0.3),
    "sparse_plus": ops.sparse_plus(x), "sparse_sigmoid": ops.sparse_sigmoid(x), "sparsemax": ops.sparsemax(x),
    "squareplus": ops.squareplus(x, 3), "tanh_shrink": ops.tanh_shrink(x), "threshold": ops.threshold(x, 0.1, 7),
    "amin": ops.amin(x, axis=2), "norm": ops.norm(x, axis=-1), "norm_axes": ops.norm(x, axis=(1, 2), keepdims=True),
    "normalize": ops.normalize(x, axis=1), "cumsum": ops.cumsum(x, axis=1), "cumsum_integers": ops.cumsum(i, axis=1),
    "cumprod": ops.cumprod(x, axis=2), "sort": ops.sort(x, axis=1), "argsort": ops.argsort(x, axis=1),
    "one_hot": ops.one_hot(i, 6), "moveaxis": ops.moveaxis(x, 1, -1), "roll": ops.roll(x, 2, axis=1),
    "tril": ops.tril(x), "triu": ops.triu(x, 1), "take_along": ops.take_along_axis(x, ops.argsort(x, axis=2), axis=2),
}
for number, part in enumerate(ops.top_k(x, 2)):
    outputs[f"top_{number}"] = part
for number, part in enumerate(ops.split(x, 3, axis=2)):
    outputs[f"split_{number}"] = part
for number, part in enumerate(ops.split(x, [1, 3], axis=1)):
    outputs[f"cut_{number}"] = part

model = keras.Model([x, i], outputs)
model.save(os.path.join(here, "ops.keras"))
values = {
    "x": (np.sin(np.arange(1, 49, dtype="float32")) / 2).reshape(2, 4, 6),
    "i": np.array([[0, 1, 2, 3], [5, 4, 2, 0]], "int32"),
}
predicted = model.predict([values["x"], values["i"]], verbose=0)
predicted["top_1"] = np.asarray(predicted["top_1"]).astype("int32")  # as Keras says; its torch backend gives int64
np.savez_compressed(os.path.join(here, "predicted.npz"), **{k: np.asarray(v) for k, v in predicted.items()})
