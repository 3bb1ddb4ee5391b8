"""Put each case's initial weights beside its model, for tests that rebuild the model in C++.

`KERAS_BACKEND=torch python extract_weights.py CASES` writes CASES/<name>/weights.npz: `0`, `1`, ... in the order of
Keras' `model.get_weights()`, read from the case's model.keras.
"""
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras  # noqa: E402
import numpy as np  # noqa: E402

root = sys.argv[1]
for name in sorted(os.listdir(root)):
    model = keras.saving.load_model(os.path.join(root, name, "model.keras"))
    weights = {str(i): w for i, w in enumerate(model.get_weights())}
    np.savez(os.path.join(root, name, "weights.npz"), **weights)
    print(name, [w.shape for w in weights.values()])
