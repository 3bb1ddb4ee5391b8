"""One layer of each class that keraslike has, with arguments and shapes that a random.Random draws.

`DRAWS` maps a class' name to a function that draws a `Drawn`: the layer, its inputs' shapes without rows, and what kind
of values they hold. Refused arguments are Keras' business: the caller draws again.
"""
import dataclasses

from oracle import keras

L = keras.layers
# What Keras' torch backend computes otherwise than its others, which keraslike follows, is not drawn for it: average
# pooling that counts the padding, cubic interpolation, and local histograms, which it clips to whole numbers.
ON_TORCH = keras.backend.backend() == "torch"
SMOOTH = ["linear", "tanh", "sigmoid", "elu", "selu", "softplus", "softsign", "silu", "gelu", "exponential", "softmax",
          "hard_sigmoid", "mish", "celu", "log_sigmoid", "log_softmax", "relu", "relu6", "leaky_relu", "hard_silu",
          "hard_tanh", "squareplus", "sparse_plus", "tanh_shrink", "swish", "hard_swish", None]
INITIALIZERS = ["glorot_uniform", "he_normal", "lecun_uniform", "random_normal", "ones", "zeros", "truncated_normal"]


@dataclasses.dataclass
class Drawn:
    layer: object
    shapes: list  # without rows
    kind: str = "normal"
    call: object = None  # layer(inputs) where it is None
    masked: bool = False  # a Masking layer goes before it
    noisy: bool = False  # draws random numbers in training


def activation(d):
    return d.choice(SMOOTH)


def initializer(d):
    i = keras.initializers
    return d.choice(INITIALIZERS + [
        i.RandomUniform(-0.3, 0.4, seed=3), i.VarianceScaling(2.0, d.choice(["fan_in", "fan_out", "fan_avg"]), seed=1),
        i.Constant(0.2), i.GlorotNormal(seed=7), i.HeUniform(), i.LecunNormal(), i.TruncatedNormal(0.1, 0.5)])


def regularizer(d):
    r = keras.regularizers
    return d.choice([None, None, "l1", "l2", r.L1(0.003), r.L2(0.02), r.L1L2(0.01, 0.02)])


def constraint(d):
    c = keras.constraints
    return d.choice([None, None, None, "max_norm", "non_neg", "unit_norm", c.MaxNorm(0.7, axis=0), c.UnitNorm(axis=0),
                     c.MinMaxNorm(0.3, 0.9, rate=0.7, axis=0)])


def weights(d, *names, constraints=True):
    """Initializers, regularizers and constraints of the weights so named."""
    made = {}
    for name in names:
        if d.random() < 0.4:
            made[name + "_initializer"] = initializer(d)
        if d.random() < 0.3:
            made[name + "_regularizer"] = regularizer(d)
        if constraints and d.random() < 0.3:
            made[name + "_constraint"] = constraint(d)
    return made


def activity(d):
    return {"activity_regularizer": d.choice(["l2", keras.regularizers.L1(0.01)])} if d.random() < 0.2 else {}


def flip(d, share=0.5):
    return d.random() < share


def sizes(d, rank, low, high):
    """One number for all axes, or one for each."""
    return d.randint(low, high) if flip(d) else tuple(d.randint(low, high) for _ in range(rank))


def data_format(d):
    return d.choice([None, "channels_last", "channels_last", "channels_first"])


def images(d, rank, form, channels=None, low=4, high=8):
    space = [d.randint(low, high if rank < 3 else 5) for _ in range(rank)]
    channels = channels or d.randint(1, 4)
    return tuple([channels] + space if form == "channels_first" else space + [channels])


def anything(d, low=1, high=4):
    return tuple(d.randint(1, 5) for _ in range(d.randint(low, high)))


# Core and activations.

def dense(d):
    kwargs = weights(d, "kernel", "bias") | activity(d)
    return Drawn(L.Dense(d.randint(1, 6), activation=activation(d), use_bias=flip(d, 0.8), **kwargs), [anything(d, 1, 3)])


def einsum_dense(d):
    equation, shape, out, axes = d.choice([
        ("ab,bc->ac", (4,), 5, "c"), ("abc,cd->abd", (3, 4), (None, 5), "d"), ("abc,bcd->ad", (3, 4), 5, "d"),
        ("abc,cde->abde", (3, 4), (None, 2, 5), "de"), ("abc,cde->abde", (3, 4), (None, 2, 5), "e"),
        ("abcd,cde->abe", (2, 3, 4), (None, 5), "e"), ("...x,xy->...y", (3, 4), 5, "y"), ("...x,xy->...y", (2, 3, 4), 5, None),
        ("ab...,bc->ac...", (4, 2, 3), 5, "c"), ("abc,cd->adb", (3, 4), (5, None), "d"), ("ab,b->ab", (4,), 4, "b"),
        ("a...c,cd->a...d", (2, 4), (2, 6), None)])
    kwargs = weights(d, "kernel", "bias", constraints=False) | activity(d)
    return Drawn(L.EinsumDense(equation, out, activation=activation(d), bias_axes=axes if flip(d, 0.8) else None, **kwargs),
                 [shape])


