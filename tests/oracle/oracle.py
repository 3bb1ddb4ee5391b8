"""Keras and keraslike side by side: one model, the same data, what each makes of it.

`Answer(path)` starts the program answer.cpp and keeps it; `compare(...)` does with a model in Keras what answer.cpp does
with its file, twice: as its steps are planned, and with LibTorch's autograd. KERAS_BACKEND picks Keras' backend.
"""
import argparse
import json
import os
import shutil
import subprocess
import zipfile

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras.src.losses import loss as loss_module  # noqa: E402
from keras.src.metrics import confusion_metrics  # noqa: E402

RTOL, ATOL, LIMIT = 1e-4, 1e-5, 1.0
BATCH = 4
MODES = {"planned": {"jit_compile": "auto", "run_eagerly": False}, "eager": {"jit_compile": False, "run_eagerly": True}}


def on_copies(function):
    """The same on copies of the tensors it gets, and of what it returns."""
    def copied(value):
        return keras.ops.copy(value) if keras.ops.is_tensor(value) else value
    return lambda *args, **kwargs: copied(function(*map(copied, args), **{key: copied(v) for key, v in kwargs.items()}))


# On torch alone Keras changes sample weights in place where a loss has a mask of its own (`ignore_class`), which weighted
# metrics then count with, and the log of training holds a view of what counting metrics count in validation.
loss_module.apply_mask = on_copies(loss_module.apply_mask)
counts = confusion_metrics._ConfusionMatrixConditionCount
counts.result = on_copies(counts.result)


class Refused(Exception):
    """What keraslike said."""


