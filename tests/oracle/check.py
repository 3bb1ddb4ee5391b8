"""Opens with Keras what write_models.cpp wrote, does with it what that program did, and compares.

`python check.py FOLDER` prints for each model the largest error as a share of its tolerance, and ends with 1 where one
is above 1 or Keras warns that it skipped a part of a trained model. (Of a model that was not trained it says so too
when it wrote the file itself.)
"""
import json
import os
import sys
import warnings

os.environ["KERAS_BACKEND"] = "torch"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras  # noqa: E402
import numpy as np  # noqa: E402

RTOL, ATOL = 2e-5, 2e-6

# Cases that Keras' own torch backend computes otherwise than its TensorFlow and JAX backends, which keraslike follows.
OTHER_BACKENDS = {
    "parity_same_padding_strides": "average pooling counts the padding",
    "parity_normalizations": "LayerNormalization over inner axes fails",
}
# A bfloat16 is up to 2^-8 off its neighbours, and two products of them may round to either.
COARSE = {"mixed_bfloat16": 2**-8 / RTOL, "bfloat16": 2**-8 / RTOL}
# What rounding alone decides: attention does not depend on the bias of its keys, so that Adam divides noise by noise.
# Weights of 16 bits that are a unit apart, which is compared, give outputs that cancel to several units.
NOT_COMPARED = {"parity_attention": ["weights"], "bfloat16": ["after"]}


def excess(got, want):
    got, want = np.asarray(got, "float64"), np.asarray(want, "float64")
    if got.shape != want.shape:
        return float("inf")
    return float(np.max(np.abs(got - want) / (ATOL + RTOL * np.abs(want)), initial=0.0))


def arrays(values):
    tensors = [v.value.detach().cpu() if hasattr(v.value, "detach") else v.value for v in values]
    return [np.asarray(t.float() if "bfloat16" in str(t.dtype) else t) for t in tensors]


def load_all(folder, kind):
    names = sorted(name for name in os.listdir(folder) if name.startswith(kind) and name.endswith(".npy"))
    return [np.load(os.path.join(folder, name)) for name in names]


def unwrap(values):
    return values[0] if len(values) == 1 else values


def predictions_excess(model, folder, x, kind):
    got = model.predict(unwrap(x), verbose=0)
    got = got if isinstance(got, list) else [got]
    return max(excess(a, b) for a, b in zip(got, load_all(folder, kind), strict=True))


def older_file_excess(folder, trained):
    """trained.h5 against trained.keras, which the same model was written into. Keras does not restore the optimizer's
    state from such files, its own included: it builds the optimizer before it knows the weights."""
    older = keras.saving.load_model(os.path.join(folder, "trained.h5"))
    pairs = zip(arrays(older.weights), arrays(trained.weights), strict=True)
    return max((excess(a, b) for a, b in pairs), default=0.0)


def check(folder):
    model = keras.saving.load_model(os.path.join(folder, "model.keras"))
    x, y = load_all(folder, "x"), load_all(folder, "y")
    worst = {"before": predictions_excess(model, folder, x, "before")}
    if not os.path.exists(os.path.join(folder, "history.json")):
        return worst
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message="You passed `rms_scaling=True`")
        trained = keras.saving.load_model(os.path.join(folder, "trained.keras"))
    if not any(weight.dtype == "bfloat16" for weight in trained.weights):  # Keras can not read its own .h5 of these
        worst["h5"] = older_file_excess(folder, trained)
    with open(os.path.join(folder, "history.json")) as file:
        ours = json.load(file)
    history = model.fit(unwrap(x), unwrap(y), batch_size=16, epochs=1, shuffle=False, verbose=0).history
    if set(history) != set(ours):
        raise ValueError(f"history has {sorted(history)}, ours {sorted(ours)}")
    worst["history"] = max(excess(values[-1], ours[key]) / 10 for key, values in history.items())  # six digits printed
    worst["after"] = predictions_excess(model, folder, x, "after")
    pairs = zip(arrays(model.weights), arrays(trained.weights), strict=True)
    worst["weights"] = max((excess(a, b) for a, b in pairs), default=0.0)
    pairs = zip(arrays(model.optimizer.variables), arrays(trained.optimizer.variables), strict=True)
    worst["optimizer"] = max(excess(a, b) for a, b in pairs)
    return worst


def seeded_layers(name):
    """The same lines stand in write_models.cpp: same seed, same model."""
    L = keras.layers
    if name == "seeded_rows":
        return [keras.Input((10,)), L.Dense(16, "relu"), L.Dropout(0.3), L.Dense(8, kernel_initializer="he_normal"),
                L.Dropout(0.2, seed=5), L.Dense(1)]
    if name == "seeded_images":
        return [keras.Input((8, 8, 3)), L.Conv2D(4, 3, activation="tanh", kernel_initializer="lecun_uniform"),
                L.SpatialDropout2D(0.25), L.DepthwiseConv2D(2, use_bias=False), L.GaussianNoise(0.1),
                L.BatchNormalization(), L.Flatten(), L.GaussianDropout(0.2),
                L.Dense(1, kernel_initializer="truncated_normal")]
    return [keras.Input((6,)), L.Embedding(9, 5),
            L.LSTM(4, dropout=0.2, recurrent_dropout=0.3, return_sequences=True),
            L.Bidirectional(L.GRU(3, dropout=0.1)), L.AlphaDropout(0.1), L.Dense(1)]


def check_seeded(folder):
    x, y = np.load(os.path.join(folder, "x.npy")), np.load(os.path.join(folder, "y.npy"))
    keras.utils.set_random_seed(42)
    model = keras.Sequential(seeded_layers(os.path.basename(folder)))
    model.compile(optimizer="adam", loss="mse")
    model.fit(x, y, batch_size=16, epochs=5, verbose=0)
    ours = keras.saving.load_model(os.path.join(folder, "trained.keras"))
    return {"weights": max(excess(a, b) for a, b in zip(arrays(model.weights), arrays(ours.weights), strict=True))}


def main(root):
    bad = 0
    for name in sorted(os.listdir(root)):
        folder = os.path.join(root, name)
        if name in OTHER_BACKENDS:
            print(f"{name:36} not compared: {OTHER_BACKENDS[name]} on torch", flush=True)
            continue
        try:
            worst = check_seeded(folder) if name.startswith("seeded") else check(folder)
            worst = {key: value / COARSE.get(name, 1) for key, value in worst.items()}
            failed = max(value for key, value in worst.items() if key not in NOT_COMPARED.get(name, [])) > 1
            text = " ".join(f"{key} {value:.3f}" for key, value in worst.items())
        except Exception as error:  # a model that Keras refuses is a finding, not the end
            failed, text = True, f"{type(error).__name__}: {str(error).strip().splitlines()[-1][:200]}"
        bad += failed
        print(f"{name:36} {text}{'  <-- BAD' if failed else ''}", flush=True)
    print(f"{bad} bad")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