def embedding(d):
    kwargs = weights(d, "embeddings")
    return Drawn(L.Embedding(7, d.randint(1, 5), mask_zero=flip(d, 0.3), **kwargs), [anything(d, 1, 2)], "ints:7")


def reversible_embedding(d):
    layer = L.ReversibleEmbedding(7, d.randint(2, 5), tie_weights=flip(d), mask_zero=flip(d, 0.2),
                                  reverse_dtype=None, logit_soft_cap=d.choice([None, 3.0]))
    return Drawn(layer, [anything(d, 1, 2)], "ints:7", lambda x: layer(layer(x), reverse=True))


def softmax(d):
    shape = anything(d, 1, 3)
    axis = d.choice([-1, len(shape), 1] + ([(1, 2), [-1, -2]] if len(shape) > 1 else []))
    return Drawn(L.Softmax(axis=axis), [shape])


def prelu(d):
    shape = anything(d, 1, 3)
    axes = d.choice([None, [1], list(range(1, len(shape) + 1)), [len(shape)]])
    return Drawn(L.PReLU(**weights(d, "alpha"), shared_axes=axes), [shape])


# Convolution and pooling.

def convolution(name, rank, transposed=False, depthwise=False, separable=False):
    def draw(d):
        form = data_format(d)
        padding = d.choice(["valid", "same"] + (["causal"] if name == "Conv1D" else []))
        if padding == "causal" and form == "channels_first":
            padding = "same"
        strides, dilation = (sizes(d, rank, 1, 3), 1) if flip(d, 0.6) else (1, sizes(d, rank, 1, 2))
        if separable or depthwise:
            strides = d.randint(1, 3) if dilation == 1 else 1
        groups = d.choice([1, 1, 1, 2]) if not (transposed or depthwise or separable) else 1
        kwargs = dict(kernel_size=sizes(d, rank, 1, 3), strides=strides, padding=padding, data_format=form,
                      dilation_rate=dilation, activation=activation(d), use_bias=flip(d, 0.8)) | activity(d)
        if transposed and strides != 1 and padding != "causal" and flip(d, 0.3):
            kwargs["output_padding"] = 0 if flip(d) else None
        if groups > 1:
            kwargs["groups"] = groups
        if depthwise or separable:
            kwargs["depth_multiplier"] = d.randint(1, 3)
        named = ["bias"] + (["depthwise"] if depthwise or separable else ["kernel"]) + (["pointwise"] if separable else [])
        kwargs |= weights(d, *named)
        if not depthwise:
            kwargs["filters"] = groups * d.randint(1, 3)
        return Drawn(getattr(L, name)(**kwargs), [images(d, rank, form, groups * d.randint(1, 2), 5)])
    return draw


def pooling(name, rank):
    def draw(d):
        form = data_format(d)
        strides = d.choice([None, sizes(d, rank, 1, 4)])
        padding = "valid" if name.startswith("Average") and ON_TORCH else d.choice(["valid", "same"])
        layer = getattr(L, name)(pool_size=sizes(d, rank, 1, 3), strides=strides, padding=padding, data_format=form)
        return Drawn(layer, [images(d, rank, form, low=3)])
    return draw


def global_pooling(name, rank):
    def draw(d):
        form = data_format(d)
        masked = rank == 1 and name.startswith("GlobalAverage") and form != "channels_first" and flip(d, 0.3)
        return Drawn(getattr(L, name)(data_format=form, keepdims=flip(d)), [images(d, rank, form, low=1)], masked=masked)
    return draw


def adaptive_pooling(name, rank):
    def draw(d):
        form = data_format(d)
        return Drawn(getattr(L, name)(sizes(d, rank, 1, 6), data_format=form), [images(d, rank, form, low=2)])
    return draw


# Normalization.

def batch_normalization(d):
    shape = anything(d, 1, 4)
    kwargs = weights(d, "beta", "gamma")
    if flip(d, 0.3):
        kwargs |= {"moving_mean_initializer": initializer(d), "moving_variance_initializer": "ones"}
    return Drawn(L.BatchNormalization(axis=d.choice([-1, 1, len(shape)]), momentum=d.choice([0.99, 0.9, 0.5, 0.0]),
                                      epsilon=d.choice([1e-3, 0.1]), center=flip(d, 0.8), scale=flip(d, 0.8),
                                      renorm=flip(d, 0.15), **kwargs), [shape], masked=len(shape) == 2 and flip(d, 0.3))


