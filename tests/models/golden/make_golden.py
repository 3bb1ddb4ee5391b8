"""Writes the older `.h5` files that saving_test.cpp reads, and what Keras predicts. KERAS_BACKEND=torch, Keras 3.15.1."""
import os

os.environ["KERAS_BACKEND"] = "torch"

import keras  # noqa: E402
import numpy as np  # noqa: E402

here = os.path.dirname(os.path.abspath(__file__))
keras.utils.set_random_seed(1)
layers = keras.layers
model = keras.Sequential([keras.Input((3,)), layers.Dense(4, "relu", name="first"),
                          layers.BatchNormalization(name="norm"), layers.Dense(1, name="last")])
model.compile("adam", "mse", metrics=["mae"])
x = np.sin(np.arange(1, 25, dtype="float32")).reshape(8, 3)
model.fit(x, x[:, :1], epochs=2, verbose=0, shuffle=False)
model.save(os.path.join(here, "legacy.h5"))
np.save(os.path.join(here, "legacy_prediction.npy"), model.predict(x, verbose=0))
model.fit(x, x[:, :1], epochs=1, verbose=0, shuffle=False)
np.save(os.path.join(here, "legacy_after.npy"), model.predict(x, verbose=0))
