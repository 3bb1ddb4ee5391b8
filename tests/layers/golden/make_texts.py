"""Writes texts.keras, a model that takes texts, and texts.npz, what Keras predicts and learns. Only Keras' TensorFlow
backend runs texts in a model:

    KERAS_BACKEND=tensorflow CUDA_VISIBLE_DEVICES= python tests/layers/golden/make_texts.py
"""
import os

import keras
import numpy as np
import tensorflow as tf
from keras import layers

here = os.path.dirname(os.path.abspath(__file__))
reviews = ["A good, GOOD film", "bad film", "not good", "an awful bad bad film", "good", "a film"]
kinds = ["drama", "crime", "drama", "war", "crime", "opera"]

keras.utils.set_random_seed(3)
review = keras.Input((1,), dtype="string", name="review")
kind = keras.Input((1,), dtype="string", name="kind")
words = layers.TextVectorization(output_sequence_length=5, name="words")
words.adapt(reviews)
lookup = layers.StringLookup(vocabulary=["crime", "drama", "war"], output_mode="one_hot", name="lookup")
embedded = layers.GlobalAveragePooling1D()(layers.Embedding(words.vocabulary_size(), 4)(words(review)))
hashed = layers.Hashing(8, output_mode="one_hot", name="hashed")(kind)
crossed = layers.HashedCrossing(5, output_mode="one_hot", name="crossed")([review, kind])
joined = layers.Concatenate()([embedded, lookup(kind), hashed, crossed])
model = keras.Model([review, kind], layers.Dense(1, name="score")(joined), name="texts")
model.compile("sgd", "mse")

inputs = {"review": tf.constant([[text] for text in reviews]), "kind": tf.constant([[text] for text in kinds])}
y = np.array([[1], [0], [0], [0], [1], [0.5]], "float32")
model.save(os.path.join(here, "texts.keras"))
before = model.predict(inputs, verbose=0)
history = model.fit(inputs, y, epochs=2, batch_size=4, shuffle=False, verbose=0).history
np.savez(os.path.join(here, "texts.npz"), before=before, loss=history["loss"], after=model.predict(inputs, verbose=0))
print(before.ravel(), history)