def layer_normalization(d):
    shape = anything(d, 1, 3)
    axes = d.choice([-1, len(shape), 1, [1], list(range(1, len(shape) + 1)), [-1]])
    kwargs = weights(d, "beta", "gamma")
    return Drawn(L.LayerNormalization(axis=axes, epsilon=d.choice([1e-3, 0.1]), center=flip(d, 0.8), scale=flip(d, 0.8),
                                      **kwargs), [shape])


def group_normalization(d):
    shape = anything(d, 1, 3)
    axis = d.choice([-1, 1])
    size = shape[axis if axis < 0 else 0]
    groups = d.choice([g for g in range(1, size + 1) if size % g == 0] + [-1])
    kwargs = weights(d, "beta", "gamma")
    return Drawn(L.GroupNormalization(groups, axis=axis, epsilon=d.choice([1e-3, 0.1]), center=flip(d, 0.8),
                                      scale=flip(d, 0.8), **kwargs), [shape])


def rms_normalization(d):
    shape = anything(d, 1, 3)
    return Drawn(L.RMSNormalization(axis=d.choice([-1, len(shape)]), epsilon=d.choice([1e-6, 0.1])), [shape])


def unit_normalization(d):
    shape = anything(d, 1, 3)
    return Drawn(L.UnitNormalization(axis=d.choice([-1, 1, list(range(1, len(shape) + 1))])), [shape])


def normalization(d):
    shape = anything(d, 1, 3)
    axis = d.choice([-1, None, 1, len(shape)])
    size = 1 if axis is None else shape[axis if axis < 0 else axis - 1]
    mean = d.uniform(-1, 1) if flip(d) else [d.uniform(-1, 1) for _ in range(size)]
    variance = d.uniform(0.1, 2) if not isinstance(mean, list) else [d.uniform(0, 2) for _ in range(size)]
    return Drawn(L.Normalization(axis=axis, mean=mean, variance=variance, invert=flip(d, 0.3)), [shape])


def spectral_normalization(d):
    if flip(d, 0.2):
        return Drawn(L.SpectralNormalization(L.Embedding(7, 3)), [d.choice([(), (4,)])], "ints:7")
    inner, shape = d.choice([(L.Dense(d.randint(1, 4)), anything(d, 1, 2)), (L.Conv2D(3, 2), (4, 5, 2)),
                             (L.Conv1D(2, 3, padding="same", activation="tanh"), (6, 3)), (L.EinsumDense("abc,cd->abd", (None, 3)), (2, 3))])
    return Drawn(L.SpectralNormalization(inner, power_iterations=d.randint(1, 3)), [shape])


# Recurrent layers.

def recurrent_arguments(d, stateful=True):
    return dict(use_bias=flip(d, 0.8), return_sequences=flip(d), return_state=flip(d, 0.3), go_backwards=flip(d, 0.3),
                unroll=flip(d, 0.2))


def cell_arguments(d, name):
    kwargs = dict(use_bias=flip(d, 0.8)) | weights(d, "kernel", "recurrent", "bias")
    if flip(d, 0.4):
        kwargs["activation"] = activation(d)
    if name.startswith(("LSTM", "GRU")) and flip(d, 0.4):
        kwargs["recurrent_activation"] = d.choice(["sigmoid", "hard_sigmoid", "tanh", "linear"])
    if name.startswith("LSTM"):
        kwargs["unit_forget_bias"] = flip(d)
    if name.startswith("GRU"):
        kwargs["reset_after"] = flip(d)
    if flip(d, 0.15):
        kwargs |= {"dropout": 0.3, "seed": 5}
    if flip(d, 0.15):
        kwargs |= {"recurrent_dropout": 0.2, "seed": 6}
    if name == "SimpleRNN":  # whose config in Keras forgets the seed: what is loaded drops something else
        kwargs |= {"dropout": 0.0, "recurrent_dropout": 0.0}
    return kwargs


def noisy(kwargs):
    return bool(kwargs.get("dropout") or kwargs.get("recurrent_dropout"))


def recurrent(name):
    def draw(d):
        kwargs = cell_arguments(d, name) | recurrent_arguments(d) | activity(d)
        kwargs["zero_output_for_mask"] = flip(d, 0.2)
        layer = getattr(L, name)(d.randint(1, 5), **kwargs)
        shape = (d.randint(1, 6), d.randint(1, 4))
        return Drawn(layer, [shape], masked=flip(d, 0.3), noisy=noisy(kwargs))
    return draw


def a_cell(d):
    name = d.choice(["SimpleRNNCell", "LSTMCell", "GRUCell"])
    kwargs = cell_arguments(d, name)
    for key in ("dropout", "recurrent_dropout", "seed"):
        kwargs.pop(key, None)
    return getattr(L, name)(d.randint(1, 4), **kwargs)


