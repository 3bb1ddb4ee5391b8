#pragma once

// For sources.

#include <mutex>
#include <string>
#include <utility>

#include <hdf5.h>

#include "keraslike/utils/dtype.h"

namespace keraslike::saving {

// Held during every conversation with the library: it prints nothing then, whatever the program has asked it to print,
// and hears one thread at a time, which it needs where it was not built for several.
class Hdf5Session {
 public:
  Hdf5Session();
  ~Hdf5Session();
  Hdf5Session(const Hdf5Session&) = delete;
  Hdf5Session& operator=(const Hdf5Session&) = delete;

 private:
  std::lock_guard<std::recursive_mutex> lock_;
  H5E_auto2_t print_ = nullptr;
  void* print_data_ = nullptr;
};

// The library's word for what went wrong last: "wrong B-tree signature".
std::string hdf5_reason();

// One of the library's objects, given back at the end.
class Hdf5Handle {
 public:
  Hdf5Handle() = default;
  Hdf5Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Hdf5Handle() { reset(); }
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    if (this != &other) reset();
    id_ = std::exchange(other.id_, -1);
    close_ = other.close_;
    return *this;
  }

  explicit operator bool() const { return id_ >= 0; }
  operator hid_t() const { return id_; }  // NOLINT: what the library's functions take
  void reset() {
    if (id_ >= 0) close_(std::exchange(id_, -1));
  }

 private:
  hid_t id_ = -1;
  herr_t (*close_)(hid_t) = nullptr;
};

// How h5py writes a dtype: numbers as little-endian, bool as an enumeration, bfloat16 as two opaque bytes.
Hdf5Handle hdf5_type(DType dtype);

// How memory holds it.
Hdf5Handle hdf5_memory_type(DType dtype);

// A file of its own in memory. No two that are open may have the same name.
std::string unique_hdf5_name();

}  // namespace keraslike::saving
