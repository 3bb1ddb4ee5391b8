"""More parity cases: `python traps.py OUT`, for what traps those who port Keras models by hand.

Where each trap of Keras' semantics is held against Keras, by the names of cases here, in cases.py and in layers/:

   1 kernel (in, out)                      every case with a Dense
   2 kernels HWIO, depthwise               convnet, conv1d_conv3d, depthwise_and_separable, layers/DepthwiseConv*
   3 channels last before Flatten          convnet
   4 "same" with strides                   same_padding_strides, strides_and_even_kernels
   5 transposed "same"                     conv_transpose_upsampling, strides_and_even_kernels
   6 kernel of a transposed convolution    conv_transpose_upsampling
   7 average pooling leaves padding out    same_padding_strides
   8 first weights glorot_uniform, zeros   tests/layers (set_random_seed), tests/oracle (seeded_*)
   9 embeddings U(-0.05, 0.05)             tests/initializers
  10 truncated normals                     tests/initializers
  11 12 13 batch statistics                batch_normalization, batch_statistics
  14 frozen BatchNormalization infers      frozen_batch_normalization
  15 epsilon of the other normalizations   normalizations
  16 one bias, forget bias 1               lstm
  17 18 order of the gates, both forms     gru_both_forms
  19 masked steps repeat                   masked_sequences, go_backwards_and_masks
  20 go_backwards reverses the outputs     go_backwards_and_masks
  21 the last output alone                 lstm
  22 orthogonal over the fused matrix      tests/initializers
  23 one dropout mask for all steps        tests/layers/recurrent_test.cpp
  24 query, value, key; True attends       attention, attention_masks
  25 slopes of LeakyReLU                   every_activation, leaky_slopes
  26 28 probabilities, clipped             saturated_probabilities
  27 classes on the last axis              classes_per_step
  29 mean over steps, weights not divided  weighted_steps
  30 targets broadcast                     target_rank_1; what Keras broadcasts is refused: tests/losses/checks_test.cpp
  31 L2 in the loss, decoupled decay       regularizers_and_constraints, decay_of_every_kind
  32 Adam's epsilon                        adamw, adam_amsgrad
  33 epsilon inside the root               rmsprop_centered, adagrad, adadelta
  34 momentum holds the rate               momentum_with_schedule
  35 36 running mean, last rows            short_last_batch, validation_split
  37 accuracy by shapes                    binary_accuracy, categorical_onehot, many_labels
  38 keys of the log                       two_inputs_two_outputs
  39 EarlyStopping                         tests/callbacks/early_stopping_test.cpp
  40 weights go by class and position      tests/models/saving_test.cpp
  also: 1-based axes, noise shapes, separable bias, integers rescaled   odd_shapes, depthwise_and_separable
"""
import sys

import parity
from cases import L, O, classes, images, mlp, regression, series
from parity import keras, np, write_case

CASES = {}


def case(**options):
    def register(build):
        CASES[build.__name__] = (build, options)
        return build
    return register


def model_of(inputs, *layers):
    outputs = inputs
    for layer in layers:
        outputs = layer(outputs)
    return keras.Model(inputs, outputs)


@case()
def depthwise_and_separable(rng):
    m = keras.Sequential([keras.Input((10, 10, 3)), L.SeparableConv2D(6, 3, strides=2, depth_multiplier=2,
                                                                      activation="tanh"),
                          L.DepthwiseConv2D(2, depth_multiplier=2, padding="same"), L.Flatten(), L.Dense(3, "softmax")])
    m.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return m, *images(rng)


@case(note="odd sizes under strides, even kernels: the padding is not the same on both sides")
def strides_and_even_kernels(rng):
    m = keras.Sequential([keras.Input((11, 10, 3)), L.Conv2D(4, (4, 2), strides=(2, 3), padding="same"),
                          L.MaxPooling2D((2, 3), strides=2, padding="same"),
                          L.Conv2DTranspose(3, (4, 3), strides=(3, 2), padding="same"), L.Flatten(), L.Dense(1)])
    m.compile(optimizer="adam", loss="mse")
    x = rng.random((32, 11, 10, 3), dtype=np.float32)
    return m, x, x.mean(axis=(1, 2, 3))[:, None]


@case(fit={"batch_size": 10, "epochs": 4}, note="batches of 10 and of 4 rows, of which the moving variance tells")
def batch_statistics(rng):
    m = keras.Sequential([keras.Input((5,)), L.Dense(6), L.BatchNormalization(momentum=0.5, epsilon=0.01),
                          L.BatchNormalization(scale=False, center=False), L.Dense(1)])
    m.compile(optimizer="sgd", loss="mse")
    return m, *regression(rng, rows=24, cols=5)


@case(keep=True)
def frozen_batch_normalization(rng):
    m = keras.Sequential([keras.Input((5,)), L.Dense(6), L.BatchNormalization(name="frozen"), L.Dense(1)])
    m.get_layer("frozen").set_weights([rng.random(6, dtype=np.float32) + 0.5 for _ in range(4)])
    m.get_layer("frozen").trainable = False
    m.compile(optimizer="adam", loss="mse")
    return m, *regression(rng, cols=5)


