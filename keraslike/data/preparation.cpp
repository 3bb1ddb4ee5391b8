#include "keraslike/data/preparation.h"

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include "keraslike/utils/errors.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::utils {

namespace {

bool holds(const at::Tensor& values, const at::Tensor& converted) {
  return converted.is_floating_point() || converted.to(values.scalar_type()).equal(values);
}

// The numbers, flat, as int64.
at::Tensor class_numbers(const Array& x) {
  const at::Tensor numbers = x.tensor().to(at::kLong);
  if (!holds(x.tensor(), numbers)) {
    throw ValueError("`to_categorical` expects class numbers, which are whole. Received: an array of {} with others. "
                     "Round them first, or convert with `astype`.", to_string(x.dtype()));
  }
  if (x.size() == 0) {
    throw ValueError("`to_categorical` expects class numbers. Received: an array of shape {}.", x.shape());
  }
  return numbers.reshape(-1);
}

void check_classes(const at::Tensor& numbers, int64_t classes) {
  const auto least = numbers.min().item<int64_t>();
  const auto most = numbers.max().item<int64_t>();
  if (least >= 0 && most < classes) return;
  throw ValueError("`to_categorical` expects class numbers in [0, {}). Received: {}. Pass a greater `num_classes`, or "
                   "number the classes from 0.", classes, least < 0 ? least : most);
}

bool is_pre(const char* argument, const std::string& value) {
  if (value == "pre") return true;
  if (value == "post") return false;
  throw ValueError("`{}` of `pad_sequences` expects \"pre\" or \"post\". Received: \"{}\".", argument, value);
}

int64_t length_of(const Array& sequence) { return sequence.rank() == 0 ? 0 : sequence.tensor().size(0); }

int64_t longest(const std::vector<Array>& sequences) {
  int64_t length = 0;
  for (const Array& sequence : sequences) length = std::max(length, length_of(sequence));
  return length;
}

// Of one element of a sequence.
at::IntArrayRef sample_shape(const Array& sequence) { return sequence.tensor().sizes().slice(1); }

// All but the empty ones, which have no elements to compare.
at::DimVector common_sample_shape(const std::vector<Array>& sequences) {
  const Array* first = nullptr;
  for (size_t i = 0; i < sequences.size(); ++i) {
    const Array& sequence = sequences[i];
    if (sequence.rank() == 0) {
      throw ValueError("`pad_sequences` expects sequences. Received: a number, at index {}.", i);
    }
    if (length_of(sequence) == 0) continue;
    if (first == nullptr) first = &sequence;
    if (sample_shape(sequence) == sample_shape(*first)) continue;
    throw ValueError("`pad_sequences` expects elements of the same shape in all sequences, {} as in the first. "
                     "Received: {}, in the sequence at index {}.", Shape(sample_shape(*first).vec()),
                     Shape(sample_shape(sequence).vec()), i);
  }
  return first == nullptr ? at::DimVector() : at::DimVector(sample_shape(*first));
}

// Throws for what the type can not hold: Keras would cut it off.
at::Tensor converted(const at::Tensor& values, at::ScalarType type, const std::string& what) {
  const at::Tensor result = values.to(type);
  if (holds(values, result)) return result;
  throw ValueError("`pad_sequences` makes arrays of {}, which can not hold {}. Pass `.dtype = \"float32\"` for "
                   "fractions, or \"int64\" for large numbers.", to_string(dtype_of(type, "`dtype`")), what);
}

// What stands where no sequence reaches.
at::Tensor padding(const std::vector<Array>& sequences, const PadSequencesOptions& options) {
  at::DimVector sizes = common_sample_shape(sequences);
  sizes.insert(sizes.begin(), {static_cast<int64_t>(sequences.size()), options.maxlen.value_or(longest(sequences))});
  const at::ScalarType type = scalar_type(dtype_from_string(options.dtype));
  const at::Tensor value = at::full({}, options.value, at::kDouble);
  return converted(value, type, fmt::format("value={}", options.value)).expand(sizes).clone();
}

}  // namespace

Array to_categorical(const Array& x, std::optional<int64_t> num_classes) {
  const at::Tensor numbers = class_numbers(x);
  const int64_t classes = num_classes.value_or(numbers.max().item<int64_t>() + 1);
  check_classes(numbers, classes);
  at::DimVector sizes(x.tensor().sizes());
  if (sizes.size() > 1 && sizes.back() == 1) sizes.pop_back();
  sizes.push_back(classes);
  at::Tensor vectors = at::zeros({numbers.numel(), classes});
  vectors.scatter_(1, numbers.unsqueeze(1), 1.0);
  return Array(vectors.view(sizes));
}

Array normalize(const Array& x, int64_t axis, double order) {
  if (axis < -x.rank() || axis >= x.rank()) {
    throw ValueError("`axis` of `normalize` must be one of the {} of `x`, in [{}, {}). Received: axis={}.", x.rank(),
                     -x.rank(), x.rank(), axis);
  }
  if (!(order > 0)) throw ValueError("`order` of `normalize` must be above 0. Received: order={}.", order);
  const at::Tensor values = x.dtype() == DType::Float64 ? x.tensor() : x.tensor().to(at::kFloat);
  const at::Tensor norm = at::linalg_vector_norm(values, order, axis, /*keepdim=*/true);
  return Array(values / at::where(norm == 0, at::ones_like(norm), norm));
}

Array pad_sequences(const std::vector<Array>& sequences, const PadSequencesOptions& options) {
  if (sequences.empty()) throw ValueError("`pad_sequences` expects at least one sequence. Received: none.");
  if (options.maxlen.value_or(1) < 1) {
    throw ValueError("`maxlen` of `pad_sequences` must be 1 or more. Received: maxlen={}.", *options.maxlen);
  }
  const bool pads_before = is_pre("padding", options.padding);
  const bool cuts_before = is_pre("truncating", options.truncating);
  const at::Tensor padded = padding(sequences, options);
  const int64_t length = padded.size(1);
  for (size_t i = 0; i < sequences.size(); ++i) {
    const int64_t given = length_of(sequences[i]);
    const int64_t kept = std::min(given, length);
    if (kept == 0) continue;
    const at::Tensor part = sequences[i].tensor().narrow(0, cuts_before ? given - kept : 0, kept);
    padded.select(0, static_cast<int64_t>(i))
        .narrow(0, pads_before ? length - kept : 0, kept)
        .copy_(converted(part, padded.scalar_type(), fmt::format("the sequence at index {}", i)));
  }
  return Array(at::Tensor(padded));
}

}  // namespace keraslike::utils
