"""Writes the .npy and .npz files that npy_test.cpp reads, with NumPy itself (made with NumPy 2)."""
import io
import pathlib

import numpy as np

here = pathlib.Path(__file__).parent

arrays = {}
for kind in ["?", "i1", "u1", "i2", "i4", "i8", "u2", "u4", "u8", "f2", "f4", "f8"]:
    for order in "CF":
        for endian in "<>":
            values = np.arange(6).reshape(2, 3) % (2 if kind == "?" else 7)
            dtype = np.dtype(kind).newbyteorder(endian)
            arrays[f"{'little' if endian == '<' else 'big'}_{kind.replace('?', 'bool')}_{order}"] = np.array(
                values, dtype=dtype, order=order)
np.savez_compressed(here / "all_types.npz", **arrays)
np.savez(here / "stored.npz", x=np.ones((2, 2), np.float32), y=np.float64(2.5), empty=np.zeros((0, 3)))

for version in [(1, 0), (2, 0), (3, 0)]:
    with open(here / f"version_{version[0]}.npy", "wb") as file:
        np.lib.format.write_array(file, np.arange(3, dtype=np.float32), version=version)
np.save(here / "objects.npy", np.array([{}, None], dtype=object), allow_pickle=True)
np.save(here / "records.npy", np.zeros(2, dtype=[("a", "f4"), ("b", "i4")]))
