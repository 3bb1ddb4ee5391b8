#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <set>

#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>

#include "keraslike/saving/hdf5.h"
#include "keraslike/saving/hdf5_library.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/large_memory.h"
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

// The memory that the file takes.
void* resize(void* memory, size_t size, H5FD_file_image_op_t, void*) {
  void* larger = std::realloc(memory, size);
  if (larger != nullptr) utils::prefer_large_pages(larger, size);
  return larger;
}

herr_t release(void* memory, H5FD_file_image_op_t, void*) {
  std::free(memory);
  return 0;
}

// Row after row, to where numbers need not begin at multiples of their size.
void copy_in_order(const at::Tensor& values, char* place) {
  if (values.is_contiguous() || reinterpret_cast<uintptr_t>(place) % values.element_size() != 0) {
    std::memcpy(place, values.contiguous().data_ptr(), values.nbytes());
  } else {
    at::from_blob(place, values.sizes(), values.options()).copy_(values);
  }
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

  Hdf5Handle make_dataset(const std::string& path, DType dtype, const Shape& shape) {
    Hdf5Handle dataset(H5Dcreate2(file, path.c_str(), hdf5_type(dtype), space_of(shape), link_creation(),
                                  dataset_creation(), H5P_DEFAULT), H5Dclose);
    check(bool(dataset), "the dataset", path);
    if (const size_t slash = path.rfind('/'); slash != path.npos) remember_group(path.substr(0, slash));
    return dataset;
  }

  void write_dataset(const std::string& path, DType dtype, const Shape& shape, const void* values) {
    const Hdf5Handle dataset = make_dataset(path, dtype, shape);
    if (shape.count() == 0) return;
    check(H5Dwrite(dataset, hdf5_memory_type(dtype), H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0, "the dataset", path);
  }

  // Makes a dataset and returns where its values belong in the file's memory. That is taken by writing the last value.
  char* reserve_dataset(const std::string& path, DType dtype, const Shape& shape) {
    Hdf5Handle dataset = make_dataset(path, dtype, shape);
    std::vector<hsize_t> last(shape.begin(), shape.end());
    for (auto& index : last) --index;
    const Hdf5Handle place = space_of(shape);
    const int64_t zeros[2] = {};
    check(H5Sselect_elements(place, H5S_SELECT_SET, 1, last.data()) >= 0 &&
              H5Dwrite(dataset, hdf5_memory_type(dtype), scalar_space(), place, H5P_DEFAULT, zeros) >= 0,
          "the dataset", path);
    const haddr_t offset = H5Dget_offset(dataset);
    dataset.reset();  // it may hold back what was written
    check(offset != HADDR_UNDEF, "the dataset", path);
    return memory() + offset;
  }

  // It moves while the file grows.
  char* memory() const {
    void* handle = nullptr;
    check(H5Fget_vfd_handle(file, H5P_DEFAULT, &handle) >= 0, "the file", "");
    return *static_cast<char**>(handle);
  }
};

Hdf5Writer::Hdf5Writer(std::string subject) : file_(std::make_unique<File>()) {
  constexpr size_t kIncrement = size_t{1} << 20;  // of the memory that the file takes
  const Hdf5Session session;
  file_->subject = std::move(subject);
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fapl_core(access, kIncrement, false);
  H5FD_file_image_callbacks_t callbacks{};
  callbacks.image_realloc = resize;
  callbacks.image_free = release;
  H5Pset_file_image_callbacks(access, &callbacks);
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
  constexpr size_t kLarge = size_t{1} << 16;  // bytes
  const at::Tensor values = tensor.detach().cpu();
  const DType dtype = utils::dtype_of(values.scalar_type(), "The tensor of a dataset");
  const Shape shape(values.sizes().vec());
  const bool lies_as_in_memory = std::endian::native == std::endian::little && dtype != DType::Bool;
  if (values.nbytes() < kLarge || !lies_as_in_memory) {
    return dataset(path, dtype, shape, values.contiguous().data_ptr());
  }
  const Hdf5Session session;
  char* place = file_->reserve_dataset(path, dtype, shape);
  copy_in_order(values, place);
  if (dtype == DType::BFloat16) attribute(path, "dtype", "bfloat16");
}

void Hdf5Writer::dataset(const std::string& path, DType dtype, const Shape& shape, const void* values) {
  const Hdf5Session session;
  file_->write_dataset(path, dtype, shape, values);
  if (dtype == DType::BFloat16) attribute(path, "dtype", "bfloat16");
}

Bytes Hdf5Writer::finish() {
  const Hdf5Session session;
  const bool is_flushed = H5Fflush(file_->file, H5F_SCOPE_GLOBAL) >= 0;
  const ssize_t size = is_flushed ? H5Fget_file_image(file_->file, nullptr, 0) : -1;
  file_->check(size >= 0, "the file", "");
  const std::shared_ptr<File> owner(std::move(file_));
  return {std::string_view(owner->memory(), static_cast<size_t>(size)), owner};
}

}  // namespace keraslike::saving