@case(note="made with torch: Keras' JAX backend forgets the mask in metrics")
def go_backwards_and_masks(rng):
    inputs = keras.Input((7, 5))
    masked = L.Masking()(inputs)
    back = L.LSTM(4, return_sequences=True, go_backwards=True)(masked)
    both = L.Concatenate()([back, L.GRU(4, return_sequences=True)(masked)])
    m = keras.Model(inputs, L.Dense(1)(both))
    m.compile(optimizer="adam", loss="mse", weighted_metrics=["mae"])
    x, _ = series(rng)
    x[:, 5:] = 0
    x[::3, 2] = 0
    return m, x, rng.random((48, 7, 1), dtype=np.float32)


@case()
def attention_masks(rng):
    inputs = keras.Input((7,), dtype="int32")
    steps = L.Embedding(9, 6, mask_zero=True)(inputs)
    attended = L.MultiHeadAttention(2, 3, use_bias=False)(steps, steps, use_causal_mask=True)
    m = keras.Model(inputs, L.Dense(1)(L.GlobalAveragePooling1D()(L.Add()([steps, attended]))))
    m.compile(optimizer=O.SGD(0.1), loss="mse")
    x = rng.integers(1, 9, (48, 7))
    x[::2, 4:] = 0
    return m, x, x.mean(axis=1, keepdims=True).astype("float32")


@case()
def leaky_slopes(rng):
    m = keras.Sequential([keras.Input((10,)), L.Dense(8, activation="leaky_relu"), L.LeakyReLU(),
                          L.Dense(8), L.LeakyReLU(negative_slope=0.01), L.Dense(8), L.PReLU(), L.Dense(1)])
    m.compile(optimizer="adam", loss="mse")
    return m, *regression(rng)


@case(note="predictions that are surely wrong have no gradient: the clipped ones of 1e-7 and 1 - 1e-7")
def saturated_probabilities(rng):
    inputs = keras.Input((10,))
    wide = L.Dense(4, kernel_initializer=keras.initializers.RandomNormal(stddev=20), name="wide")(inputs)
    outputs = [L.Activation("sigmoid", name="each")(wide), L.Activation("softmax", name="one")(wide)]
    m = keras.Model(inputs, outputs)
    m.compile(optimizer=O.SGD(0.01), loss=["binary_crossentropy", "categorical_crossentropy"],
              loss_weights=[1.0, 0.5])
    x, y = classes(rng)
    hot = np.eye(4, dtype=np.float32)[y]
    return m, x, [1 - hot, hot]


@case(note="a class for each step; sample weights for each step")
def classes_per_step(rng):
    m = model_of(keras.Input((7, 5)), L.Conv1D(6, 3, padding="causal", activation="relu"), L.Dense(3, "softmax"))
    m.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"],
              weighted_metrics=["accuracy"])
    x, _ = series(rng)
    return m, x, rng.integers(0, 3, (48, 7)), rng.random((48, 7), dtype=np.float32)


@case(note="the sum of weighted losses is divided by the number of steps, not by the sum of the weights")
def weighted_steps(rng):
    m = model_of(keras.Input((7, 5)), L.SimpleRNN(4, return_sequences=True), L.Dense(2))
    m.compile(optimizer="sgd", loss="mae", metrics=["mse"], weighted_metrics=["mse"])
    x, _ = series(rng)
    return m, x, rng.random((48, 7, 2), dtype=np.float32), (rng.random((48, 7)) < 0.4).astype("float32") * 3


@case()
def decay_of_every_kind(rng):
    m = mlp(kernel_regularizer=keras.regularizers.L1L2(0.01, 0.02), bias_regularizer="l2",
            activity_regularizer=keras.regularizers.L2(0.005))
    m.compile(optimizer=O.SGD(0.05, momentum=0.8, weight_decay=0.05), loss="mse")
    return m, *regression(rng)


@case(keep=True)
def momentum_with_schedule(rng):
    m = mlp()
    m.compile(optimizer=O.SGD(O.schedules.PiecewiseConstantDecay([4, 9], [0.1, 0.01, 0.05]), momentum=0.9),
              loss="mse")
    return m, *regression(rng)


@case(note="several labels are true at once, and `accuracy` is that of the largest")
def many_labels(rng):
    m = mlp(outs=4, last="sigmoid")
    m.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy", "binary_accuracy"])
    x, _ = classes(rng)
    return m, x, (rng.random((len(x), 4)) < 0.4).astype("float32")


@case()
def odd_shapes(rng):
    m = model_of(keras.Input((6,), dtype="int32"), L.Rescaling(1 / 255, offset=-0.5), L.RepeatVector(4),
                 L.Permute((2, 1)), L.Reshape((-1, 2)), L.ZeroPadding1D((1, 2)), L.Cropping1D((0, 1)),
                 L.UpSampling1D(2), L.Conv1D(3, 4, strides=2, dilation_rate=1, groups=1), L.Flatten(), L.Dense(1))
    m.compile(optimizer="adam", loss="mse")
    x = rng.integers(0, 255, (48, 6))
    return m, x, (x.sum(axis=1, keepdims=True) / 1000).astype("float32")


if __name__ == "__main__":
    for name, (build, options) in CASES.items():
        if len(sys.argv) > 2 and name not in sys.argv[2:]:
            continue
        log = write_case(sys.argv[1], name, build, **options)
        print(name, {k: v[-1] for k, v in log.items()}, flush=True)
