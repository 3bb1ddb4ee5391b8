"""Writes multi_optimizer.keras and multi_optimizer.npz: a model that Keras trained with a MultiOptimizer, what it
predicts, and what it makes of one more epoch after loading.

    KERAS_BACKEND=torch python make_multi_optimizer.py
"""
import keras
import numpy as np
from keras import layers, optimizers

keras.utils.set_random_seed(3)
x = np.sin(np.arange(1, 25, dtype="float32")).reshape(8, 3)
y = x[:, :1]
fit = {"epochs": 1, "batch_size": 4, "shuffle": False, "verbose": 0}

# A model that was loaded has other paths than before, without the model's own name.
shared = optimizers.OptimizerMap(optimizers.SGD(0.1, momentum=0.9, clipnorm=0.5),
                                 {"(.*/)?encoder/.*": optimizers.Adam(0.01)})
model = keras.Sequential([keras.Input((3,)), layers.Dense(4, "tanh", name="encoder"), layers.Dense(1, name="head")])
model.compile(optimizers.MultiOptimizer(shared), "mse")
model.fit(x, y, **fit)
model.save("multi_optimizer.keras")
loaded = keras.saving.load_model("multi_optimizer.keras")
before = loaded.predict(x, verbose=0)
loss = loaded.fit(x, y, **fit).history["loss"]
assert loss == model.fit(x, y, **fit).history["loss"]
np.savez("multi_optimizer.npz", before=before, loss=loss, after=loaded.predict(x, verbose=0))
