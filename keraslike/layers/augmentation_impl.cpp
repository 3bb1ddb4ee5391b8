#include "keraslike/layers/augmentation_impl.h"

#include <algorithm>
#include <cmath>

#include <fmt/ranges.h>

#include <ATen/TensorOperators.h>

#include "keraslike/layers/data_format.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

std::string text_of(const NestedNumbers& numbers) {
  if (!numbers) return "None";
  if (numbers.shape().empty()) return fmt::format("{}", numbers.values().front());
  return fmt::format("({})", fmt::join(numbers.values(), ", "));
}

[[noreturn]] void refuse(const NestedNumbers& factor, const Range& bounds, std::string_view argument) {
  throw ValueError("The `{}` argument should be a number (or a list of two numbers) in the range [{}, {}]. "
                   "Received: {}={}", argument, bounds[0], bounds[1], argument, text_of(factor));
}

}  // namespace

AugmentationImpl::AugmentationImpl(LayerArguments arguments, const std::optional<std::string>& data_format,
                                   std::optional<int64_t> seed)
    : LayerImpl(std::move(arguments)), seed_(seed), data_format_(checked_data_format(data_format)) {}

void AugmentationImpl::fields(Fields& field) {
  LayerImpl::fields(field);
  field("data_format", data_format_);
  if (field.is_reading()) data_format_ = checked_data_format(data_format_);
}

void AugmentationImpl::check_input(const Shape& input) const {
  if (input.rank() == 3 || input.rank() == 4) return;
  throw ValueError("Expected image tensor to have rank 3 (single image) or 4 (batch of images). Layer '{}' (of type "
                   "{}) received: data.shape={}", name(), class_name(), input);
}

std::optional<PlannedLayer> AugmentationImpl::plan(const StepPlanner& planner, const PlanTensors&) {
  return planned_by_autograd(*this, planner);
}

at::Tensor AugmentationImpl::call(const at::Tensor& input, const CallOptions& options) {
  const at::Tensor images = input.to(at::kFloat);
  const bool changes = options.training || changes_in_inference();
  if (!changes && !draws_in_inference()) return images;
  const bool is_single = images.dim() == 3;
  const at::Tensor batch = to_channels_first(is_single ? images.unsqueeze(0) : images, data_format_);
  Draws draws(seeds_ ? &*seeds_ : nullptr, images.device());
  const Transformation transformation = draw(batch, draws);
  if (!changes) return images;
  const at::Tensor changed = from_channels_first(transformation(batch), data_format_);
  return is_single ? changed.squeeze(0) : changed;
}

Range factor_range(const NestedNumbers& factor, const Range& bounds, std::string_view argument) {
  const auto& numbers = factor.values();
  const bool is_number = factor && factor.shape().empty();
  const bool is_pair = factor && factor.shape() == Shape{2};
  if (!is_number && !is_pair) refuse(factor, bounds, argument);
  if (numbers.front() > bounds[1] || numbers.back() < bounds[0]) refuse(factor, bounds, argument);
  if (is_pair) return sorted({numbers[0], numbers[1]});
  const double size = std::abs(numbers[0]);
  return {std::max(-size, bounds[0]), size};
}

Range within(const NestedNumbers& factor, const Range& bounds, std::string_view argument) {
  for (const double number : factor.values()) {
    if (number < bounds[0] || number > bounds[1]) refuse(factor, bounds, argument);
  }
  return factor_range(factor, bounds, argument);
}

void range_field(Fields& field, std::string_view key, Range& range) {
  std::vector<double> numbers(range.begin(), range.end());
  field(key, numbers);
  if (numbers.size() != 2) {
    throw ValueError("The `{}` argument should be a list of two numbers. Received: {}={}", key, key, numbers);
  }
  std::copy(numbers.begin(), numbers.end(), range.begin());
}

Range sorted(Range range) {
  std::sort(range.begin(), range.end());
  return range;
}

at::Tensor to_range(const at::Tensor& images, const Range& from, const Range& to) {
  if (from == to) return images;
  const auto low = static_cast<float>(from[0]);
  const auto target = static_cast<float>(to[0]);
  return (images - low) / (static_cast<float>(from[1]) - low) * (static_cast<float>(to[1]) - target) + target;
}

}  // namespace keraslike::layers
