#include "keraslike/data/conversion.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <tuple>
#include <utility>
#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/nonzero.h>
#include <fmt/format.h>

#include "keraslike/data/scattered_rows.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/large_memory.h"
#include "keraslike/utils/parallel.h"
#include "keraslike/utils/tensor_types.h"
#include "keraslike/utils/warnings.h"

namespace keraslike::data {

namespace {

constexpr int64_t kGrain = 1 << 16;             // values that are worth a thread
constexpr double kTooLarge = 0x1.ffffffp127;    // the least double that rounds to infinity in float32
constexpr int64_t kExact = int64_t{1} << 24;    // integers beyond may lie between two float32 values

// Whether a value may be one that float32 can not hold: cheap enough to ask of each.
template <class T>
bool is_suspect(T) {
  return false;
}
bool is_suspect(double value) { return std::abs(value) >= kTooLarge; }
bool is_suspect(int64_t value) { return value > kExact || value < -kExact; }
bool is_suspect(int32_t value) { return value > static_cast<int32_t>(kExact) || value < -static_cast<int32_t>(kExact); }

// Whether it really is one.
template <class T>
bool is_lost(T) {
  return false;
}
bool is_lost(double value) { return std::isfinite(value) && std::isinf(static_cast<float>(value)); }
bool is_lost(int64_t value) {
  const auto rounded = static_cast<double>(static_cast<float>(value));
  return rounded >= 0x1p63 || static_cast<int64_t>(rounded) != value;
}
bool is_lost(int32_t value) { return is_lost(int64_t{value}); }

std::string place(const std::string& argument, const at::Tensor& tensor, int64_t flat) {
  std::string index;
  for (int64_t axis = tensor.dim() - 1; axis >= 0; --axis) {
    const int64_t size = tensor.size(axis);
    index = std::to_string(flat % size) + (index.empty() ? "" : ", ") + index;
    flat /= size;
  }
  return index.empty() ? fmt::format("`{}`", argument) : fmt::format("`{}`[{}]", argument, index);
}

template <class From>
std::string complaint(From value) {
  const auto became = static_cast<float>(value);
  if constexpr (std::is_same_v<From, double>) {
    return fmt::format("= {} does not fit float32 and became {}", value, became);
  } else {
    return fmt::format("= {} is not exact in float32 and became {:.0f}", value, became);
  }
}

// An array as matrices whose rows follow each other in the result, and whose elements lie in steps of one length: the
// axes from the last one on, as far as they can be walked like one.
struct Matrices {
  explicit Matrices(const at::Tensor& tensor) {
    int64_t axis = tensor.dim() - 1;
    std::tie(columns, column_step) = take(tensor, axis);
    std::tie(rows, row_step) = take(tensor, axis);
    for (; axis >= 0; --axis) {
      sizes.push_back(tensor.size(axis));
      strides.push_back(tensor.stride(axis));
    }
  }

  // The last axis that is left, and those before it that continue it.
  static std::pair<int64_t, int64_t> take(const at::Tensor& tensor, int64_t& axis) {
    while (axis >= 0 && tensor.size(axis) == 1) --axis;
    if (axis < 0) return {1, 1};
    int64_t size = tensor.size(axis);
    const int64_t step = tensor.stride(axis);
    for (--axis; axis >= 0 && (tensor.size(axis) == 1 || tensor.stride(axis) == size * step); --axis) {
      size *= tensor.size(axis);
    }
    return {size, step};
  }

  int64_t offset(int64_t matrix) const {
    int64_t result = 0;
    for (size_t i = 0; i < sizes.size(); matrix /= sizes[i++]) result += matrix % sizes[i] * strides[i];
    return result;
  }