def rnn(d):
    cell = a_cell(d) if flip(d) else [a_cell(d) for _ in range(d.randint(1, 3))]
    kwargs = recurrent_arguments(d)
    kwargs.pop("use_bias")
    return Drawn(L.RNN(cell, zero_output_for_mask=flip(d, 0.2), **kwargs), [(d.randint(1, 5), d.randint(1, 4))],
                 masked=flip(d, 0.3))


def one_cell(name):
    def draw(d):
        units = d.randint(1, 4)
        kwargs = cell_arguments(d, name)
        kwargs.pop("dropout", None), kwargs.pop("recurrent_dropout", None)
        layer = getattr(L, name)(units, **kwargs)
        states = 2 if name == "LSTMCell" else 1
        call = lambda *x: keras.tree.flatten(layer(x[0], list(x[1:])))
        return Drawn(layer, [(3,)] + [(units,)] * states, call=call)
    return draw


def stacked_cells(d):
    return rnn_of(d, L.StackedRNNCells([a_cell(d) for _ in range(d.randint(1, 3))]))


def rnn_of(d, cell):
    return Drawn(L.RNN(cell, return_sequences=flip(d), return_state=flip(d)), [(d.randint(1, 5), d.randint(1, 4))])


def conv_lstm(name, rank):
    def draw(d):
        form = data_format(d)
        padding = d.choice(["valid", "same"])
        strides, dilation = (sizes(d, rank, 1, 2), 1) if flip(d) else (1, sizes(d, rank, 1, 2))
        kwargs = recurrent_arguments(d) | weights(d, "kernel", "recurrent", "bias")
        kwargs |= dict(strides=strides, padding=padding, dilation_rate=dilation, data_format=form,
                       unit_forget_bias=flip(d), recurrent_activation=d.choice(["sigmoid", "hard_sigmoid"]))
        kwargs.pop("unroll")
        layer = getattr(L, name)(d.randint(1, 3), sizes(d, rank, 1, 3), **kwargs)
        return Drawn(layer, [(d.randint(1, 3),) + images(d, rank, form, d.randint(1, 2), 5, 6)])
    return draw


def bidirectional(d):
    kind = d.choice(["LSTM", "GRU", "SimpleRNN"])
    kwargs = cell_arguments(d, kind) | recurrent_arguments(d)
    kwargs["go_backwards"] = False
    layer = getattr(L, kind)(d.randint(1, 4), **kwargs)
    mode = d.choice(["concat", "sum", "mul", "ave"] + ([None] if not kwargs["return_state"] else []))
    extra = {}
    if flip(d, 0.2):
        units = layer.units
        extra["backward_layer"] = L.GRU(units, go_backwards=True, return_sequences=kwargs["return_sequences"],
                                        return_state=kwargs["return_state"])
    return Drawn(L.Bidirectional(layer, merge_mode=mode, **extra), [(d.randint(1, 5), d.randint(1, 4))],
                 masked=flip(d, 0.3), noisy=noisy(kwargs))


def time_distributed(d):
    inner, shape = d.choice([(L.Dense(3, activation="tanh"), (4, 3)), (L.Conv2D(2, 2), (3, 4, 5, 2)), (L.Flatten(), (3, 2, 2)),
                             (L.LSTM(3), (2, 4, 3)), (L.BatchNormalization(), (3, 4)), (L.MaxPooling1D(2), (3, 4, 2)),
                             (L.Dense(2), (2, 3, 4)), (L.LayerNormalization(), (3, 5)), (L.Reshape((-1, 2)), (3, 4))])
    return Drawn(L.TimeDistributed(inner), [shape], masked=len(shape) == 2 and flip(d, 0.3))


# Attention and merging.

def multi_head_attention(d):
    rank = d.choice([1, 1, 1, 2])
    kwargs = dict(value_dim=d.choice([None, 3]), use_bias=flip(d, 0.8), output_shape=d.choice([None, 5, (2, 3)]),
                  use_gate=flip(d, 0.2)) | weights(d, "kernel", "bias", constraints=False)
    if rank == 2:
        kwargs["attention_axes"] = d.choice([(1,), (2,), (1, 2)])
    if not kwargs["use_gate"]:
        kwargs.pop("use_gate")
    layer = L.MultiHeadAttention(d.randint(1, 3), d.randint(1, 4), **kwargs)
    query = tuple(d.randint(1, 4) for _ in range(rank)) + (4,)
    value = query if rank == 2 or flip(d, 0.4) else (d.randint(1, 4), d.randint(2, 4))
    keys = flip(d, 0.3)
    causal = rank == 1 and flip(d, 0.3)
    shapes = [query, value] + ([value[:-1] + (3,)] if keys else [])
    call = lambda *x: layer(*x, use_causal_mask=causal)
    return Drawn(layer, shapes, call=call)


