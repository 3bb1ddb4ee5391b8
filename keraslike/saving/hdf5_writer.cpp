#include <algorithm>
#include <set>

#include <ATen/core/Tensor.h>

#include "keraslike/saving/hdf5.h"
#include "keraslike/saving/hdf5_library.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::saving {

namespace {

// The most bytes that Keras puts into one attribute.
constexpr size_t kMostAttribute = 64512;

Hdf5Handle scalar_space() { return {H5Screate(H5S_SCALAR), H5Sclose}; }

Hdf5Handle space_of(const Shape& shape) {
  if (shape.empty()) return scalar_space();
  const std::vector<hsize_t> sizes(shape.begin(), shape.end());
  return {H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr), H5Sclose};
}

// Makes the groups on the way. Names beyond ASCII are not declared as such: that would change the group into one of
// HDF5's newer kind, and whoever reads takes them for UTF-8 all the same.
Hdf5Handle link_creation() {
  Hdf5Handle creation(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(creation, 1);
  return creation;
}

Hdf5Handle dataset_creation() {
  Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation, false);
  return creation;
}

Hdf5Handle variable_text_type() {
  Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

Hdf5Handle fixed_text_type(size_t width) {
  Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type, width);
  H5Tset_strpad(type, H5T_STR_NULLPAD);
  return type;
}

size_t width_of(const std::vector<std::string>& texts) {
  size_t width = 1;  // neither NumPy nor the library has strings of 0 bytes
  for (const auto& text : texts) width = std::max(width, text.size());
  return width;
}

// One after the other, each filled up to the width.
std::string joined(const std::vector<std::string>& texts, size_t first, size_t count, size_t width) {
  std::string result(count * width, '\0');
  for (size_t i = 0; i < count; ++i) texts[first + i].copy(&result[i * width], width);
  return result;
}

}  // namespace

struct Hdf5Writer::File {
  std::string subject;
  Hdf5Handle file;
  std::set<std::string> groups{""};

  ~File() {
    const Hdf5Session session;
    file.reset();
  }

  void check(bool is_well, const char* what, const std::string& path) const {
    if (!is_well) throw FileError("'{}' can not be written: {} '{}': {}.", subject, what, path, hdf5_reason());
  }

  void make_group(const std::string& path) {
    if (groups.contains(path)) return;
    check(bool(Hdf5Handle(H5Gcreate2(file, path.c_str(), link_creation(), H5P_DEFAULT, H5P_DEFAULT), H5Gclose)),
          "the group", path);
    remember_group(path);
  }

  void remember_group(const std::string& path) {
    groups.insert(path);
    for (size_t slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1)) {
      groups.insert(path.substr(0, slash));
    }
  }

  void write_attribute(const std::string& path, const std::string& name, hid_t type, hid_t space, const void* values) {
    const Hdf5Handle owner(H5Oopen(file, path.empty() ? "/" : path.c_str(), H5P_DEFAULT), H5Oclose);
    check(bool(owner), "there is no", path);
    const Hdf5Handle attribute(H5Acreate2(owner, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    check(attribute && H5Awrite(attribute, type, values) >= 0, "the attribute", path + "@" + name);
  }

  void write_dataset(const std::string& path, DType dtype, const Shape& shape, const void* values) {
    const Hdf5Handle dataset(H5Dcreate2(file, path.c_str(), hdf5_type(dtype), space_of(shape), link_creation(),
                                        dataset_creation(), H5P_DEFAULT), H5Dclose);
    check(bool(dataset), "the dataset", path);
    if (const size_t slash = path.rfind('/'); slash != path.npos) remember_group(path.substr(0, slash));
    if (shape.count() == 0) return;
    check(H5Dwrite(dataset, hdf5_memory_type(dtype), H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0, "the dataset", path);
  }
};

Hdf5Writer::Hdf5Writer(std::string subject) : file_(std::make_unique<File>()) {
  constexpr size_t kIncrement = size_t{1} << 20;  // of the memory that the file takes
  const Hdf5Session session;
  file_->subject = std::move(subject);
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fapl_core(access, kIncrement, false);
  file_->file = {H5Fcreate(unique_hdf5_name().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access), H5Fclose};
  file_->check(bool(file_->file), "the file", "");
}

Hdf5Writer::~Hdf5Writer() = default;
Hdf5Writer::Hdf5Writer(Hdf5Writer&&) noexcept = default;
Hdf5Writer& Hdf5Writer::operator=(Hdf5Writer&&) noexcept = default;

void Hdf5Writer::group(const std::string& path) {
  const Hdf5Session session;
  file_->make_group(path);
}

void Hdf5Writer::attribute(const std::string& path, const std::string& name, const std::string& text) {
  const Hdf5Session session;
  const char* begin = text.c_str();
  file_->write_attribute(path, name, variable_text_type(), scalar_space(), &begin);
}

void Hdf5Writer::attribute(const std::string& path, const std::string& name, const std::vector<std::string>& texts) {
  const Hdf5Session session;
  if (texts.empty()) {
    const double nothing = 0;  // NumPy takes an empty list for one of numbers
    return file_->write_attribute(path, name, hdf5_type(DType::Float64), space_of({0}), &nothing);
  }
  const size_t width = width_of(texts);
  const size_t most = std::max<size_t>(kMostAttribute / width, 1);
  const size_t parts = (texts.size() + most - 1) / most;
  size_t first = 0;
  for (size_t i = 0; i < parts; ++i) {  // as alike in length as they can be, as NumPy's array_split makes them
    const size_t count = texts.size() / parts + (i < texts.size() % parts ? 1 : 0);
    file_->write_attribute(path, parts == 1 ? name : fmt::format("{}{}", name, i), fixed_text_type(width),
                           space_of({count}), joined(texts, first, count, width).data());
    first += count;
  }
}

void Hdf5Writer::dataset(const std::string& path, const at::Tensor& tensor) {
  const at::Tensor values = tensor.detach().cpu().contiguous();
  dataset(path, utils::dtype_of(values.scalar_type(), "The tensor of a dataset"), Shape(values.sizes().vec()),
          values.data_ptr());
}

void Hdf5Writer::dataset(const std::string& path, DType dtype, const Shape& shape, const void* values) {
  const Hdf5Session session;
  file_->write_dataset(path, dtype, shape, values);
  if (dtype == DType::BFloat16) attribute(path, "dtype", "bfloat16");
}

std::string Hdf5Writer::finish() {
  const Hdf5Session session;
  const bool is_flushed = H5Fflush(file_->file, H5F_SCOPE_GLOBAL) >= 0;
  const ssize_t size = is_flushed ? H5Fget_file_image(file_->file, nullptr, 0) : -1;
  file_->check(size >= 0, "the file", "");
  std::string bytes(static_cast<size_t>(size), '\0');
  file_->check(H5Fget_file_image(file_->file, bytes.data(), bytes.size()) == size, "the file", "");
  file_->file.reset();
  return bytes;
}

}  // namespace keraslike::saving
