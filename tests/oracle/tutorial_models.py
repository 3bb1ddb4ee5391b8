"""The models of Keras' tutorials, in small: `python tutorial_models.py ANSWER FOLDER [PATTERN]`.

Each is made in Keras, saved, and predicted, evaluated and trained for two epochs by Keras and by keraslike.
"""
import fnmatch
import os
import sys

from oracle import Answer, LIMIT, Refused, compare, keras, np

L, ops = keras.layers, keras.ops
rng = np.random.default_rng(3)
ROWS = 10


def normal(*shape):
    return rng.standard_normal((ROWS, *shape)).astype("float32")


def tokens(steps, size=20):
    x = rng.integers(1, size, (ROWS, steps)).astype("int32")
    x[::3, -2:] = 0
    return x


def labels(classes):
    return rng.integers(0, classes, ROWS).astype("int32")


def compiled(model, loss, metrics=(), optimizer=None):
    model.compile(optimizer or keras.optimizers.SGD(0.02), loss, metrics=list(metrics))
    return model


def text_classification():
    model = keras.Sequential([
        keras.Input((12,), dtype="int64"), L.Embedding(20, 6), L.Dropout(0.0), L.Conv1D(8, 3, padding="valid", activation="relu", strides=2),
        L.Conv1D(8, 2, activation="relu"), L.GlobalMaxPooling1D(), L.Dense(6, activation="relu"), L.Dense(1, activation="sigmoid")])
    return compiled(model, "binary_crossentropy", ["accuracy"]), [tokens(12)], [labels(2).reshape(-1, 1)]


def bidirectional_imdb():
    inputs = keras.Input((None,), dtype="int32")
    x = L.Embedding(20, 6)(inputs)
    x = L.Bidirectional(L.LSTM(4, return_sequences=True))(x)
    x = L.Bidirectional(L.LSTM(4))(x)
    model = keras.Model(inputs, L.Dense(1, activation="sigmoid")(x))
    return compiled(model, "binary_crossentropy", ["accuracy"], "adam"), [tokens(9)], [labels(2)]


def masked_sentiment():
    inputs = keras.Input((9,), dtype="int32")
    x = L.Embedding(20, 6, mask_zero=True)(inputs)
    x = L.Bidirectional(L.GRU(4))(x)
    x = L.Dense(4, activation="relu")(x)
    return compiled(keras.Model(inputs, L.Dense(3, activation="softmax")(x)), "sparse_categorical_crossentropy", ["accuracy"]), [tokens(9)], [labels(3)]


def time_series():
    model = keras.Sequential([keras.Input((8, 3)), L.LSTM(6, return_sequences=True), L.LSTM(4), L.Dense(2)])
    return compiled(model, "mse", ["mae"], keras.optimizers.RMSprop(0.001)), [normal(8, 3)], [normal(2)]


def series_wavenet():
    inputs = x = keras.Input((16, 2))
    skips = []
    for rate in (1, 2, 4):
        tanh = L.Conv1D(4, 2, padding="causal", dilation_rate=rate, activation="tanh")(x)
        gate = L.Conv1D(4, 2, padding="causal", dilation_rate=rate, activation="sigmoid")(x)
        z = L.Multiply()([tanh, gate])
        skips.append(L.Conv1D(4, 1)(z))
        x = L.Add()([L.Conv1D(4, 1)(x), L.Conv1D(4, 1)(z)])
    out = L.Conv1D(1, 1)(L.Activation("relu")(L.Add()(skips)))
    return compiled(keras.Model(inputs, out), "mse"), [normal(16, 2)], [normal(16, 1)]


def time_series_transformer():
    inputs = x = keras.Input((8, 2))
    for _ in range(2):
        attended = L.MultiHeadAttention(key_dim=4, num_heads=2, dropout=0.0)(x, x)
        x = L.LayerNormalization(epsilon=1e-6)(attended + x)
        y = L.Conv1D(filters=4, kernel_size=1, activation="relu")(x)
        y = L.Conv1D(filters=2, kernel_size=1)(y)
        x = L.LayerNormalization(epsilon=1e-6)(y + x)
    x = L.GlobalAveragePooling1D(data_format="channels_last")(x)
    return compiled(keras.Model(inputs, L.Dense(2, activation="softmax")(x)), "sparse_categorical_crossentropy", ["sparse_categorical_accuracy"]), [normal(8, 2)], [labels(2)]


