"""Asks Keras for layers with arguments that nobody chose, and keraslike for the same numbers.

`python random_layers.py ANSWER FOLDER [--count N] [--seed S] [--only PATTERN]` draws N layers of each class: predicts,
evaluates, trains two epochs and predicts again with Keras and with keraslike, and prints the worst error of each class
as a share of its tolerance. A draw's number is its seed.
"""
import argparse
import collections
import fnmatch
import os
import random
import sys
import zlib

from layer_draws import DRAWS
from oracle import Answer, LIMIT, Refused, compare, keras, np

L = keras.layers


def data(kind, shape, rng):
    if kind.startswith("ints:"):
        return rng.integers(0, int(kind[5:]), shape).astype("int32")
    if kind.startswith("image:"):
        return (rng.random(shape) * int(kind[6:])).astype("float32")
    return (rng.random(shape) if kind == "positive" else rng.standard_normal(shape)).astype("float32")


def outputs_of(drawn, inputs, draw):
    """Before some layers of floats one more that learns, so that gradients go through them."""
    tensors = inputs
    if drawn.kind == "normal" and not drawn.masked and draw.random() < 0.5:
        tensors = [L.Dense(tensor.shape[-1], name=f"front_{i}")(tensor) for i, tensor in enumerate(inputs)]
    if drawn.masked:
        tensors = [L.Masking()(tensor) for tensor in tensors]
    made = drawn.call(*tensors) if drawn.call else drawn.layer(*tensors)
    return keras.tree.flatten(made)


def draw_model(name, number):
    seed = zlib.crc32(f"{name} {number}".encode())
    draw, rng = random.Random(seed), np.random.default_rng(seed)
    keras.utils.set_random_seed(number)
    drawn = DRAWS[name](draw)
    inputs = [keras.Input(shape, dtype="int32" if drawn.kind.startswith("ints") else None) for shape in drawn.shapes]
    model = keras.Model(inputs, outputs_of(drawn, inputs, draw))
    model.compile(keras.optimizers.SGD(0.01), "mse")
    rows = draw.choice([4, 6, 5, 8])
    xs = [data(drawn.kind, (rows, *shape), rng) for shape in drawn.shapes]
    if drawn.masked and drawn.shapes[0][0] > 1:
        xs[0][::2, -1] = 0
    return drawn, model, xs, rng


def described(layer):
    config = {key: value for key, value in layer.get_config().items() if key not in ("name", "trainable", "dtype")}
    for key, value in config.items():
        if isinstance(value, dict) and "class_name" in value:
            config[key] = f"{value['class_name']}{value.get('config') if key.endswith(('layer', 'cell')) else ''}"
    return f"{config}"


def check(answer, root, name, number):
    """The worst error of each kind, or None where Keras itself can not."""
    try:
        drawn, model, xs, rng = draw_model(name, number)
        outputs = [np.asarray(y) for y in keras.tree.flatten(model.predict(xs, batch_size=4, verbose=0))]
        if min(output.size for output in outputs) == 0:
            return None
    except Exception as error:
        if os.environ.get("SHOW_REFUSED"):
            print("   ", name, number, type(error).__name__, str(error)[:300].replace("\n", " "))
        return None
    ys = [rng.standard_normal(output.shape).astype("float32") for output in outputs]
    trains = bool(model.trainable_weights) or not drawn.noisy
    note = f"{[x.shape for x in xs]} {'masked ' if drawn.masked else ''}{described(drawn.layer)}"
    try:
        return *compare(answer, os.path.join(root, f"{name}_{number}"), model, xs, ys, 2 if trains else 0), note
    except Refused as error:
        return {"refused": float("inf")}, str(error), note
    except Exception as error:
        print(f"{name:28} {number:4} Keras can not train it: {type(error).__name__} {str(error)[:160]!r} {note[:200]}", flush=True)
        return None


def run(answer, root, names, first, count):
    bad = 0
    for name in names:
        worst, reasons, ran = collections.defaultdict(float), collections.Counter(), 0
        for number in range(first, first + count):
            result = check(answer, root, name, number)
            if result is None:
                continue
            errors, because, note = result
            ran += 1
            reasons["planned" if not because else because] += 1
            for kind, value in errors.items():
                worst[kind] = max(worst[kind], value)
            if max(errors.values()) > LIMIT:
                bad += 1
                text = " ".join(f"{key} {value:.3g}" for key, value in errors.items() if value > LIMIT)
                print(f"{name:28} {number:4} {text} ({because}) {note}  <-- BAD", flush=True)
        planned = reasons["planned"]
        print(f"{name:28} {ran:3} ran, {planned:3} planned, worst {max(worst.values(), default=0):.3f}", flush=True)
    print(f"{bad} bad")
    return 1 if bad else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("answer")
    parser.add_argument("folder")
    parser.add_argument("--count", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="*")
    asked = parser.parse_args()
    names = [name for name in sorted(DRAWS) if fnmatch.fnmatch(name, asked.only)]
    return run(Answer(asked.answer), asked.folder, names, asked.seed, asked.count)


if __name__ == "__main__":
    sys.exit(main())
