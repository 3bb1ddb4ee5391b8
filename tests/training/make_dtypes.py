"""Writes dtypes/: models of several dtype policies, the data that they were trained on, and what Keras made of them.

    KERAS_BACKEND=torch CUDA_VISIBLE_DEVICES= python tests/training/make_dtypes.py
    KERAS_BACKEND=tensorflow CUDA_VISIBLE_DEVICES= python tests/training/make_dtypes.py float64

Numbers are written in full. `float64` cases ran with floatx set to it, and with TensorFlow: on its other backends Keras
casts products of float64 to float32 (keras/src/backend/common/dtypes.py, BIT64_TO_BIT32_DTYPE). In the others losses and
metrics are float32.
"""
import json
import pathlib
import sys

import keras
import numpy as np
from keras import layers as L

POLICIES = sys.argv[1:] or ["mixed_bfloat16"]
FOLDER = pathlib.Path(__file__).parent / "dtypes"


def wave(shape, step):
    count = int(np.prod(shape))
    return np.sin(step * np.arange(1, count + 1)).reshape(shape)


def rows():
    return keras.Sequential([keras.Input((6,)), L.Dense(8, "tanh", kernel_regularizer=keras.regularizers.L2(0.125)),
                             L.BatchNormalization(), L.Dense(8, "gelu"), L.LayerNormalization(),
                             L.Dense(3, "softmax")])


def images():
    return keras.Sequential([keras.Input((6, 6, 2)), L.Conv2D(4, 3, padding="same", activation="relu"),
                             L.MaxPooling2D(2), L.DepthwiseConv2D(2), L.GroupNormalization(2), L.Flatten(), L.Dense(3)])


def sequences():
    return keras.Sequential([keras.Input((5, 3)), L.LSTM(4, return_sequences=True), L.GRU(4), L.Dense(3)])


def attention():
    x = keras.Input((4,), dtype="int32")
    h = L.Embedding(7, 6)(x)
    h = L.Add()([h, L.MultiHeadAttention(2, 3)(h, h)])
    h = L.Dense(5, "silu")(L.GlobalAveragePooling1D()(h))
    return keras.Model(x, L.Dense(3, dtype="float32")(h))


MODELS = {"rows": (rows, (6,)), "images": (images, (6, 6, 2)), "sequences": (sequences, (5, 3)),
          "attention": (attention, (4,))}
OPTIMIZERS = {
    "rows": lambda: keras.optimizers.Adam(0.01),
    "images": lambda: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "sequences": lambda: keras.optimizers.RMSprop(0.01),
    "attention": lambda: keras.optimizers.AdamW(0.01),
}
EXACT = {
    "rows": lambda: keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.01, 20)),
    "images": lambda: keras.optimizers.SGD(0.05, momentum=0.9, weight_decay=0.01, clipnorm=1.0),
    "sequences": lambda: keras.optimizers.Nadam(0.01, use_ema=True, ema_overwrite_frequency=2),
}


def numbers(array):
    array = np.asarray(array)
    return {"shape": list(array.shape), "values": array.astype("float64").flatten().tolist()}


def numpy_of(values):
    return np.asarray(keras.ops.convert_to_numpy(values)).astype("float64")


def write(name, policy, model, loss, metrics, optimizer, x, y):
    model.compile(optimizer=optimizer, loss=loss, metrics=metrics)
    model.save(FOLDER / f"{name}.keras")
    before = numpy_of(model(x, training=False))
    history = model.fit(x, y, batch_size=4, epochs=3, shuffle=False, verbose=0).history
    after = numpy_of(model(x, training=False))
    result = {
        "policy": policy,
        "dtype": keras.backend.standardize_dtype(model(x).dtype),
        "before": numbers(before), "after": numbers(after), "history": history,
        "weights": [numbers(numpy_of(w)) for w in model.weights],
        "optimizer": [numbers(numpy_of(v)) for v in model.optimizer.variables],
    }
    (FOLDER / f"{name}.json").write_text(json.dumps(result))


def loss_scale():
    """Scales a loss, skips a batch whose gradients are infinite, and doubles the scale after three good ones."""
    model = keras.Sequential([keras.Input((6,)), L.Dense(4, "tanh"), L.Dense(2)])
    inner = keras.optimizers.Adam(0.01, clipnorm=1.0)
    model.compile(keras.optimizers.LossScaleOptimizer(inner, initial_scale=1024.0, dynamic_growth_steps=3), "mse")
    model.save(FOLDER / "loss_scale.keras")
    scales = []
    for step in range(9):
        x, y = wave((4, 6), 0.7 + step), wave((4, 2), 1.3)
        if step == 4:
            y = y * 1e37
        model.train_on_batch(x.astype("float32"), y.astype("float32"))
        scales.append(float(model.optimizer.dynamic_scale))
    result = {"scales": scales, "weights": [numbers(numpy_of(w)) for w in model.weights],
              "optimizer": [numbers(numpy_of(v)) for v in model.optimizer.variables]}
    (FOLDER / "loss_scale.json").write_text(json.dumps(result))


def half():
    """What `compile` makes of an optimizer where the policy is mixed_float16, after two steps."""
    model = keras.Sequential([keras.Input((6,)), L.Dense(4, "tanh"), L.Dense(2)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    for step in range(2):
        model.train_on_batch(wave((4, 6), 0.7 + step).astype("float32"), wave((4, 2), 1.3).astype("float32"))
    model.save(FOLDER / "mixed_float16.keras")
    result = {"weights": [numbers(numpy_of(w)) for w in model.weights],
              "optimizer": [numbers(numpy_of(v)) for v in model.optimizer.variables]}
    (FOLDER / "mixed_float16.json").write_text(json.dumps(result))


def main():
    FOLDER.mkdir(exist_ok=True)
    for policy in POLICIES:
        keras.config.set_floatx("float64" if policy == "float64" else "float32")
        keras.config.set_dtype_policy(policy)
        for kind, (make, shape) in MODELS.items():
            if policy == "float64" and kind == "attention":
                continue
            keras.utils.clear_session()
            keras.config.set_dtype_policy(policy)
            keras.utils.set_random_seed(1)
            x = wave((10,) + shape, 0.7).astype(keras.config.floatx())
            if kind == "attention":
                x = ((np.arange(40) * 5 + np.arange(40) // 3) % 7).reshape(10, 4).astype("int32")
            y = wave((10, 3), 1.3).astype(keras.config.floatx())
            loss, metrics = "mse", ["mae"]
            if kind == "rows":
                y = (np.arange(10) * 7 % 3).astype("int64")
                loss, metrics = "sparse_categorical_crossentropy", ["accuracy"]
            optimizer = (EXACT if policy == "float64" else OPTIMIZERS)[kind]()
            write(f"{policy}_{kind}", policy, make(), loss, metrics, optimizer, x, y)
    for policy, make in (("float32", loss_scale), ("mixed_float16", half)) if POLICIES == ["mixed_bfloat16"] else ():
        keras.config.set_floatx("float32")
        keras.utils.clear_session()
        keras.config.set_dtype_policy(policy)
        keras.utils.set_random_seed(1)
        make()


if __name__ == "__main__":
    main()