def siamese():
    tower_in = keras.Input((8, 8, 1))
    x = L.BatchNormalization()(tower_in)
    x = L.AveragePooling2D((2, 2))(L.Conv2D(4, 3, activation="tanh")(x))
    tower = keras.Model(tower_in, L.Dense(5, activation="tanh")(L.BatchNormalization()(L.Flatten()(x))), name="tower")
    a, b = keras.Input((8, 8, 1)), keras.Input((8, 8, 1))
    first, second = tower(a), tower(b)
    distance = ops.sqrt(ops.maximum(ops.sum(ops.square(first - second), axis=1, keepdims=True), 1e-7))
    out = L.Dense(1, activation="sigmoid")(L.BatchNormalization()(distance))
    return compiled(keras.Model([a, b], out), "binary_crossentropy", ["accuracy"]), [normal(8, 8, 1), normal(8, 8, 1)], [labels(2).reshape(-1, 1)]


def triplet():
    tower = keras.Sequential([keras.Input((6,)), L.Dense(5, activation="tanh"), L.Dense(3)], name="tower")
    inputs = [keras.Input((6,), name=name) for name in ("anchor", "positive", "negative")]
    a, p, n = [tower(x) for x in inputs]
    near, far = ops.sum(ops.square(a - p), -1), ops.sum(ops.square(a - n), -1)
    return compiled(keras.Model(inputs, ops.relu(near - far + 0.5)), "mse"), [normal(6)] * 2 + [normal(6)], [normal()]


def autoencoder():
    inputs = keras.Input((8, 8, 1))
    x = L.MaxPooling2D(2, padding="same")(L.Conv2D(4, 3, activation="relu", padding="same")(inputs))
    x = L.MaxPooling2D(2, padding="same")(L.Conv2D(4, 3, activation="relu", padding="same")(x))
    x = L.Conv2DTranspose(4, 3, strides=2, activation="relu", padding="same")(x)
    x = L.Conv2DTranspose(4, 3, strides=2, activation="relu", padding="same")(x)
    out = L.Conv2D(1, 3, activation="sigmoid", padding="same")(x)
    return compiled(keras.Model(inputs, out), "binary_crossentropy", optimizer="adam"), [normal(8, 8, 1)], [rng.random((ROWS, 8, 8, 1)).astype("float32")]


def dense_autoencoder():
    encoder = keras.Sequential([keras.Input((10,)), L.Dense(6, activation="relu", activity_regularizer=keras.regularizers.L1(1e-3)), L.Dense(3)])
    decoder = keras.Sequential([keras.Input((3,)), L.Dense(6, activation="relu"), L.Dense(10, activation="sigmoid")])
    inputs = keras.Input((10,))
    x = rng.random((ROWS, 10)).astype("float32")
    return compiled(keras.Model(inputs, decoder(encoder(inputs))), "mse"), [x], [x]


def series_autoencoder():
    model = keras.Sequential([
        keras.Input((16, 1)), L.Conv1D(4, 5, padding="same", strides=2, activation="relu"), L.Dropout(0.0), L.Conv1D(3, 5, padding="same", strides=2, activation="relu"),
        L.Conv1DTranspose(3, 5, padding="same", strides=2, activation="relu"), L.Conv1DTranspose(4, 5, padding="same", strides=2, activation="relu"),
        L.Conv1DTranspose(1, 5, padding="same")])
    x = normal(16, 1)
    return compiled(model, "mse", optimizer=keras.optimizers.Adam(0.001)), [x], [x]


