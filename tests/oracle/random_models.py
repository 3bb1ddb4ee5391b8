"""Asks Keras for models that nobody chose, and the program for the same numbers.

`python random_models.py PROGRAM FOLDER [COUNT [FIRST]]` draws Sequential models: layers, their arguments, losses,
metrics, optimizers and schedules; predicts, trains two epochs and predicts again with Keras and with `keraslike`, and
prints the worst error of each as a share of its tolerance. A model's number is its seed.

Left out is what rounding alone decides: an adaptive optimizer divides gradients that are zero but for rounding (those of
biases before a normalization) by themselves, and a ReLU may fall to either side of its corner.
"""
import os
import random
import sys

from settings import LIMIT, Program, check_model, keras, np

L, O = keras.layers, keras.optimizers
ACTIVATIONS = ["linear", "tanh", "sigmoid", "elu", "selu", "softplus", "softsign", "silu", "gelu", "exponential",
               "hard_sigmoid", "mish"]


def activation(draw):
    return draw.choice(ACTIVATIONS[:-3] if draw.random() < 0.8 else ["softmax", "log_sigmoid", "mish"])


def regularizer(draw):
    return draw.choice([None, None, None, "l2", keras.regularizers.L1(0.003), keras.regularizers.L1L2(0.01, 0.02)])


def dense(draw, units=None):
    return L.Dense(units or draw.randint(1, 9), activation=activation(draw), use_bias=draw.random() < 0.8,
                   kernel_regularizer=regularizer(draw), activity_regularizer=draw.choice([None, None, "l2"]),
                   kernel_constraint=draw.choice([None, None, keras.constraints.MaxNorm(1.5), "unit_norm"]))


def rows_layer(draw):
    """Of rows (n,) or steps (t, n)."""
    return draw.choice([
        dense, dense, dense,
        lambda d: L.Activation(activation(d)),
        lambda d: L.Dropout(0.0),
        lambda d: L.UnitNormalization(),
        lambda d: L.Rescaling(d.choice([0.5, 2.0]), offset=d.choice([0.0, -0.3])),
        lambda d: L.BatchNormalization(momentum=d.choice([0.9, 0.5]), epsilon=d.choice([1e-3, 0.1]),
                                       scale=d.random() < 0.7, center=d.random() < 0.7),
    ])(draw)


def steps_layer(draw):
    rnn = lambda d: d.choice([L.LSTM, L.GRU, L.SimpleRNN])(d.randint(2, 5), return_sequences=True,
                                                           go_backwards=d.random() < 0.3, use_bias=d.random() < 0.8)
    return draw.choice([
        rnn, rows_layer,
        lambda d: L.Bidirectional(L.GRU(d.randint(2, 4), return_sequences=True),
                                  merge_mode=d.choice(["concat", "sum", "ave", "mul"])),
        lambda d: L.Conv1D(d.randint(2, 5), d.randint(1, 3), padding=d.choice(["same", "valid", "causal"]),
                           strides=d.choice([1, 1, 2]), activation=activation(d)),
        lambda d: L.MaxPooling1D(2, padding=d.choice(["same", "valid"])),
        lambda d: L.ZeroPadding1D((d.randint(0, 2), 1)),
        lambda d: L.UpSampling1D(2),
        lambda d: L.TimeDistributed(dense(d)),
    ])(draw)


def images_layer(draw):
    padding = draw.choice(["same", "valid"])
    strides = draw.choice([1, 1, 2, (2, 1)])
    return draw.choice([
        lambda d: L.Conv2D(d.choice([2, 4]), d.choice([1, 2, 3, (3, 2)]), strides=strides, padding=padding,
                           activation=activation(d), use_bias=d.random() < 0.8),
        lambda d: L.Conv2D(4, 2, dilation_rate=2, padding="same", activation=activation(d)),
        lambda d: L.DepthwiseConv2D(d.choice([2, 3]), padding=padding, depth_multiplier=d.choice([1, 2])),
        lambda d: L.SeparableConv2D(3, 3, padding="same"),
        lambda d: L.Conv2DTranspose(3, d.choice([2, 3]), strides=d.choice([1, 2]), padding=padding),
        lambda d: L.MaxPooling2D(2, strides=d.choice([None, 1]), padding="same"),
        lambda d: L.AveragePooling2D(2),
        lambda d: L.ZeroPadding2D(((1, 0), (0, 2))),
        lambda d: L.Cropping2D(((1, 0), (0, 1))),
        lambda d: L.UpSampling2D(2, interpolation=d.choice(["nearest", "bilinear"])),
        lambda d: L.BatchNormalization(),
        lambda d: L.Permute((2, 1, 3)),
        lambda d: L.Activation(activation(d)),
    ])(draw)


