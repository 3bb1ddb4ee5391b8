#include "keraslike/data/array.h"

#include <cstring>
#include <ostream>

#include <ATen/Dispatch.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>

#include "keraslike/utils/errors.h"
#include "keraslike/utils/large_memory.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike {

namespace {

at::TensorOptions options_of(DType dtype) { return at::TensorOptions().dtype(utils::scalar_type(dtype)); }

// In main memory and row after row; the same tensor where it is so already.
at::Tensor in_order(const at::Tensor& tensor) { return tensor.cpu().contiguous(); }

at::Tensor checked(const data::Source& source) {
  source.check("array");
  return source.tensor();
}

double value_at(const at::Tensor& tensor, int64_t offset) {
  double value = 0;
  AT_DISPATCH_ALL_TYPES_AND3(at::kBool, at::kHalf, at::kBFloat16, tensor.scalar_type(), "value_at", [&] {
    value = static_cast<double>(static_cast<const scalar_t*>(tensor.data_ptr())[offset]);
  });
  return value;
}

template <class To>
void convert(const at::Tensor& tensor, void* destination) {
  To* to = static_cast<To*>(destination);
  AT_DISPATCH_ALL_TYPES_AND3(at::kBool, at::kHalf, at::kBFloat16, tensor.scalar_type(), "convert", [&] {
    const auto* from = static_cast<const scalar_t*>(tensor.data_ptr());
    for (int64_t i = 0; i < tensor.numel(); ++i) to[i] = static_cast<To>(from[i]);
  });
}

void convert_by_tensor(const at::Tensor& tensor, DType dtype, void* destination) {
  at::Tensor target = at::from_blob(destination, tensor.sizes(), options_of(dtype));
  target.copy_(tensor);
}

int64_t wrapped(int64_t index, int64_t size, int64_t axis, const Shape& shape) {
  if (index >= -size && index < size) return index < 0 ? index + size : index;
  throw ValueError("Index {} is out of bounds for axis {} of an array of shape {}.", index, axis, shape);
}

}  // namespace

Array::Array(const at::Tensor& tensor) : Array(data::Source(tensor), false) {}

Array::Array(at::Tensor&& tensor) : Array(data::Source(std::move(tensor)), true) {}

Array::Array(const data::Source& source, bool may_keep) {
  const at::Tensor given = checked(source);
  at::Tensor ordered = in_order(given);
  if (!may_keep && !source.rows() && ordered.is_alias_of(given)) {
    ordered = utils::empty_large(ordered.sizes(), ordered.scalar_type()).copy_(ordered);
  }
  tensor_ = std::make_shared<const at::Tensor>(std::move(ordered));
}

Array Array::zeros(const Shape& shape, DType dtype) { return full(shape, 0, dtype); }

Array Array::ones(const Shape& shape, DType dtype) { return full(shape, 1, dtype); }

Array Array::full(const Shape& shape, double value, DType dtype) {
  if (!shape.is_known()) throw ValueError("Array expects sizes of 0 or more. Received: shape={}.", shape);
  return Array(at::full(shape, value, options_of(dtype)));
}

Array Array::arange(int64_t count, DType dtype) {
  if (count < 0) throw ValueError("Array.arange expects `count` of 0 or more. Received: count={}.", count);
  return Array(at::arange(count, options_of(dtype)));
}

const at::Tensor& Array::tensor() const {
  static const at::Tensor empty = at::empty({0});
  return tensor_ ? *tensor_ : empty;
}

Shape Array::shape() const { return Shape(tensor().sizes().begin(), tensor().sizes().end()); }

int64_t Array::rank() const { return tensor().dim(); }

int64_t Array::size() const { return tensor().numel(); }

DType Array::dtype() const { return utils::dtype_of(tensor().scalar_type(), "array"); }

int64_t Array::row_count() const {
  if (rank() == 0) throw ValueError("An array of shape () has no rows. Its value is `item()`.");
  return tensor().size(0);
}

const void* Array::memory(data::Kind kind) const {
  if (static_cast<int>(kind) != static_cast<int>(dtype())) {
    throw ValueError("Array.data<T> expects T to be the type of dtype {}. Convert with `astype` or `to_vector`.",
                     keraslike::to_string(dtype()));
  }
  return tensor().data_ptr();
}

double Array::element(std::initializer_list<int64_t> indices) const {
  const Shape sizes = shape();
  if (static_cast<int64_t>(indices.size()) != sizes.rank()) {
    throw ValueError("An array of shape {} takes {} indices. Received: {}.", sizes, sizes.rank(), indices.size());
  }
  int64_t offset = 0;
  int64_t axis = 0;
  for (const int64_t index : indices) {
    const int64_t size = sizes.dim(axis);
    offset = offset * size + wrapped(index, size, axis, sizes);
    ++axis;
  }
  return value_at(tensor(), offset);
}

Array Array::operator[](int64_t index) const {
  const int64_t row = wrapped(index, row_count(), 0, shape());
  return Array(tensor().select(0, row));
}

double Array::item() const {
  if (size() != 1) throw ValueError("Array.item expects an array of one value. Received: shape={}.", shape());
  return value_at(tensor(), 0);
}

Array Array::astype(DType dtype) const {
  if (dtype == this->dtype()) return *this;
  return Array(tensor().to(utils::scalar_type(dtype)));
}

Array Array::reshape(const Shape& shape) const {
  int64_t known = 1;
  int64_t open = 0;
  for (const int64_t size : shape) {
    if (size < 0) ++open;
    else known *= size;
  }
  const bool fits = open == 0 ? known == size() : open == 1 && known > 0 && size() % known == 0;
  if (!fits) throw ValueError("An array of shape {} can not be reshaped to {}.", this->shape(), shape);
  return Array(tensor().reshape(shape));
}

bool Array::equals(const Array& other) const {
  if (tensor().scalar_type() != other.tensor().scalar_type() || shape() != other.shape()) return false;
  const auto bytes = static_cast<size_t>(size() * size_in_bytes(dtype()));
  return bytes == 0 || std::memcmp(tensor().data_ptr(), other.tensor().data_ptr(), bytes) == 0;
}

std::ostream& operator<<(std::ostream& stream, const Array& array) { return stream << array.to_string(); }

namespace data {

void copy_values(const Array& array, Kind kind, void* destination) {
  const at::Tensor& tensor = array.tensor();
  switch (kind) {
    case Kind::UInt16: return convert<uint16_t>(tensor, destination);
    case Kind::UInt32: return convert<uint32_t>(tensor, destination);
    case Kind::UInt64: return convert<uint64_t>(tensor, destination);
    case Kind::LongDouble: return convert<long double>(tensor, destination);
    default: return convert_by_tensor(tensor, static_cast<DType>(kind), destination);
  }
}

}  // namespace data
}  // namespace keraslike