def unet():
    inputs = keras.Input((16, 16, 2))
    x = L.Activation("relu")(L.BatchNormalization()(L.Conv2D(4, 3, strides=2, padding="same")(inputs)))
    previous = x
    for filters in (6, 8):
        x = L.BatchNormalization()(L.SeparableConv2D(filters, 3, padding="same")(L.Activation("relu")(x)))
        x = L.BatchNormalization()(L.SeparableConv2D(filters, 3, padding="same")(L.Activation("relu")(x)))
        x = L.MaxPooling2D(3, strides=2, padding="same")(x)
        x = L.add([x, L.Conv2D(filters, 1, strides=2, padding="same")(previous)])
        previous = x
    for filters in (8, 6, 4):
        x = L.BatchNormalization()(L.Conv2DTranspose(filters, 3, padding="same")(L.Activation("relu")(x)))
        x = L.UpSampling2D(2)(x)
        x = L.add([x, L.Conv2D(filters, 1, padding="same")(L.UpSampling2D(2)(previous))])
        previous = x
    out = L.Conv2D(3, 3, activation="softmax", padding="same")(x)
    return compiled(keras.Model(inputs, out), "sparse_categorical_crossentropy", ["accuracy"]), [normal(16, 16, 2)], [rng.integers(0, 3, (ROWS, 16, 16)).astype("int32")]


def classic_unet():
    inputs = keras.Input((8, 8, 1))
    a = L.Conv2D(3, 3, activation="relu", padding="same", kernel_initializer="he_normal")(inputs)
    b = L.Conv2D(5, 3, activation="relu", padding="same")(L.MaxPooling2D()(a))
    c = L.Conv2D(6, 3, activation="relu", padding="same")(L.MaxPooling2D()(b))
    x = L.concatenate([L.Conv2DTranspose(5, 2, strides=2)(c), b])
    x = L.Conv2D(5, 3, activation="relu", padding="same")(x)
    x = L.concatenate([L.UpSampling2D(2, interpolation="bilinear")(x), a], axis=3)
    out = L.Conv2D(1, 1, activation="sigmoid")(x)
    return compiled(keras.Model(inputs, out), keras.losses.Dice(), [keras.metrics.BinaryIoU([1])]), [normal(8, 8, 1)], [rng.integers(0, 2, (ROWS, 8, 8, 1)).astype("float32")]


def transformer_text():
    inputs = keras.Input((7,), dtype="int32")
    positions = ops.arange(0, 7, 1)
    x = L.Embedding(20, 6)(inputs) + L.Embedding(7, 6)(positions)
    attended = L.Dropout(0.0)(L.MultiHeadAttention(2, 6)(x, x))
    x = L.LayerNormalization(epsilon=1e-6)(x + attended)
    fed = L.Dense(6)(L.Dense(8, activation="relu")(x))
    x = L.GlobalAveragePooling1D()(L.LayerNormalization(epsilon=1e-6)(x + fed))
    return compiled(keras.Model(inputs, L.Dense(2, activation="softmax")(x)), "sparse_categorical_crossentropy", ["accuracy"], "adam"), [tokens(7)], [labels(2)]


def vision_transformer():
    inputs = keras.Input((8, 8, 3))
    patches = L.Reshape((4, -1))(L.Conv2D(6, 4, strides=4, padding="valid")(inputs))
    x = patches
    for _ in range(2):
        y = L.LayerNormalization(epsilon=1e-6)(x)
        x = L.Add()([L.MultiHeadAttention(2, 3, dropout=0.0)(y, y), x])
        y = L.LayerNormalization(epsilon=1e-6)(x)
        y = L.Dense(6, activation=keras.activations.gelu)(L.Dense(8, activation=keras.activations.gelu)(y))
        x = L.Add()([y, x])
    x = L.Flatten()(L.LayerNormalization(epsilon=1e-6)(x))
    return compiled(keras.Model(inputs, L.Dense(3)(x)), keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                    [keras.metrics.SparseCategoricalAccuracy(name="accuracy"), keras.metrics.SparseTopKCategoricalAccuracy(2, name="top-2-accuracy")],
                    keras.optimizers.SGD(0.01, momentum=0.9, weight_decay=0.0001)), [normal(8, 8, 3)], [labels(3)]


