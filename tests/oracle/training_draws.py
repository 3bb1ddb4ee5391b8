"""Losses, metrics, targets and optimizers with arguments that a random.Random draws."""
import dataclasses

from oracle import keras, np

L, M, O = keras.losses, keras.metrics, keras.optimizers
ROWS = 10


@dataclasses.dataclass
class Head:
    """One output: what the last layer is, what it is held against, and how."""
    units: int
    activation: str
    y: object
    loss: object
    metrics: list
    weighted: list
    steps: bool = False


def reduction(d):
    return d.choice(["sum_over_batch_size"] * 3 + ["sum", "mean", "mean_with_sample_weight"])


def flip(d, share=0.5):
    return d.random() < share


def some(d, choices, most=3):
    return [make() for make in d.sample(choices, d.randint(0, min(most, len(choices))))]


def shape_of(d, units):
    steps = flip(d, 0.25)
    return steps, (ROWS, 3, units) if steps else (ROWS, units)


def regression_metrics(d, positive):
    choices = [lambda: "mae", lambda: "mse", lambda: "mape", M.RootMeanSquaredError, M.LogCoshError,
               lambda: M.CosineSimilarity(axis=-1), lambda: "msle" if positive else "mse",
               lambda: M.MeanAbsoluteError(name="distance")]
    return some(d, choices)


def values(d, rng):
    units = d.randint(1, 4)
    steps, shape = shape_of(d, units)
    positive = flip(d, 0.3)
    kwargs = {"reduction": reduction(d)}
    y = rng.standard_normal(shape)
    if positive:
        y = np.abs(y) + 0.1
    choices = [lambda: d.choice(["mse", "mae", "mean_squared_error", "huber", "log_cosh"]),
               lambda: L.MeanSquaredError(**kwargs), lambda: L.MeanAbsoluteError(**kwargs), lambda: L.Huber(**kwargs),
               lambda: L.LogCosh(**kwargs),
               # The cosine of single numbers is their sign: its slope is nothing but rounding.
               lambda: L.CosineSimilarity(**kwargs) if units > 1 else L.LogCosh(**kwargs),
               lambda: L.MeanAbsolutePercentageError(**kwargs)]
    if positive:
        choices += [lambda: L.MeanSquaredLogarithmicError(**kwargs), lambda: L.Poisson(**kwargs), lambda: "poisson"]
    metrics = regression_metrics(d, positive)
    if not steps and flip(d, 0.3):
        metrics.append(M.R2Score(class_aggregation=d.choice(["uniform_average", "variance_weighted_average"])))
    return Head(units, d.choice(["softplus", "sigmoid"]) if positive else "linear", y.astype("float32"),
                d.choice(choices)(), metrics, regression_metrics(d, positive), steps)


def binary_metrics(d):
    at = lambda kind: kind(d.choice([0.3, 0.7]), num_thresholds=d.choice([10, 200]))
    thresholds = lambda: d.choice([None, 0.4])
    return some(d, [
        lambda: "accuracy", lambda: M.BinaryAccuracy(threshold=d.choice([0.5, 0.3])), lambda: M.Precision(thresholds=thresholds()),
        lambda: M.Recall(thresholds=d.choice([None, 0.4])), lambda: M.TruePositives(), lambda: M.FalsePositives(thresholds=0.6),
        lambda: M.TrueNegatives(), lambda: M.FalseNegatives(), lambda: at(M.PrecisionAtRecall), lambda: at(M.RecallAtPrecision),
        lambda: at(M.SensitivityAtSpecificity), lambda: at(M.SpecificityAtSensitivity),
        lambda: M.AUC(num_thresholds=d.choice([5, 200]), curve=d.choice(["ROC", "PR"]),
                      summation_method=d.choice(["interpolation", "minoring", "majoring"])),
        lambda: M.BinaryCrossentropy(label_smoothing=d.choice([0, 0.1])), lambda: M.BinaryIoU(target_class_ids=d.choice([[0], [1], [0, 1]]), threshold=0.4),
        lambda: M.Hinge(), lambda: M.SquaredHinge(), lambda: M.F1Score(threshold=0.5, average=d.choice(["micro", "macro", "weighted"])),
        lambda: M.FBetaScore(beta=2.0, threshold=0.4, average="micro")], 4)