class Answer:
    """The program that answers, started again where it died."""

    def __init__(self, path):
        self.path = path
        self.start()

    def start(self):
        self.process = subprocess.Popen([self.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, folder, model, epochs):
        """Why it did not plan."""
        self.process.stdin.write(f"{folder} {model} {epochs}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline().strip()
        if not line:
            status = self.process.wait()
            self.start()
            raise Refused(f"died with status {status}")
        if not line.startswith("ok"):
            raise Refused(line)
        return line[3:]


def excess(got, want):
    got, want = np.asarray(got, "float64"), np.asarray(want, "float64")
    if got.shape != want.shape:
        return float("inf")
    difference = np.where(got == want, 0.0, np.abs(got - want))
    difference[np.isnan(got) & np.isnan(want)] = 0.0
    worst = difference / (ATOL + RTOL * np.abs(np.nan_to_num(want, posinf=1.0, neginf=1.0)))
    return float(np.max(np.nan_to_num(worst, nan=np.inf, posinf=np.inf), initial=0.0))


def flat(values):
    return [np.asarray(value) for value in keras.tree.flatten(values)]


def unwrap(values):
    return values[0] if len(values) == 1 else values


def predict(model, xs):
    return flat(model.predict(unwrap(xs), batch_size=BATCH, verbose=0))


def save_all(folder, kind, arrays):
    for i, array in enumerate(arrays):
        np.save(os.path.join(folder, f"{kind}{i}.npy"), array)


def load_all(folder, kind):
    files = (os.path.join(folder, f"{kind}{i}.npy") for i in range(len(os.listdir(folder))))
    return [np.load(file) for file in files if os.path.exists(file)]


def write_in_mode(folder, mode):
    """model.keras, compiled otherwise."""
    with zipfile.ZipFile(os.path.join(folder, "model.keras")) as old:
        with zipfile.ZipFile(os.path.join(folder, mode + ".keras"), "w") as new:
            for name in old.namelist():
                data = old.read(name)
                if name == "config.json":
                    config = json.loads(data)
                    if config.get("compile_config"):
                        config["compile_config"].update(MODES[mode])
                    data = json.dumps(config)
                new.writestr(name, data)


def theirs(model, xs, ys, epochs, fit):
    """What Keras makes of it."""
    made = {"before": predict(model, xs)}
    if not epochs:
        return made
    # The epochs are options of fit; sample weights are of evaluate too.
    weights = {"sample_weight": unwrap(fit["sample_weight"])} if "sample_weight" in fit else {}
    made["evaluate"] = model.evaluate(unwrap(xs), unwrap(ys), batch_size=BATCH, verbose=0, return_dict=True, **weights)
    made["history"] = model.fit(unwrap(xs), unwrap(ys), batch_size=BATCH, epochs=epochs, shuffle=False, verbose=0,
                                **{**fit, **weights}).history
    made["after"] = predict(model, xs)
    made["weight"] = [np.asarray(weight) for weight in model.get_weights()]
    return made


def numbers_excess(got, want):
    if set(got) != set(want):
        raise Refused(f"names {sorted(got)}, Keras' {sorted(want)}")
    return max((excess(got[key], value) for key, value in want.items()), default=0.0)


def ours_excess(folder, mode, made):
    worst = {}
    for kind in ("before", "after", "weight"):
        if kind not in made:
            continue
        got = load_all(folder, f"{mode}.{kind}")
        if len(got) != len(made[kind]):
            raise Refused(f"{len(got)} arrays '{kind}', Keras' are {len(made[kind])}")
        worst[kind] = max(map(excess, got, made[kind]), default=0.0)
    if "history" in made:
        with open(os.path.join(folder, mode + ".json")) as file:
            measured = json.load(file)
        worst["evaluate"] = numbers_excess(measured["evaluate"], made["evaluate"])
        worst["history"] = numbers_excess(measured["history"], made["history"])
    return worst


def going_on_excess(folder, model, xs, ys, fit):
    """Keras opens what keraslike trained and wrote, and trains it on, as it does its own."""
    try:
        opened = keras.saving.load_model(os.path.join(folder, "planned.trained.keras"))
    except Exception as error:
        raise Refused(f"Keras does not open what keraslike wrote: {type(error).__name__} {error}"[:400])
    worst = {"opened": max(map(excess, predict(opened, xs), predict(model, xs)), default=0.0)}
    again = [theirs(each, xs, ys, 1, fit) for each in (opened, model)]
    worst["going on"] = max(map(excess, again[0]["weight"], again[1]["weight"]), default=0.0)
    return worst


def compare(answer, folder, model, xs, ys=(), epochs=0, fit=None, goes_on=False):
    """The worst error of each kind as a share of its tolerance, and why there was no plan."""
    fit = fit or {}
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    model.save(os.path.join(folder, "model.keras"))
    save_all(folder, "x", xs)
    save_all(folder, "y", ys)
    save_all(folder, "w", fit.get("sample_weight", []))
    options = {key: value for key, value in fit.items() if key != "sample_weight"}
    with open(os.path.join(folder, "fit_options.json"), "w") as file:
        json.dump(options, file)
    worst, eager_because = {}, None
    model = keras.saving.load_model(os.path.join(folder, "model.keras"))  # LoRA's weights, say, are drawn anew
    made = theirs(model, xs, ys, epochs, fit)
    for mode in MODES if epochs else ["planned"]:
        write_in_mode(folder, mode)
        because = answer.ask(folder, mode, epochs)
        eager_because = because if mode == "planned" else eager_because
        for kind, value in ours_excess(folder, mode, made).items():
            worst[f"{mode}.{kind}" if kind != "before" else kind] = value
    if epochs and goes_on:
        worst |= going_on_excess(folder, model, xs, ys, fit)
    return worst, eager_because


def run_draws(check, count):
    """The program of a script that draws numbered cases: `check(answer, folder, number)` gives the errors by name, or None
    where there is nothing to compare, the reason why the case is not planned, and what it is."""
    parser = argparse.ArgumentParser()
    parser.add_argument("answer")
    parser.add_argument("folder")
    parser.add_argument("--count", type=int, default=count)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    answer, bad, ran, planned, worst = Answer(asked.answer), 0, 0, 0, 0.0
    for number in range(asked.seed, asked.seed + asked.count):
        errors, because, note = check(answer, asked.folder, number)
        if errors is None:
            print(f"{number:5} {because} {note[:300]}", flush=True)
            continue
        ran, planned, worst = ran + 1, planned + (not because), max(worst, *errors.values())
        if max(errors.values()) > LIMIT:
            bad += 1
            text = " ".join(f"{key} {value:.3g}" for key, value in errors.items() if value > LIMIT)
            print(f"{number:5} {text} ({because}) {note}  <-- BAD", flush=True)
    print(f"{ran} ran, {planned} planned, worst {worst:.3f}, {bad} bad")
    return 1 if bad else 0