  int64_t columns, column_step, rows, row_step;
  std::vector<int64_t> sizes;  // of the axes before, the last one first
  std::vector<int64_t> strides;
};

template <class From>
void report(const at::Tensor& given, const std::string& argument) {
  const at::Tensor from = given.contiguous();
  const auto* values = static_cast<const From*>(from.data_ptr());
  int64_t first = -1;
  int64_t count = 0;
  for (int64_t i = 0; i < from.numel(); ++i) {
    if (!is_suspect(values[i]) || !is_lost(values[i])) continue;
    if (first < 0) first = i;
    ++count;
  }
  if (count == 0) return;
  utils::warn(fmt::format("{} {}{}.", place(argument, from, first), complaint(values[first]),
                          count == 1 ? "" : fmt::format(" ({} such values)", count)));
}

// Plain loops over both, the first of which the compiler turns into vector instructions.
template <class From>
bool convert_run(const From* from, int64_t step, float* to, int64_t count) {
  int suspects = 0;
  if (step == 1) {
    for (int64_t i = 0; i < count; ++i) {
      suspects |= static_cast<int>(is_suspect(from[i]));
      to[i] = static_cast<float>(from[i]);
    }
  } else {
    for (int64_t i = 0; i < count; ++i) {
      suspects |= static_cast<int>(is_suspect(from[i * step]));
      to[i] = static_cast<float>(from[i * step]);
    }
  }
  return suspects != 0;
}

// Some rows of a matrix. Where neighbours in a column lie closer than in a row, columns are read one after the other.
template <class From>
bool convert_rows(const From* from, const Matrices& matrix, float* to, int64_t rows) {
  bool suspects = false;
  if (std::abs(matrix.row_step) >= std::abs(matrix.column_step)) {
    for (int64_t i = 0; i < rows; ++i) {
      suspects |= convert_run(from + i * matrix.row_step, matrix.column_step, to + i * matrix.columns, matrix.columns);
    }
    return suspects;
  }
  for (int64_t j = 0; j < matrix.columns; ++j) {
    const From* column = from + j * matrix.column_step;
    for (int64_t i = 0; i < rows; ++i) {
      const From value = column[i * matrix.row_step];
      suspects |= is_suspect(value);
      to[i * matrix.columns + j] = static_cast<float>(value);
    }
  }
  return suspects;
}

// Whether there was a suspect. `part(begin, end)` tells it of a range of `count` rows.
template <class Part>
bool any_suspect(int64_t count, int64_t values, int64_t grain, Part part) {
  std::atomic<bool> suspects = false;
  utils::for_ranges(count, utils::threads_for(values, kGrain), grain, [&](int64_t begin, int64_t end) {
    if (part(begin, end)) suspects = true;
  });
  return suspects;
}

template <class From>
bool convert_values(const at::Tensor& from, float* target) {
  constexpr int64_t kLine = 16;  // values: no two threads write into one line of the cache
  constexpr int64_t kTile = 64;  // rows whose results stay in the first cache
  const Matrices matrix(from);
  const auto* source = static_cast<const From*>(from.data_ptr());
  const int64_t rows = from.numel() / matrix.columns;
  if (rows == 1) {
    return any_suspect(matrix.columns, matrix.columns, kLine, [&](int64_t begin, int64_t end) {
      return convert_run(source + begin * matrix.column_step, matrix.column_step, target + begin, end - begin);
    });
  }
  return any_suspect(rows, from.numel(), 1, [&](int64_t begin, int64_t end) {
    bool suspects = false;
    for (int64_t row = begin, count = 0; row < end; row += count) {
      const int64_t first = row % matrix.rows;
      count = std::min({kTile, matrix.rows - first, end - row});
      const From* start = source + matrix.offset(row / matrix.rows) + first * matrix.row_step;
      suspects |= convert_rows(start, matrix, target + row * matrix.columns, count);
    }
    return suspects;
  });
}

template <class From>
at::Tensor converted(const at::Tensor& from, const std::string& argument) {
  at::Tensor result = utils::empty_large(from.sizes(), at::kFloat);
  if (from.numel() == 0) return result;
  if (convert_values<From>(from, static_cast<float*>(result.data_ptr()))) report<From>(from, argument);
  return result;
}

template <class From>
at::Tensor converted_rows(const Source& source, const std::string& argument) {
  const ScatteredRows& rows = *source.rows();
  at::Tensor result = utils::empty_large(rows.shape(), at::kFloat);
  if (result.numel() == 0) return result;
  auto* const to = static_cast<float*>(result.data_ptr());
  const bool suspects = any_suspect(rows.count(), result.numel(), 1, [&](int64_t begin, int64_t end) {
    bool suspect = false;
    for (int64_t i = begin; i < end; ++i) {
      suspect |= convert_run(static_cast<const From*>(rows.row(i)), 1, to + i * rows.length(), rows.length());
    }
    return suspect;
  });
  if (suspects) report<From>(source.tensor(), argument);
  return result;
}

at::Tensor converted_rows(const Source& source, const std::string& argument) {
  switch (source.rows()->dtype()) {
    case DType::Float32: return converted_rows<float>(source, argument);
    case DType::Float64: return converted_rows<double>(source, argument);
    case DType::Int64: return converted_rows<int64_t>(source, argument);
    case DType::Int32: return converted_rows<int32_t>(source, argument);
    default: return {};
  }
}

// Of all types that come only int64 has values that do not fit.
at::Tensor as_doubles(const at::Tensor& given, const std::string& argument) {
  const at::Tensor result = given.to(at::kDouble).contiguous();
  if (given.scalar_type() != at::kLong) return result;
  const at::Tensor lost = at::nonzero(result.to(at::kLong).ne(given).reshape(-1));
  if (lost.size(0) == 0) return result;
  const auto first = lost[0][0].item<int64_t>();
  utils::warn(fmt::format("{} = {} is not exact in float64 and became {:.0f}{}.", place(argument, given, first),
                          given.reshape(-1)[first].item<int64_t>(), result.reshape(-1)[first].item<double>(),
                          lost.size(0) == 1 ? "" : fmt::format(" ({} such values)", lost.size(0))));
  return result;
}

}  // namespace

at::Tensor to_tensor(const Data& data, const std::string& argument, Want want, DType floats) {
  const Source& source = source_of(data, argument);
  if (source.rows() && floats == DType::Float32 && (want == Want::Floats || is_floating(source.rows()->dtype()))) {
    if (at::Tensor result = converted_rows(source, argument); result.defined()) return result;
  }
  const at::Tensor given = source.tensor().detach().cpu();
  utils::dtype_of(given.scalar_type(), "`" + argument + "`");
  if (want == Want::KeepIntegers && !given.is_floating_point()) return given.contiguous();
  if (floats == DType::Float64) return as_doubles(given, argument);
  if (given.scalar_type() == at::kFloat && given.is_contiguous()) return given;
  switch (given.scalar_type()) {
    case at::kFloat: return converted<float>(given, argument);
    case at::kDouble: return converted<double>(given, argument);
    case at::kLong: return converted<int64_t>(given, argument);
    case at::kInt: return converted<int32_t>(given, argument);
    case at::kShort: return converted<int16_t>(given, argument);
    case at::kChar: return converted<int8_t>(given, argument);
    case at::kByte: return converted<uint8_t>(given, argument);
    default: return utils::empty_large(given.sizes(), at::kFloat).copy_(given);  // bool and half floats fit
  }
}

std::string part_name(const Data& data, int64_t index, const std::string& argument) {
  if (data.is_named()) return fmt::format("{}['{}']", argument, data.names().at(static_cast<size_t>(index)));
  return data.is_list() ? fmt::format("{}[{}]", argument, index) : argument;
}

void check_finite(const at::Tensor& tensor, const std::string& argument) {
  if (!tensor.is_floating_point()) return;
  const at::Tensor bad = at::nonzero(at::isfinite(tensor).logical_not().reshape(-1));
  if (bad.size(0) == 0) return;
  const auto flat = bad[0][0].item<int64_t>();
  throw ValueError("`{}` expects finite values. Received: {} = {} ({} such values).", argument,
                   place(argument, tensor, flat), tensor.reshape(-1)[flat].item<double>(), bad.size(0));
}

}  // namespace keraslike::data