def layers_of(draw):
    """The layers between the input and the last one."""
    kind = draw.choice(["rows", "steps", "images"])
    if kind == "rows":
        return (draw.randint(1, 8),), [rows_layer(draw) for _ in range(draw.randint(1, 5))]
    if kind == "steps":
        first = [L.Masking()] if draw.random() < 0.3 else []
        last = draw.choice([L.Flatten, L.GlobalAveragePooling1D, L.GlobalMaxPooling1D, lambda: L.LSTM(3)])
        middle = first and [L.LSTM(4, return_sequences=True)] or [steps_layer(draw) for _ in range(draw.randint(1, 4))]
        return (draw.randint(6, 9), draw.randint(1, 4)), first + middle + [last()]
    last = draw.choice([L.Flatten, L.GlobalAveragePooling2D, L.GlobalMaxPooling2D])
    return (9, 8, draw.choice([1, 2, 3])), [images_layer(draw) for _ in range(draw.randint(1, 4))] + [last()]


def rate(draw, value):
    s = O.schedules
    return draw.choice([
        lambda: value, lambda: value,
        lambda: s.ExponentialDecay(value, 3, 0.7, staircase=draw.random() < 0.5),
        lambda: s.CosineDecay(value, 5, alpha=0.1),
        lambda: s.PolynomialDecay(value, 4, value / 3, power=2.0, cycle=draw.random() < 0.5),
        lambda: s.InverseTimeDecay(value, 2, 0.5),
        lambda: s.PiecewiseConstantDecay([2, 4], [value, value / 2, value / 4]),
    ])()


def optimizer(draw, is_plain):
    common = {"clipnorm": draw.choice([None, None, 0.5]), "weight_decay": draw.choice([None, None, 0.01])}
    plain = [lambda: O.SGD(rate(draw, 0.05), momentum=draw.choice([0.0, 0.9]), **common),
             lambda: O.SGD(rate(draw, 0.02), momentum=0.8, nesterov=True, use_ema=draw.random() < 0.3, **common)]
    adaptive = [lambda: O.Adam(rate(draw, 0.01), amsgrad=draw.random() < 0.3, **common),
                lambda: O.AdamW(rate(draw, 0.01)), lambda: O.Adamax(rate(draw, 0.01)), lambda: O.Nadam(0.01),
                lambda: O.RMSprop(rate(draw, 0.005), momentum=0.5, centered=draw.random() < 0.5),
                lambda: O.Adagrad(rate(draw, 0.05)), lambda: O.Adadelta(0.5), lambda: O.Ftrl(rate(draw, 0.05))]
    return draw.choice(plain if is_plain else plain + adaptive)()


def head(draw, rng):
    """The last layer, the loss, the metrics, and targets for 12 rows."""
    units = draw.randint(2, 4)
    kind = draw.choice(["values", "values", "one", "sparse", "hot"])
    if kind == "values":
        loss = draw.choice(["mse", "mae", "huber", "log_cosh", "cosine_similarity",
                            keras.losses.MeanSquaredError(reduction="sum")])
        return L.Dense(units), loss, ["mae", "mse"], rng.standard_normal((12, units)).astype("float32")
    if kind == "one":
        loss = draw.choice(["binary_crossentropy", "hinge", keras.losses.BinaryFocalCrossentropy(gamma=1.5),
                            keras.losses.BinaryCrossentropy(label_smoothing=0.1)])
        return L.Dense(1, "sigmoid"), loss, ["accuracy"], rng.integers(0, 2, (12, 1)).astype("float32")
    labels = rng.integers(0, units, 12)
    if kind == "sparse":
        return L.Dense(units, "softmax"), "sparse_categorical_crossentropy", ["accuracy"], labels
    loss = draw.choice(["categorical_crossentropy", "kl_divergence", "categorical_hinge",
                        keras.losses.CategoricalFocalCrossentropy()])
    return L.Dense(units, "softmax"), loss, ["accuracy"], np.eye(units, dtype="float32")[labels]


def draw_model(number):
    keras.utils.set_random_seed(number)
    draw, rng = random.Random(number), np.random.default_rng(number)
    shape, middle = layers_of(draw)
    last, loss, metrics, y = head(draw, rng)
    model = keras.Sequential([keras.Input(shape), *middle, last])
    is_plain = any(isinstance(layer, (L.BatchNormalization, L.UnitNormalization)) for layer in middle)
    model.compile(optimizer(draw, is_plain), loss, metrics=metrics)
    x = rng.standard_normal((12, *shape)).astype("float32")
    if isinstance(middle[0], L.Masking):
        x[::2, 4:] = 0
    return model, x, y


def drawn(number):
    """None where Keras itself can not build what was drawn: images that are cropped to nothing."""
    try:
        return draw_model(number)
    except ValueError:
        return None


def main(program, root, count="40", first="0"):
    bad = 0
    for number in range(int(first), int(first) + int(count)):
        made = drawn(number)
        if made is None:
            continue
        folder = os.path.join(root, str(number))
        os.makedirs(folder, exist_ok=True)
        model, x, y = made
        name = " ".join([type(model.optimizer).__name__] + [type(layer).__name__ for layer in model.layers])
        try:
            worst = check_model(model, Program(program, folder, [x], [y]), [x], y)
            failed, text = max(worst.values()) > LIMIT, " ".join(f"{key} {value:.3f}" for key, value in worst.items())
        except (RuntimeError, KeyError) as error:
            failed, text = True, str(error)
        bad += failed
        print(f"{number:4} {text}{'  <-- BAD' if failed else ''}  {name}", flush=True)
    print(f"{bad} bad")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