def group_query_attention(d):
    heads = d.choice([2, 4])
    layer = L.GroupQueryAttention(d.randint(1, 4), heads, d.choice([1, 2]), use_bias=flip(d, 0.8), **weights(d, "kernel"))
    causal = flip(d, 0.3)
    return Drawn(layer, [(3, 4), (d.randint(1, 4), 4)], call=lambda *x: layer(*x, use_causal_mask=causal))


def attention(name):
    def draw(d):
        kwargs = {"use_scale": flip(d)}
        if name == "Attention":
            kwargs["score_mode"] = d.choice(["dot", "concat"])
        layer = getattr(L, name)(**kwargs)
        steps, size = d.randint(1, 4), d.randint(1, 4)
        shapes = [(d.randint(1, 4), size), (steps, size)] + ([(steps, size)] if flip(d) else [])
        call_kwargs = {"use_causal_mask": flip(d, 0.3), "return_attention_scores": flip(d, 0.3)}
        return Drawn(layer, shapes, call=lambda *x: keras.tree.flatten(layer(list(x), **call_kwargs)))
    return draw


def merging(name):
    def draw(d):
        shape = anything(d, 1, 3)
        count = 2 if name == "Subtract" else d.randint(2, 4)
        shapes = [shape] * count
        if flip(d, 0.4):  # broadcast
            shapes = [tuple(1 if flip(d, 0.3) else n for n in shape) for _ in range(count)]
        if flip(d, 0.2) and len(shape) > 1:
            shapes[0] = shape[1:]
        layer = getattr(L, name)()
        return Drawn(layer, shapes, call=lambda *x: layer(list(x)))
    return draw


def concatenate(d):
    shape = list(anything(d, 1, 3))
    axis = d.choice([-1, 1, len(shape)])
    place = axis if axis < 0 else axis - 1
    shapes = []
    for _ in range(d.randint(2, 4)):
        shape[place] = d.randint(1, 4)
        shapes.append(tuple(shape))
    layer = L.Concatenate(axis=axis)
    return Drawn(layer, shapes, call=lambda *x: layer(list(x)))


def dot(d):
    a, b, axes = d.choice([((4,), (4,), 1), ((4,), (4,), -1), ((3, 4), (2, 4), 2), ((3, 4), (2, 4), -1), ((3, 4), (4, 2), (2, 1)),
                           ((3, 4), (3, 2), 1), ((3, 4), (3,), (1, 1)), ((2, 3, 4), (5, 4), (3, 2)), ((3,), (3, 4), (1, 1)),
                           ((2, 3, 4), (3, 2, 5), (2, 1))])
    layer = L.Dot(axes=axes, normalize=flip(d))
    return Drawn(layer, [a, b], call=lambda *x: layer(list(x)))


# Shapes.

def reshape(d):
    shape, target = d.choice([((6,), (2, 3)), ((4, 3), (-1,)), ((4, 3), (3, -1)), ((2, 3, 2), (4, 3)), ((4,), (-1, 1)), ((2, 2), (2, 2)),
                              ((1, 1), (1,)), ((4, 6), (2, -1, 3))])
    return Drawn(L.Reshape(target), [shape])


def permute(d):
    shape = anything(d, 1, 4)
    return Drawn(L.Permute(d.sample(range(1, len(shape) + 1), len(shape))), [shape])


def pairs(d, rank, most):
    return d.choice([d.randint(0, most), tuple(d.randint(0, most) for _ in range(rank)) if rank > 1 else (1, 0),
                     tuple((d.randint(0, most), d.randint(0, most)) for _ in range(rank)) if rank > 1 else (0, 2)])


def padding(name, rank, cropping=False):
    def draw(d):
        form = data_format(d) if rank > 1 or not cropping else None
        kwargs = {"data_format": form} if form and (rank > 1 or not cropping) else {}
        amounts = pairs(d, rank, 1 if cropping else 3)
        return Drawn(getattr(L, name)(amounts, **kwargs), [images(d, rank, form, low=4)])
    return draw


def up_sampling(name, rank):
    def draw(d):
        form = data_format(d) if rank > 1 else None
        kwargs = {"data_format": form} if rank > 1 else {}
        if rank == 2:
            kwargs["interpolation"] = d.choice(["nearest", "bilinear"] if ON_TORCH else ["nearest", "bilinear", "bicubic"])
        return Drawn(getattr(L, name)(d.randint(1, 3) if rank == 1 else sizes(d, rank, 1, 3), **kwargs),
                     [images(d, rank, form, low=1, high=5)])
    return draw


