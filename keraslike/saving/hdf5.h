#pragma once

// For sources.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "keraslike/saving/bytes.h"
#include "keraslike/utils/dtype.h"
#include "keraslike/utils/shape.h"
#include "keraslike/utils/tensor_fwd.h"

namespace keraslike::saving {

// Paths are "layers/dense/vars/0"; "" is the file's own group.

// Builds an HDF5 file in memory, laid out as h5py does it. The same calls give the same bytes.
class Hdf5Writer {
 public:
  explicit Hdf5Writer(std::string subject);  // names the file in messages
  ~Hdf5Writer();
  Hdf5Writer(Hdf5Writer&&) noexcept;
  Hdf5Writer& operator=(Hdf5Writer&&) noexcept;

  // Groups on the way to a path come by themselves; one that is there already stays.
  void group(const std::string& path);
  void attribute(const std::string& path, const std::string& name, const std::string& text);
  // Byte strings of one length, as Keras' legacy files name layers and weights. More than an HDF5 attribute can hold
  // go into several, `name`0, `name`1, ...
  void attribute(const std::string& path, const std::string& name, const std::vector<std::string>& texts);
  void dataset(const std::string& path, const at::Tensor& tensor);
  void dataset(const std::string& path, DType dtype, const Shape& shape, const void* values);

  Bytes finish();  // the file; the writer is used up

 private:
  struct File;
  std::unique_ptr<File> file_;
};

// An HDF5 file in memory that nobody need trust: links that lead elsewhere are not followed, and what it declares is
// checked before memory is taken for it. What is wrong is a FileError: "'m.keras:model.weights.h5' holds no ...".
class Hdf5Reader {
 public:
  Hdf5Reader(Bytes bytes, std::string subject);
  ~Hdf5Reader();
  Hdf5Reader(Hdf5Reader&&) noexcept;
  Hdf5Reader& operator=(Hdf5Reader&&) noexcept;

  bool contains(const std::string& path) const;  // a group or a dataset
  bool is_group(const std::string& path) const;
  // Names of the children, in the order of their bytes: "10" comes before "2".
  std::vector<std::string> groups(const std::string& path) const;
  std::vector<std::string> datasets(const std::string& path) const;

  Shape shape(const std::string& path) const;
  DType dtype(const std::string& path) const;
  at::Tensor read(const std::string& path) const;

  // The same without a copy, where the file holds the values as memory does: in the file's own bytes, which the tensor
  // keeps. For values that are soon copied to where they belong.
  at::Tensor borrow(const std::string& path) const;

  // Absent where there is no such attribute. `texts` puts together what was split over `name`0, `name`1, ...
  std::optional<std::string> text(const std::string& path, const std::string& name) const;
  std::optional<std::vector<std::string>> texts(const std::string& path, const std::string& name) const;

 private:
  struct File;
  std::unique_ptr<File> file_;
};

}  // namespace keraslike::saving