def binary(d, rng):
    units = d.choice([1, 1, 3])
    steps, shape = shape_of(d, units)
    logits = flip(d, 0.3)
    kwargs = {"reduction": reduction(d)}
    choices = [lambda: L.BinaryCrossentropy(from_logits=logits, label_smoothing=d.choice([0.0, 0.2]), **kwargs),
               lambda: L.BinaryFocalCrossentropy(from_logits=logits, gamma=d.choice([2.0, 1.5]), alpha=0.3,
                                                 apply_class_balancing=flip(d), label_smoothing=d.choice([0.0, 0.1]), **kwargs)]
    if not logits:
        choices += [lambda: "binary_crossentropy", lambda: L.Hinge(**kwargs), lambda: L.SquaredHinge(**kwargs), lambda: L.Dice(axis=d.choice([None, -1]), **kwargs),
                    lambda: L.Tversky(alpha=0.3, beta=0.6, **kwargs), lambda: "squared_hinge"]
    y = rng.integers(0, 2, shape).astype(d.choice(["float32", "int32"]))
    metrics, weighted = (["accuracy"], []) if logits or steps else (binary_metrics(d), binary_metrics(d))
    for metric in metrics + weighted:
        if units == 1 and isinstance(metric, M.FBetaScore):
            metric.average = "micro"
    return Head(units, "linear" if logits else "sigmoid", y, d.choice(choices)(), metrics, weighted, steps)


def class_metrics(d, units, sparse):
    if sparse:
        return some(d, [lambda: "accuracy", lambda: M.SparseCategoricalAccuracy(), lambda: M.SparseTopKCategoricalAccuracy(k=2),
                        lambda: M.SparseCategoricalCrossentropy(),
                        lambda: M.MeanIoU(units, sparse_y_pred=False), lambda: M.IoU(units, target_class_ids=[0, 1], sparse_y_pred=False)])
    return some(d, [lambda: "accuracy", lambda: "acc", lambda: M.CategoricalAccuracy(), lambda: M.TopKCategoricalAccuracy(k=2),
                    lambda: M.CategoricalCrossentropy(label_smoothing=0.1), lambda: M.KLDivergence(), lambda: M.CategoricalHinge(),
                    lambda: M.OneHotIoU(units, target_class_ids=[0, 1]), lambda: M.OneHotMeanIoU(units),
                    lambda: M.F1Score(average=d.choice(["micro", "macro", "weighted"])), lambda: M.Precision(top_k=1),
                    lambda: M.Recall(class_id=1), lambda: M.Precision(class_id=0, top_k=2),
                    lambda: M.AUC(multi_label=True, num_labels=units), lambda: M.AUC(curve="PR"), lambda: "poisson", lambda: "cosine_similarity"], 4)


def sparse(d, rng):
    units = d.randint(2, 5)
    steps, shape = shape_of(d, units)
    logits = flip(d, 0.3)
    labels = rng.integers(0, units, shape[:-1])
    if flip(d, 0.3):
        labels = labels[..., None]
    kwargs = {"from_logits": logits, "reduction": reduction(d)}
    if flip(d, 0.2):
        kwargs["ignore_class"] = 0
    loss = "sparse_categorical_crossentropy" if not logits and flip(d, 0.3) else L.SparseCategoricalCrossentropy(**kwargs)
    metrics = ["accuracy"] if logits or steps else class_metrics(d, units, True)
    return Head(units, "linear" if logits else "softmax", labels.astype(d.choice(["int32", "int64", "float32"])), loss, metrics,
                ["accuracy"] if flip(d, 0.3) else [], steps)


def hot(d, rng):
    units = d.randint(2, 5)
    steps, shape = shape_of(d, units)
    logits = flip(d, 0.3)
    y = np.eye(units, dtype="float32")[rng.integers(0, units, shape[:-1])]
    kwargs = {"reduction": reduction(d)}
    choices = [lambda: L.CategoricalCrossentropy(from_logits=logits, label_smoothing=d.choice([0.0, 0.1]), **kwargs),
               lambda: L.CategoricalFocalCrossentropy(from_logits=logits, gamma=1.5, alpha=d.choice([0.25, 0.5]), label_smoothing=d.choice([0.0, 0.1]), **kwargs)]
    if not logits:
        choices += [lambda: "categorical_crossentropy", lambda: L.KLDivergence(**kwargs), lambda: L.CategoricalHinge(**kwargs),
                    lambda: "kl_divergence"]
    metrics = [] if logits else class_metrics(d, units, False)
    if steps:
        metrics = ["accuracy"]
    return Head(units, "linear" if logits else "softmax", y, d.choice(choices)(), metrics, ["accuracy"] if flip(d, 0.3) else [], steps)


