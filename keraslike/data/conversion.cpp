#include "keraslike/data/conversion.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/nonzero.h>
#include <fmt/format.h>

#include "keraslike/utils/errors.h"
#include "keraslike/utils/parallel.h"
#include "keraslike/utils/tensor_types.h"
#include "keraslike/utils/warnings.h"

namespace keraslike::data {

namespace {

constexpr int64_t kGrain = 1 << 16;             // values that are worth a thread
constexpr size_t kHugePage = size_t{2} << 20;   // bytes
constexpr double kTooLarge = 0x1.ffffffp127;    // the least double that rounds to infinity in float32
constexpr int64_t kExact = int64_t{1} << 24;    // integers beyond may lie between two float32 values

// Whether a value may be one that float32 can not hold: cheap enough to ask of each.
bool is_suspect(double value) { return std::abs(value) >= kTooLarge; }
bool is_suspect(int64_t value) { return value > kExact || value < -kExact; }
bool is_suspect(int32_t value) { return value > static_cast<int32_t>(kExact) || value < -static_cast<int32_t>(kExact); }

// Whether it really is one.
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

// An array as runs of values that lie `step` apart: the last axes, which one pointer can walk, and the axes before.
struct Runs {
  explicit Runs(const at::Tensor& tensor) {
    int64_t axis = tensor.dim() - 1;
    while (axis >= 0 && tensor.size(axis) == 1) --axis;
    if (axis < 0) return;
    length = tensor.size(axis);
    step = tensor.stride(axis);
    for (--axis; axis >= 0 && tensor.stride(axis) == length * step; --axis) length *= tensor.size(axis);
    for (int64_t i = 0; i <= axis; ++i) {
      sizes.push_back(tensor.size(i));
      strides.push_back(tensor.stride(i));
      count *= sizes.back();
    }
  }

  int64_t offset(int64_t run) const {
    int64_t result = 0;
    for (size_t axis = sizes.size(); axis-- > 0; run /= sizes[axis]) result += run % sizes[axis] * strides[axis];
    return result;
  }

  std::vector<int64_t> sizes;
  std::vector<int64_t> strides;
  int64_t count = 1;
  int64_t length = 1;
  int64_t step = 1;
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

// New memory costs more to touch page by page than to fill: large results ask for large pages.
at::Tensor empty_result(at::IntArrayRef sizes) {
  at::Tensor result = at::empty(sizes, at::kFloat);
#if defined(__linux__)
  const auto begin = (reinterpret_cast<uintptr_t>(result.data_ptr()) + kHugePage - 1) / kHugePage * kHugePage;
  const auto end = (reinterpret_cast<uintptr_t>(result.data_ptr()) + result.nbytes()) / kHugePage * kHugePage;
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);  // a wish, which may fail
#endif
  return result;
}

template <class From>
at::Tensor converted(const at::Tensor& from, const std::string& argument) {
  at::Tensor result = empty_result(from.sizes());
  if (from.numel() == 0) return result;
  const Runs runs(from);
  const auto* source = static_cast<const From*>(from.data_ptr());
  auto* target = static_cast<float*>(result.data_ptr());
  std::atomic<bool> suspects = false;
  const auto convert = [&](int64_t run, int64_t begin, int64_t end) {
    const From* start = source + runs.offset(run) + begin * runs.step;
    if (convert_run(start, runs.step, target + run * runs.length + begin, end - begin)) suspects = true;
  };
  const int64_t threads = utils::threads_for(from.numel(), kGrain);
  if (runs.count == 1) {
    constexpr int64_t kLine = 16;  // values: no two threads write into one line of the cache
    utils::for_ranges(runs.length, threads, kLine, [&](int64_t begin, int64_t end) { convert(0, begin, end); });
  } else {
    utils::for_ranges(runs.count, threads, 1, [&](int64_t begin, int64_t end) {
      for (int64_t run = begin; run < end; ++run) convert(run, 0, runs.length);
    });
  }
  if (suspects) report<From>(from, argument);
  return result;
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
  const at::Tensor given = data.tensor(argument).detach().cpu();
  utils::dtype_of(given.scalar_type(), "`" + argument + "`");
  if (want == Want::KeepIntegers && !given.is_floating_point()) return given.contiguous();
  if (floats == DType::Float64) return as_doubles(given, argument);
  switch (given.scalar_type()) {
    case at::kFloat: return given.contiguous();
    case at::kDouble: return converted<double>(given, argument);
    case at::kLong: return converted<int64_t>(given, argument);
    case at::kInt: return converted<int32_t>(given, argument);
    default: return at::empty(given.sizes(), at::kFloat).copy_(given);  // small integers and half floats fit
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