# Noise.

def noise(name, rank=None):
    def draw(d):
        shape = anything(d, 1, 3) if rank is None else images(d, rank, None)
        kwargs = {"seed": d.choice([1, 42])}
        if name in ("Dropout", "AlphaDropout") and flip(d, 0.3):
            kwargs["noise_shape"] = (None,) + tuple(1 if flip(d) else n for n in shape)
        if name in ("SpatialDropout2D", "SpatialDropout3D"):
            kwargs["data_format"] = data_format(d)
        rate = d.choice([0.0, 0.2, 0.5, 0.9])
        return Drawn(getattr(L, name)(rate, **kwargs), [shape], noisy=True)
    return draw


# Preprocessing.

def discretization(d):
    bounds = sorted(d.uniform(-2, 2) for _ in range(d.randint(1, 5)))
    mode = d.choice(["int", "one_hot", "multi_hot", "count"])
    return Drawn(L.Discretization(bin_boundaries=bounds, output_mode=mode), [anything(d, 1, 2) if mode == "int" else (d.choice([1, 4]),)])


def category_encoding(d):
    mode = d.choice(["one_hot", "multi_hot", "count"])
    return Drawn(L.CategoryEncoding(7, output_mode=mode), [(1,) if mode == "one_hot" and flip(d) else (d.randint(1, 5),)], "ints:7")


def hashing(d):
    mode = d.choice(["int", "one_hot", "multi_hot", "count"])
    return Drawn(L.Hashing(d.randint(2, 9), mask_value=d.choice([None, 2]), salt=d.choice([None, 5, (3, 9)]), output_mode=mode),
                 [(d.choice([1, 3]),)], "ints:20")


def integer_lookup(d):
    mode = d.choice(["int", "one_hot", "multi_hot", "count"])
    layer = L.IntegerLookup(vocabulary=d.sample(range(1, 20), d.randint(1, 8)), num_oov_indices=d.randint(1, 3),
                            mask_token=d.choice([None, 0, 21]), invert=False, output_mode=mode)
    return Drawn(layer, [(d.choice([1, 3]),)], "ints:20")


def rescaling(d):
    shape = anything(d)
    scale = d.choice([0.5, -2.0, 1.0 / 255, [d.uniform(-1, 1) for _ in range(shape[-1])]])
    return Drawn(L.Rescaling(scale, offset=d.choice([0.0, 0.3])), [shape])


def resizing(d):
    form = data_format(d)
    kinds = ["nearest", "bilinear"] + ([] if ON_TORCH else ["bicubic", "lanczos3", "lanczos5"])
    kwargs = dict(interpolation=d.choice(kinds), antialias=flip(d, 0.3) and not ON_TORCH)
    kwargs |= d.choice([{}, {}, {"crop_to_aspect_ratio": True}, {"pad_to_aspect_ratio": True, "fill_value": 0.5}])
    return Drawn(L.Resizing(d.randint(1, 9), d.randint(1, 9), data_format=form, **kwargs), [images(d, 2, form, low=2)], "positive")


def center_crop(d):
    form = data_format(d)
    return Drawn(L.CenterCrop(d.randint(1, 9), d.randint(1, 9), data_format=form), [images(d, 2, form, low=2)], "positive")


def augmentation(make, channels=3):
    def draw(d):
        form = d.choice([None, "channels_last", "channels_first"])
        scale = d.choice([1, 255])
        return Drawn(make(d, form, (0, scale)), [images(d, 2, form, channels, 6, 9)], f"image:{scale}", noisy=True)
    return draw


def spectrogram(name):
    def draw(d):
        if name == "MelSpectrogram":
            layer = L.MelSpectrogram(num_mel_bins=d.choice([4, 8]), fft_length=32, sequence_stride=d.choice([8, 16]),
                                     sampling_rate=d.choice([1000, 16000]), window=d.choice(["hann", "hamming", None]),
                                     power_to_db=flip(d), mag_exp=d.choice([1.0, 2.0]), min_freq=d.choice([0.0, 20.0]))
            return Drawn(layer, [(d.choice([64, 100]),)], "positive")
        layer = L.STFTSpectrogram(mode=d.choice(["log", "magnitude", "psd", "real", "imag", "angle", "stft"]), frame_length=16,
                                  frame_step=d.choice([4, 16]), fft_length=d.choice([16, 32]), window=d.choice(["hann", "hamming", None]),
                                  periodic=flip(d), scaling=d.choice(["density", "spectrum", None]), padding=d.choice(["valid", "same"]),
                                  expand_dims=flip(d, 0.3), data_format=data_format(d))
        channels = d.randint(1, 2)
        return Drawn(layer, [(64, channels) if layer.data_format == "channels_last" else (channels, 64)], "positive")
    return draw


