"""Asks Keras for `compile` and `fit` with arguments that nobody chose, and keraslike for the same numbers.

`python random_training.py ANSWER FOLDER [--count N] [--seed S]` draws one to three outputs with losses, metrics and
targets, an optimizer, weights of rows, classes and losses, and held-out rows. A draw's number is its seed.
"""
import os
import random
import sys

import training_draws as draws
from oracle import Refused, compare, keras, np, run_draws

L = keras.layers


def layers_before(d):
    made = [L.Dense(d.randint(3, 8), activation=d.choice(["tanh", "sigmoid", "elu", "gelu"]))]
    if d.random() < 0.2:
        made.append(L.BatchNormalization(momentum=0.9))
    if d.random() < 0.3:
        made.append(L.Dense(5, activation="silu", kernel_regularizer=d.choice(["l2", keras.regularizers.OrthogonalRegularizer(0.02)]),
                            activity_regularizer=d.choice([None, "l1"])))
    return made


def output_of(hidden, head, i):
    if head.steps:
        hidden = L.RepeatVector(3)(hidden)
        hidden = L.SimpleRNN(4, return_sequences=True)(hidden)
    return L.Dense(head.units, activation=head.activation, name=f"out_{i}")(hidden)


def compiled(d, model, heads):
    several = len(heads) > 1
    by_name = several and d.random() < 0.5
    collect = lambda key: ({f"out_{i}": getattr(head, key) for i, head in enumerate(heads)} if by_name
                           else [getattr(head, key) for head in heads] if several else getattr(heads[0], key))
    kwargs = {}
    if several and d.random() < 0.5:
        weights = [round(d.uniform(0.2, 2.0), 2) for _ in heads]
        kwargs["loss_weights"] = {f"out_{i}": weight for i, weight in enumerate(weights)} if by_name else weights
    model.compile(draws.optimizer(d), loss=collect("loss"), metrics=collect("metrics"), weighted_metrics=collect("weighted"),
                  **kwargs)


def fit_arguments(d, rng, heads):
    fit = {}
    if d.random() < 0.3:
        fit["sample_weight"] = draws.sample_weights(d, rng, heads)
    elif len(heads) == 1 and not heads[0].steps and d.random() < 0.4:
        fit["class_weight"] = draws.class_weights(d, heads[0])
    if d.random() < 0.3:
        fit["validation_split"] = d.choice([0.2, 0.35])
    return fit


def draw_model(number):
    keras.utils.set_random_seed(number)
    d, rng = random.Random(number), np.random.default_rng(number)
    heads = [draws.head(d, rng) for _ in range(d.choice([1, 1, 1, 2, 3]))]
    hidden = inputs = keras.Input((5,))
    for layer in layers_before(d):
        hidden = layer(hidden)
    model = keras.Model(inputs, draws_unwrap([output_of(hidden, head, i) for i, head in enumerate(heads)]))
    compiled(d, model, heads)
    x = rng.standard_normal((draws.ROWS, 5)).astype("float32")
    return model, [x], [head.y for head in heads], fit_arguments(d, rng, heads), heads


def draws_unwrap(values):
    return values[0] if len(values) == 1 else values


def described(model, heads, fit):
    def one(value):
        if isinstance(value, str) or value is None:
            return value
        config = {key: v for key, v in value.get_config().items() if key not in ("name", "dtype")} if hasattr(value, "get_config") else ""
        return f"{type(value).__name__}{config}"
    parts = [f"{one(h.loss)} {h.activation} y{h.y.shape}{h.y.dtype} {[one(m) for m in h.metrics]} {[one(m) for m in h.weighted]}" for h in heads]
    optimizer = model.optimizer
    config = {key: value for key, value in optimizer.get_config().items() if value not in (None, False) and key != "name"}
    return f"{type(optimizer).__name__}{config} {' | '.join(parts)} {[(k, np.shape(v) if k == 'sample_weight' and len(v) == 1 else v if k != 'sample_weight' else '') for k, v in fit.items()]}"


def check(answer, root, number):
    try:
        model, xs, ys, fit, heads = draw_model(number)
    except (ValueError, TypeError) as error:
        return None, f"Keras itself: {error}", ""
    note = described(model, heads, fit)
    try:
        return *compare(answer, os.path.join(root, str(number)), model, xs, ys, 2, fit, True), note
    except Refused as error:
        return {"refused": float("inf")}, str(error), note
    except Exception as error:
        return None, f"Keras can not train it: {type(error).__name__} {str(error)[:200]!r}", note


if __name__ == "__main__":
    sys.exit(run_draws(check, 40))
