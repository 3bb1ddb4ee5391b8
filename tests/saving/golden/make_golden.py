"""Writes the HDF5 files that hdf5_test.cpp reads: what h5py makes, and what a reader must refuse."""

import sys
import zlib

import h5py
import numpy as np

folder = sys.argv[1] if len(sys.argv) > 1 else "."
values = np.arange(6).reshape(2, 3)


def write_types():
    with h5py.File(f"{folder}/h5py.h5", "w") as f:
        types = f.create_group("types")
        for letters in ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "f2", "f4", "f8"):
            for order in "<>":
                types.create_dataset(order + letters, data=values.astype(order + letters))
        types.create_dataset("chunks", data=values.astype("f4"), chunks=(1, 2))
        f.create_dataset("bool", data=values % 2 == 1)
        f.create_dataset("packed", data=np.arange(1000, dtype="f4"), compression="gzip", shuffle=True)
        f.create_dataset("unlimited", shape=(0,), maxshape=(None,), dtype="f4")
        f.attrs["variable"] = "größe"
        f.attrs["fixed"] = np.bytes_(b"abc")
        f.attrs["variable_list"] = ["dense", "größe"]
        f.attrs["fixed_list"] = np.array([b"dense", b"x"])
        f.attrs["empty_list"] = []


def write_hostile():
    with h5py.File(f"{folder}/hostile.h5", "w") as f:
        f.create_group("group").create_dataset("x", data=values)
        f["soft"] = h5py.SoftLink("/group/x")
        f["soft_group"] = h5py.SoftLink("/group")
        links = f.create_group("links")
        links["größe"] = values
        links["outside"] = h5py.ExternalLink("/etc/passwd", "/x")
        links["soft"] = h5py.SoftLink("/group/x")
        f.create_dataset("elsewhere", shape=(10,), dtype="i1", external=[("/etc/passwd", 0, 10)])
        layout = h5py.VirtualLayout(shape=(6,), dtype="i8")
        layout[:] = h5py.VirtualSource("/etc/passwd", "x", shape=(6,))
        f.create_virtual_dataset("virtual", layout)
        bomb = f.create_dataset("bomb", shape=(1 << 30,), dtype="i1", chunks=(1 << 30,), compression="gzip")
        bomb.id.write_direct_chunk((0,), zlib.compress(b"\0"))
        f.create_dataset("holes", shape=(10,), dtype="i1", chunks=(1,))[3] = 1
        f.create_dataset("never_written", shape=(1000,), dtype="f4")
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk((2, 3))
        plist.set_filter(32000, h5py.h5z.FLAG_OPTIONAL, (1,))
        h5py.h5d.create(f.id, b"filter", h5py.h5t.NATIVE_FLOAT, h5py.h5s.create_simple((2, 3)), plist)
        f["null"] = h5py.Empty("f4")
        f["type"] = np.dtype("f4")
        f["complex"] = np.ones(2, "c8")
        f["compound"] = np.zeros(2, [("a", "f4"), ("b", "i4")])
        f["opaque"] = np.zeros(2, "V2")
        f["texts"] = ["a", "b"]
        f.create_dataset("reference", data=f["group"].ref, dtype=h5py.ref_dtype)
        f.create_dataset("enumeration", data=[0, 1], dtype=h5py.enum_dtype({"RED": 0, "BLUE": 1}, basetype="i1"))
        f["uint64"] = np.ones(2, "u8")
    with h5py.File(f"{folder}/circle.h5", "w") as f:
        group = f.create_group("group")
        group["again"] = group
    with h5py.File(f"{folder}/large_group.h5", "w") as f:
        for i in range(9):
            f[f"layers/größe_{i}"] = values


write_types()
write_hostile()
