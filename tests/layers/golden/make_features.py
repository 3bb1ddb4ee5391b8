"""Writes features.keras, which features_file_test.cpp reads, and prints what Keras makes of two rows.

KERAS_BACKEND=tensorflow, Keras 3.15.1, TensorFlow 2.21.0.
"""
import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras  # noqa: E402
import numpy as np  # noqa: E402

layers = keras.layers
rows = np.array([[12, 1138, 42], [42, 1000, 36]])
inputs = keras.Input((3,), dtype="int64")
learned = [layers.IntegerLookup(output_mode="tf_idf"), layers.IntegerLookup(mask_token=0, max_tokens=5),
           layers.Discretization(num_bins=3)]
for layer in learned:
    layer.adapt(rows)
hashed = layers.Hashing(7, mask_value=42)(inputs)
outputs = [learned[0](inputs), learned[1](inputs), layers.IntegerLookup(vocabulary=[42, 36], num_oov_indices=2)(inputs),
           learned[2](inputs), hashed, layers.CategoryEncoding(7, output_mode="count")(hashed),
           layers.HashedCrossing(9)([inputs[:, :1], inputs[:, 1:2]])]
model = keras.Model(inputs, outputs)
model.save(os.path.join(os.path.dirname(os.path.abspath(__file__)), "features.keras"))
for output in model(np.array([[12, 42, 0], [7, 1000, 36]])):
    print(output.numpy().tolist())