def drawn_simply():
    """Those with few arguments."""
    reg = keras.regularizers
    return {
        "Activation": lambda d: Drawn(L.Activation(d.choice([a for a in SMOOTH if a] + ["sparsemax", "soft_shrink", "hard_shrink", "threshold", "sparse_sigmoid"])), [anything(d, 1, 3)[:-1] + (4,)]),
        "ActivityRegularization": lambda d: Drawn(L.ActivityRegularization(d.uniform(0, 0.1), d.uniform(0, 0.1)), [anything(d)]),
        "ELU": lambda d: Drawn(L.ELU(d.choice([1.0, 0.3])), [anything(d)]),
        "Identity": lambda d: Drawn(L.Identity(), [anything(d)]),
        "LeakyReLU": lambda d: Drawn(L.LeakyReLU(d.choice([0.3, 0.01])), [anything(d)]),
        "Masking": lambda d: Drawn(L.Masking(d.choice([0.0, 1.0])), [anything(d, 2, 3)]),
        "ReLU": lambda d: Drawn(L.ReLU(d.choice([None, 1.0]), d.choice([0.0, 0.2]), d.choice([0.0, 0.1])), [anything(d)]),
        "RepeatVector": lambda d: Drawn(L.RepeatVector(d.randint(1, 4)), [(d.randint(1, 4),)]),
        "Flatten": lambda d: Drawn(L.Flatten(data_format=data_format(d)), [anything(d)]),
        "HashedCrossing": lambda d: (lambda layer: Drawn(layer, [(1,), (1,)], "ints:9", lambda *x: layer(x)))(L.HashedCrossing(d.randint(2, 9), output_mode=d.choice(["int", "one_hot"]))),
    }


def augmentations():
    A = augmentation
    form = lambda f: {"data_format": f} if f else {}
    fill = lambda d: dict(fill_mode=d.choice(["constant", "reflect", "wrap", "nearest"]), interpolation=d.choice(["nearest", "bilinear"]))
    factor = lambda d: d.choice([0.3, (0.1, 0.4)])
    return {
        "RandomFlip": A(lambda d, f, v: L.RandomFlip(d.choice(["horizontal", "vertical", "horizontal_and_vertical"]), seed=3, **form(f))),
        "RandomRotation": A(lambda d, f, v: L.RandomRotation(factor(d), seed=3, **fill(d), **form(f))),
        "RandomZoom": A(lambda d, f, v: L.RandomZoom(factor(d), d.choice([None, 0.2]), seed=3, **fill(d), **form(f))),
        "RandomTranslation": A(lambda d, f, v: L.RandomTranslation(factor(d), factor(d), seed=3, **fill(d), **form(f))),
        "RandomShear": A(lambda d, f, v: L.RandomShear(factor(d), factor(d), seed=3, **fill(d), **form(f))),
        "RandomCrop": A(lambda d, f, v: L.RandomCrop(d.randint(1, 9), d.randint(1, 9), seed=3, **form(f))),
        "RandomPerspective": A(lambda d, f, v: L.RandomPerspective(factor(d), 0.5, seed=3, **form(f))),
        "RandomElasticTransform": A(lambda d, f, v: L.RandomElasticTransform(factor(d), 0.5, value_range=v, seed=3, **form(f))),
        "RandomErasing": A(lambda d, f, v: L.RandomErasing(factor(d), value_range=v, seed=3, **form(f))),
        "RandomBrightness": A(lambda d, f, v: L.RandomBrightness(factor(d), value_range=v, seed=3)),
        "RandomContrast": A(lambda d, f, v: L.RandomContrast(factor(d), value_range=v, seed=3)),
        "RandomColorDegeneration": A(lambda d, f, v: L.RandomColorDegeneration(factor(d), value_range=v, seed=3, **form(f))),
        "RandomColorJitter": A(lambda d, f, v: L.RandomColorJitter(v, 0.2, 0.3, 0.2, 0.1, seed=3, **form(f))),
        "RandomGaussianBlur": A(lambda d, f, v: L.RandomGaussianBlur(factor(d), d.choice([3, 5]), d.choice([1.0, (0.5, 1.5)]), value_range=v, seed=3, **form(f))),
        "RandomGrayscale": A(lambda d, f, v: L.RandomGrayscale(0.5, seed=3, **form(f))),
        "RandomHue": A(lambda d, f, v: L.RandomHue(factor(d), value_range=v, seed=3, **form(f))),
        "RandomInvert": A(lambda d, f, v: L.RandomInvert(factor(d), value_range=v, seed=3, **form(f))),
        "RandomPosterization": A(lambda d, f, v: L.RandomPosterization(d.randint(1, 8), value_range=v, seed=3, **form(f))),
        "RandomSaturation": A(lambda d, f, v: L.RandomSaturation(factor(d), value_range=v, seed=3, **form(f))),
        "RandomSharpness": A(lambda d, f, v: L.RandomSharpness(factor(d), value_range=v, seed=3, **form(f))),
        "Solarization": A(lambda d, f, v: L.Solarization(0.1, 0.5, value_range=v, seed=3, **form(f))),
        "AutoContrast": A(lambda d, f, v: L.AutoContrast(value_range=v, **form(f))),
        "Equalization": A(lambda d, f, v: L.Equalization(value_range=v, **form(f))),
        "ContrastLimitedAdaptiveHistogramEqualization": A(lambda d, f, v: L.ContrastLimitedAdaptiveHistogramEqualization(value_range=v, tile_grid_size=(2, 2), **form(f))),
        "RandAugment": A(lambda d, f, v: L.RandAugment(v, d.randint(1, 3), 0.3, seed=3, **form(f))),
        "AugMix": A(lambda d, f, v: L.AugMix(v, d.randint(1, 3), seed=3, **form(f))),
        "CutMix": A(lambda d, f, v: L.CutMix(factor(d), seed=3, **form(f))),
        "MixUp": A(lambda d, f, v: L.MixUp(0.2, seed=3, **form(f))),
        "Pipeline": A(lambda d, f, v: L.Pipeline([L.RandomFlip(seed=1), L.Rescaling(0.5)])),
    }


