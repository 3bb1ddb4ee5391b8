#pragma once

// For sources.

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <ATen/core/Tensor.h>

#include "keraslike/layers/draws.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/utils/nested_numbers.h"

namespace keraslike::layers {

using Range = std::array<double, 2>;

// What was drawn for a batch: how it changes images (batch, channels, rows, columns).
using Transformation = std::function<at::Tensor(const at::Tensor& images)>;

// A layer that changes images of rank 4, or one of rank 3, in training. Each image of a batch gets a draw of its own.
class AugmentationImpl : public LayerImpl {
 public:
  void fields(Fields& field) override;
  at::Tensor call(const at::Tensor& input, const CallOptions& options) override;
  std::optional<PlannedLayer> plan(const StepPlanner& planner, const std::vector<PlanTensor>& inputs) override;
  void check_input(const Shape& input) const override;

  // The draws for these images, which are (batch, channels, rows, columns).
  virtual Transformation draw(const at::Tensor& images, Draws& draws) = 0;

 protected:
  AugmentationImpl() = default;
  AugmentationImpl(LayerArguments arguments, const std::optional<std::string>& data_format,
                   std::optional<int64_t> seed = {});

  // Keras draws in inference too for some layers, without a use for it: their next draw is another one.
  virtual bool draws_in_inference() const { return false; }
  virtual bool changes_in_inference() const { return false; }

  const std::string& data_format() const { return data_format_; }
  bool channels_are_first() const { return data_format_ == "channels_first"; }

  // For layers that draw, once their arguments are known: without a seed Keras draws one where the layer is made.
  void settle_seed() { seeds_.emplace(seed_); }

  std::optional<int64_t> seed_;

 private:
  std::string data_format_ = "channels_last";
  std::optional<utils::SeedGenerator> seeds_;
};

// A number stands for [max(-number, bounds[0]), number], two numbers for themselves in order. Throws ValueError
// outside of the bounds.
Range factor_range(const NestedNumbers& factor, const Range& bounds, std::string_view argument = "factor");

// The same for layers that refuse each number outside of the bounds, not only ranges that miss them.
Range within(const NestedNumbers& factor, const Range& bounds, std::string_view argument);

// Two numbers of a config as a range, and the other way.
void range_field(Fields& field, std::string_view key, Range& range);

Range sorted(Range range);

// Values of one range brought to another.
at::Tensor to_range(const at::Tensor& images, const Range& from, const Range& to);

}  // namespace keraslike::layers