def seq2seq_attention():
    source, target = keras.Input((6,), dtype="int32"), keras.Input((5,), dtype="int32")
    encoded, state = L.GRU(6, return_sequences=True, return_state=True)(L.Embedding(20, 5, mask_zero=True)(source))
    decoded = L.GRU(6, return_sequences=True)(L.Embedding(20, 5, mask_zero=True)(target), initial_state=state)
    context = L.Attention(use_scale=True)([decoded, encoded])
    x = L.Dense(20, activation="softmax")(L.Concatenate()([decoded, context]))
    return compiled(keras.Model([source, target], x), "sparse_categorical_crossentropy", ["accuracy"]), [tokens(6), tokens(5)], [tokens(5)]


def wide_and_deep():
    wide, deep = keras.Input((4,), name="wide"), keras.Input((6,), name="deep")
    x = L.Dense(5, activation="relu")(L.Dense(8, activation="relu")(L.Normalization(mean=[0.1] * 6, variance=[2.0] * 6)(deep)))
    merged = L.concatenate([wide, x])
    main = L.Dense(1, activation="sigmoid", name="main")(merged)
    aux = L.Dense(1, name="aux")(x)
    model = keras.Model([wide, deep], {"main": main, "aux": aux})
    model.compile("rmsprop", {"main": "binary_crossentropy", "aux": "mse"}, loss_weights={"main": 0.9, "aux": 0.1}, metrics={"main": ["accuracy"], "aux": ["mae"]})
    return model, [normal(4), normal(6)], [normal(1), labels(2).reshape(-1, 1)]


def recommender():
    user, item = keras.Input((1,), dtype="int32"), keras.Input((1,), dtype="int32")
    u = L.Flatten()(L.Embedding(20, 4, embeddings_initializer="he_normal", embeddings_regularizer=keras.regularizers.l2(1e-6))(user))
    i = L.Flatten()(L.Embedding(20, 4, embeddings_regularizer="l2")(item))
    out = ops.sigmoid(L.Dot(axes=1)([u, i]) + L.Flatten()(L.Embedding(20, 1)(user)))
    return compiled(keras.Model([user, item], out), "binary_crossentropy", optimizer="sgd"), [tokens(1), tokens(1)], [labels(2).reshape(-1, 1)]


def structured_data():
    numbers, kind = keras.Input((3,)), keras.Input((1,), dtype="int32")
    coded = L.CategoryEncoding(num_tokens=5, output_mode="one_hot")(kind)
    x = L.concatenate([L.Rescaling(1 / 3.0)(numbers), coded])
    x = L.Dropout(0.0)(L.Dense(8, activation="relu")(x))
    return compiled(keras.Model([numbers, kind], L.Dense(1, activation="sigmoid")(x)), "binary_crossentropy", ["accuracy"]), [normal(3), rng.integers(0, 5, (ROWS, 1)).astype("int32")], [labels(2)]


def transfer_learning():
    base_in = keras.Input((8, 8, 3))
    x = L.Activation("relu")(L.BatchNormalization()(L.Conv2D(4, 3, use_bias=False)(base_in)))
    base = keras.Model(base_in, L.Conv2D(5, 3, activation="relu")(x), name="base")
    base.trainable = False
    inputs = keras.Input((8, 8, 3))
    x = L.Rescaling(scale=1 / 127.5, offset=-1)(inputs)
    x = base(x, training=False)
    x = L.Dropout(0.0)(L.GlobalAveragePooling2D()(x))
    return compiled(keras.Model(inputs, L.Dense(1)(x)), keras.losses.BinaryCrossentropy(from_logits=True), [keras.metrics.BinaryAccuracy()], keras.optimizers.Adam(0.01)), [normal(8, 8, 3) * 50], [labels(2).reshape(-1, 1)]


def fine_tuning():
    model, x, y = transfer_learning()
    model.get_layer("base").trainable = True
    model.get_layer("base").layers[1].trainable = False
    return compiled(model, keras.losses.BinaryCrossentropy(from_logits=True), ["accuracy"], keras.optimizers.Adam(1e-3)), x, y