def all_draws():
    draws = drawn_simply() | augmentations() | {
        "Dense": dense, "EinsumDense": einsum_dense, "Embedding": embedding, "ReversibleEmbedding": reversible_embedding,
        "Softmax": softmax, "PReLU": prelu, "BatchNormalization": batch_normalization,
        "LayerNormalization": layer_normalization, "GroupNormalization": group_normalization,
        "RMSNormalization": rms_normalization, "UnitNormalization": unit_normalization, "Normalization": normalization,
        "SpectralNormalization": spectral_normalization, "RNN": rnn, "StackedRNNCells": stacked_cells,
        "Bidirectional": bidirectional, "TimeDistributed": time_distributed, "MultiHeadAttention": multi_head_attention,
        "GroupQueryAttention": group_query_attention, "Concatenate": concatenate, "Dot": dot, "Reshape": reshape,
        "Permute": permute, "Discretization": discretization, "CategoryEncoding": category_encoding, "Hashing": hashing,
        "IntegerLookup": integer_lookup, "Rescaling": rescaling, "Resizing": resizing, "CenterCrop": center_crop}
    for rank in (1, 2, 3):
        draws[f"Conv{rank}D"] = convolution(f"Conv{rank}D", rank)
        draws[f"Conv{rank}DTranspose"] = convolution(f"Conv{rank}DTranspose", rank, transposed=True)
        for kind in ("Max", "Average"):
            draws[f"{kind}Pooling{rank}D"] = pooling(f"{kind}Pooling{rank}D", rank)
            draws[f"Global{kind}Pooling{rank}D"] = global_pooling(f"Global{kind}Pooling{rank}D", rank)
            draws[f"Adaptive{kind}Pooling{rank}D"] = adaptive_pooling(f"Adaptive{kind}Pooling{rank}D", rank)
        draws[f"ZeroPadding{rank}D"] = padding(f"ZeroPadding{rank}D", rank)
        draws[f"Cropping{rank}D"] = padding(f"Cropping{rank}D", rank, cropping=True)
        draws[f"UpSampling{rank}D"] = up_sampling(f"UpSampling{rank}D", rank)
        draws[f"SpatialDropout{rank}D"] = noise(f"SpatialDropout{rank}D", rank)
        draws[f"ConvLSTM{rank}D"] = conv_lstm(f"ConvLSTM{rank}D", rank)
        if rank < 3:
            draws[f"DepthwiseConv{rank}D"] = convolution(f"DepthwiseConv{rank}D", rank, depthwise=True)
            draws[f"SeparableConv{rank}D"] = convolution(f"SeparableConv{rank}D", rank, separable=True)
    draws |= {name: recurrent(name) for name in ("LSTM", "GRU", "SimpleRNN")}
    draws |= {name: one_cell(name) for name in ("LSTMCell", "GRUCell", "SimpleRNNCell")}
    draws |= {name: attention(name) for name in ("Attention", "AdditiveAttention")}
    draws |= {name: merging(name) for name in ("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract")}
    draws |= {name: noise(name) for name in ("Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise")}
    draws |= {name: spectrogram(name) for name in ("MelSpectrogram", "STFTSpectrogram")}
    if ON_TORCH:
        del draws["ContrastLimitedAdaptiveHistogramEqualization"]
    return draws


DRAWS = all_draws()