def head(d, rng):
    return d.choice([values, values, binary, sparse, hot])(d, rng)


def rate(d, value):
    s = O.schedules
    return d.choice([
        lambda: value, lambda: value, lambda: value,
        lambda: s.ExponentialDecay(value, 3, 0.7, staircase=flip(d)),
        lambda: s.CosineDecay(value, 5, alpha=d.choice([0.0, 0.1]), **d.choice([{}, {"warmup_target": 2 * value, "warmup_steps": 3}])),
        lambda: s.CosineDecayRestarts(value, 3, t_mul=d.choice([1.0, 2.0]), m_mul=0.8, alpha=0.1),
        lambda: s.PolynomialDecay(value, 4, value / 3, power=d.choice([1.0, 2.0, 0.5]), cycle=flip(d)),
        lambda: s.InverseTimeDecay(value, 2, 0.5, staircase=flip(d)),
        lambda: s.PiecewiseConstantDecay([2, 4], [value, value / 2, value / 4])])()


def common(d):
    made = d.choice([{}, {}, {"clipnorm": 0.5}, {"clipvalue": 0.05}, {"global_clipnorm": 0.4}])
    if flip(d, 0.25):
        made |= {"weight_decay": 0.02}
    if flip(d, 0.2):
        made |= {"use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": d.choice([None, 2])}
    if flip(d, 0.2):
        made |= {"gradient_accumulation_steps": d.choice([2, 3])}
    if flip(d, 0.1):
        made |= {"loss_scale_factor": 8.0}
    return made


def optimizer(d):
    c = common(d)
    return d.choice([
        lambda: O.SGD(rate(d, 0.05), momentum=d.choice([0.0, 0.9]), nesterov=flip(d), **c),
        lambda: O.Adam(rate(d, 0.01), beta_1=d.choice([0.9, 0.5]), amsgrad=flip(d), epsilon=d.choice([1e-7, 1e-3]), **c),
        lambda: O.AdamW(rate(d, 0.01), amsgrad=flip(d), **({"weight_decay": 0.01} | c)), lambda: O.Adamax(rate(d, 0.01), **c),
        lambda: O.Nadam(rate(d, 0.01), **c), lambda: O.RMSprop(rate(d, 0.005), rho=d.choice([0.9, 0.7]), momentum=d.choice([0.0, 0.5]), centered=flip(d), **c),
        lambda: O.Adagrad(rate(d, 0.05), initial_accumulator_value=d.choice([0.1, 0.5]), **c), lambda: O.Adadelta(rate(d, 0.5), rho=0.9, **c),
        lambda: O.Ftrl(rate(d, 0.05), learning_rate_power=d.choice([-0.5, -0.3]), l1_regularization_strength=d.choice([0.0, 0.01]),
                       l2_regularization_strength=d.choice([0.0, 0.02]), l2_shrinkage_regularization_strength=d.choice([0.0, 0.01]), beta=d.choice([0.0, 0.1]), **c),
        lambda: O.Lion(rate(d, 0.003), **c), lambda: O.Lamb(rate(d, 0.005), **c),
        lambda: O.Adafactor(rate(d, 0.01), relative_step=flip(d), **c), lambda: d.choice(["sgd", "adam", "rmsprop", "adamw", "nadam", "adamax", "adagrad", "adadelta", "ftrl", "lion"])])()


def sample_weights(d, rng, heads):
    """One array for each output; of steps sometimes one number for each step."""
    return [(rng.random((ROWS, 3) if head.steps and flip(d) else (ROWS,)) * 2).astype("float32") for head in heads]


def class_weights(d, head):
    classes = 2 if head.units == 1 else head.units
    return {label: round(d.uniform(0.3, 2.0), 3) for label in range(classes)}