def resnet_cifar():
    inputs = keras.Input((8, 8, 3))
    x = L.Conv2D(4, 3, padding="same", kernel_initializer="he_normal", kernel_regularizer=keras.regularizers.L2(1e-4))(inputs)
    x = L.Activation("relu")(L.BatchNormalization()(x))
    for filters, strides in ((4, 1), (8, 2)):
        y = L.Activation("relu")(L.BatchNormalization()(L.Conv2D(filters, 3, strides=strides, padding="same")(x)))
        y = L.BatchNormalization()(L.Conv2D(filters, 3, padding="same")(y))
        if strides > 1:
            x = L.Conv2D(filters, 1, strides=strides, padding="same")(x)
        x = L.Activation("relu")(L.add([x, y]))
    x = L.Flatten()(L.AveragePooling2D(4)(x))
    return compiled(keras.Model(inputs, L.Dense(3, activation="softmax")(x)), "categorical_crossentropy", ["accuracy"]), [normal(8, 8, 3)], [np.eye(3, dtype="float32")[labels(3)]]


def mnist_convnet():
    model = keras.Sequential([
        keras.Input((12, 12, 1)), L.Conv2D(4, kernel_size=(3, 3), activation="relu"), L.MaxPooling2D(pool_size=(2, 2)),
        L.Conv2D(6, kernel_size=(3, 3), activation="relu"), L.MaxPooling2D(pool_size=(2, 2)), L.Flatten(), L.Dropout(0.0), L.Dense(10, activation="softmax")])
    return compiled(model, "categorical_crossentropy", ["accuracy"], "adam"), [normal(12, 12, 1)], [np.eye(10, dtype="float32")[labels(10)]]


def mobile_block():
    inputs = keras.Input((8, 8, 4))
    x = L.ReLU(6.0)(L.BatchNormalization()(L.Conv2D(8, 1, use_bias=False)(inputs)))
    x = L.ReLU(6.0)(L.BatchNormalization()(L.DepthwiseConv2D(3, strides=2, padding="valid", use_bias=False)(L.ZeroPadding2D(((0, 1), (0, 1)))(x))))
    x = L.BatchNormalization()(L.Conv2D(4, 1, use_bias=False)(x))
    se = L.Reshape((1, 1, 4))(L.GlobalAveragePooling2D()(x))
    se = L.Conv2D(4, 1, activation="hard_sigmoid")(L.Conv2D(2, 1, activation="relu")(se))
    x = L.GlobalAveragePooling2D(keepdims=True)(x * se)
    return compiled(keras.Model(inputs, L.Dense(2)(L.Flatten()(x))), "mse"), [normal(8, 8, 4)], [normal(2)]


def next_frame():
    inputs = keras.Input((3, 6, 6, 1))
    x = L.ConvLSTM2D(4, 3, padding="same", return_sequences=True, activation="tanh")(inputs)
    x = L.ConvLSTM2D(4, 1, padding="same", return_sequences=True, activation="tanh")(L.BatchNormalization()(x))
    out = L.Conv3D(1, 3, activation="sigmoid", padding="same")(x)
    return compiled(keras.Model(inputs, out), "binary_crossentropy"), [normal(3, 6, 6, 1)], [rng.random((ROWS, 3, 6, 6, 1)).astype("float32")]


def video():
    inputs = keras.Input((4, 8, 8, 3))
    x = L.TimeDistributed(L.Conv2D(4, 3, activation="relu"))(inputs)
    x = L.TimeDistributed(L.Flatten())(L.TimeDistributed(L.MaxPooling2D())(x))
    return compiled(keras.Model(inputs, L.Dense(2, activation="softmax")(L.LSTM(5)(x))), "sparse_categorical_crossentropy"), [normal(4, 8, 8, 3)], [labels(2)]


