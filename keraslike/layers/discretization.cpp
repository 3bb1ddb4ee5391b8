#include <ATen/ops/bucketize.h>
#include <ATen/ops/tensor.h>

#include "keraslike/data/conversion.h"
#include "keraslike/layers/categories.h"
#include "keraslike/layers/dtype_policy.h"
#include "keraslike/layers/encoding.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/layers/quantiles.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

class DiscretizationImpl final : public LayerImpl {
 public:
  DiscretizationImpl() = default;
  explicit DiscretizationImpl(DiscretizationOptions options)
      : LayerImpl({options.name, true, options.dtype, options.input_shape}), options_(std::move(options)) {
    if (!options_.bin_boundaries.empty()) boundaries_ = options_.bin_boundaries;
    if (options_.num_bins && boundaries_) {
      throw ValueError("Both `num_bins` and `bin_boundaries` should not be set. Received: `num_bins={}` and "
                       "`bin_boundaries` of {} values", *options_.num_bins, boundaries_->size());
    }
    settle();
  }

  // What Keras writes after `adapt` has both arguments. Its layer takes no `trainable`.
  void fields(Fields& field) override {
    std::string layer_name = name();
    DTypePolicy policy = dtype_policy();
    field("bin_boundaries", boundaries_);
    field("num_bins", options_.num_bins);
    field("epsilon", options_.epsilon);
    field("output_mode", options_.output_mode);
    field("sparse", options_.sparse);
    field("name", layer_name);
    dtype_name_field(field, policy);
    if (!field.is_reading()) return;
    set_name(layer_name);
    set_dtype_policy(policy);
    settle();
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    if (!boundaries_) {
      throw ValueError("You need to either pass the `bin_boundaries` argument at construction time or call "
                       "`adapt(dataset)` before you can start using the `Discretization` layer.");
    }
    const at::Tensor boundaries = at::tensor(at::ArrayRef<double>(*boundaries_)).to(input.device(), at::kFloat);
    const at::Tensor bins =
        at::bucketize(input.detach().to(at::kFloat).contiguous(), boundaries, /*out_int32=*/true, /*right=*/true);
    return is_int() ? bins : encoded(bins, options_.output_mode, bin_count(), sample_axis(bins.dim()));
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors&) override {
    return planned_by_autograd(*this, planner);
  }

  Shape output_shape(const Shape& input) const override {
    return encoded_shape(input, options_.output_mode, bin_count(), sample_axis(input.rank()));
  }

  std::vector<TensorSpec> output_specs(const Call<TensorSpec>& call) const override {
    return {{output_shape(call.inputs().front().shape), is_int() ? DType::Int32 : DType::Float32}};
  }

  void adapt(const std::vector<at::Tensor>& batches) {
    if (!options_.num_bins) {
      throw ValueError("Cannot adapt a Discretization layer that has been initialized with `bin_boundaries`, use "
                       "`num_bins` instead.");
    }
    Quantiles quantiles(options_.epsilon);
    for (const at::Tensor& batch : batches) quantiles.add(batch);
    boundaries_ = quantiles.boundaries(*options_.num_bins);
  }

  std::vector<double> bin_boundaries() const { return boundaries_.value_or(std::vector<double>()); }

 private:
  void settle() const {
    refuse_sparse(options_.sparse, options_.output_mode, "Discretization");
    check_choice("output_mode", options_.output_mode, {"int", "one_hot", "multi_hot", "count"}, "Discretization");
    if (options_.num_bins && *options_.num_bins < 0) {
      throw ValueError("`num_bins` must be greater than or equal to 0. Received: `num_bins={}`", *options_.num_bins);
    }
    if (!options_.num_bins && !boundaries_) {
      throw ValueError("You need to set either `num_bins` or `bin_boundaries`.");
    }
  }

  bool is_int() const { return options_.output_mode == "int"; }

  int64_t bin_count() const {
    return boundaries_ ? static_cast<int64_t>(boundaries_->size()) + 1 : *options_.num_bins;
  }

  // Keras takes the first axis after the batch for that of the samples.
  static int64_t sample_axis(int64_t rank) { return rank > 1 ? 1 : 0; }

  DiscretizationOptions options_;
  std::optional<std::vector<double>> boundaries_;  // given or learned
};

}  // namespace

Discretization::Discretization(DiscretizationOptions options)
    : Layer(std::make_shared<DiscretizationImpl>(std::move(options))) {}

void Discretization::adapt(const Data& data) const {
  std::vector<at::Tensor> batches;
  for (int64_t i = 0; i < data.count(); ++i) {
    batches.push_back(data::to_tensor(data[i], data::part_name(data, i, "data"), data::Want::Floats));
    if (batches.back().numel() == 0) {
      throw ValueError("`adapt` expects values to find bins for. Received: {} of shape {}",
                       data::part_name(data, i, "data"), data[i].shape());
    }
  }
  static_cast<DiscretizationImpl&>(*impl_).adapt(batches);
}

std::vector<double> Discretization::bin_boundaries() const {
  return static_cast<DiscretizationImpl&>(*impl_).bin_boundaries();
}

void register_discretization(Registry<LayerImpl>& layers) { layers.add<DiscretizationImpl>("Discretization"); }

}  // namespace keraslike::layers