def volumes():
    inputs = keras.Input((8, 8, 6, 1))
    x = L.BatchNormalization()(L.MaxPooling3D(2)(L.Conv3D(4, 3, activation="relu")(inputs)))
    x = L.Dense(1, activation="sigmoid")(L.Dense(5, activation="relu")(L.GlobalAveragePooling3D()(x)))
    return compiled(keras.Model(inputs, x), "binary_crossentropy", ["acc"]), [normal(8, 8, 6, 1)], [labels(2)]


def captcha():
    inputs = keras.Input((12, 8, 1))
    x = L.MaxPooling2D((2, 2))(L.Conv2D(4, 3, activation="relu", padding="same")(inputs))
    x = L.Dense(6, activation="relu")(L.Reshape((6, 16))(x))
    x = L.Bidirectional(L.LSTM(4, return_sequences=True, dropout=0.0))(x)
    y = rng.integers(1, 5, (ROWS, 3)).astype("int32")
    return compiled(keras.Model(inputs, L.Dense(6)(x)), keras.losses.CTC()), [normal(12, 8, 1)], [y]


def character_model():
    model = keras.Sequential([keras.Input((6, 9)), L.LSTM(8), L.Dense(9, activation="softmax")])
    return compiled(model, "categorical_crossentropy", optimizer=keras.optimizers.RMSprop(learning_rate=0.01)), [np.eye(9, dtype="float32")[tokens(6, 9)]], [np.eye(9, dtype="float32")[labels(9)]]


def addition_rnn():
    model = keras.Sequential([keras.Input((5, 4)), L.LSTM(6), L.RepeatVector(3), L.LSTM(6, return_sequences=True), L.Dense(4, activation="softmax")])
    return compiled(model, "categorical_crossentropy", ["accuracy"], "adam"), [normal(5, 4)], [np.eye(4, dtype="float32")[rng.integers(0, 4, (ROWS, 3))]]


def mlp_mixer():
    inputs = x = keras.Input((4, 6))
    for _ in range(2):
        y = L.Permute((2, 1))(L.LayerNormalization(epsilon=1e-6)(x))
        y = L.Permute((2, 1))(L.Dense(4)(L.Dense(8, activation="gelu")(y)))
        x = x + y
        y = L.LayerNormalization(epsilon=1e-6)(x)
        x = x + L.Dense(6)(L.Dense(8, activation="gelu")(y))
    return compiled(keras.Model(inputs, L.Dense(2)(L.GlobalAveragePooling1D()(x))), "mse"), [normal(4, 6)], [normal(2)]


def gated_residual():
    inputs = keras.Input((6,))
    x = L.Dense(6, activation="elu")(inputs)
    gate = L.Dense(6, activation="sigmoid")(x)
    y = L.LayerNormalization()(inputs + L.Dense(6)(x) * gate)
    a, b = ops.split(y, 2, axis=-1)
    out = ops.concatenate([ops.tanh(a), ops.exp(-ops.abs(b))], axis=-1)
    return compiled(keras.Model(inputs, ops.mean(out, axis=-1, keepdims=True) * 2.0 + 1.0), "mse"), [normal(6)], [normal(1)]


MODELS = [value for value in list(globals().values()) if callable(value) and getattr(value, "__module__", "") == __name__
          and value.__name__ not in ("normal", "tokens", "labels", "compiled")]


def main(answer, root, pattern="*"):
    answer, bad = Answer(answer), 0
    for make in MODELS:
        if not fnmatch.fnmatch(make.__name__, pattern):
            continue
        keras.utils.set_random_seed(5)
        model, xs, ys = make()
        try:
            worst, because = compare(answer, os.path.join(root, make.__name__), model, xs, ys, 2, goes_on=True)
            failed = max(worst.values()) > LIMIT
            text = " ".join(f"{key} {value:.3f}" for key, value in worst.items()) + f" ({because or 'planned'})"
        except Refused as error:
            failed, text = True, str(error)
        except RuntimeError as error:
            failed, text = False, f"Keras itself: {error}"
        bad += failed
        print(f"{make.__name__:26} {text}{'  <-- BAD' if failed else ''}", flush=True)
    print(f"{len(MODELS)} models, {bad} bad")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
