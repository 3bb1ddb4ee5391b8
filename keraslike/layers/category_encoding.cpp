#include "keraslike/data/conversion.h"
#include "keraslike/layers/categories.h"
#include "keraslike/layers/encoding.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

class CategoryEncodingImpl final : public LayerImpl {
 public:
  CategoryEncodingImpl() = default;
  CategoryEncodingImpl(int64_t num_tokens, CategoryEncodingOptions options)
      : LayerImpl(layer_arguments(options)),
        num_tokens_(num_tokens),
        output_mode_(std::move(options.output_mode)) {
    settle();
    refuse_sparse(options.sparse, output_mode_, "CategoryEncoding");
  }

  // Keras forgets `sparse` here.
  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("num_tokens", num_tokens_);
    field("output_mode", output_mode_);
    if (field.is_reading()) settle();
  }

  std::vector<std::string> parameters() const override { return {"inputs", "count_weights"}; }

  Values call_all(const Call<Value>& call, const CallOptions&) override {
    const at::Tensor inputs = call.inputs().front().tensor;
    const auto weights = call.tensor("count_weights");
    if (weights && output_mode_ != "count") {
      throw ValueError("`count_weights` is not used when `output_mode` is not `'count'`. Received: `count_weights` of "
                       "a layer with output_mode='{}'.", output_mode_);
    }
    if (inputs.numel() > 0 && inputs.max().item<double>() >= static_cast<double>(num_tokens_)) {
      throw ValueError("CategoryEncoding expects values in [0, {0}), the range of `num_tokens`={0}. Layer '{1}' "
                       "received a value of {2}.", num_tokens_, name(), inputs.max().item<double>());
    }
    return {{encoded(inputs, output_mode_, num_tokens_, -1, weights ? weights->tensor : at::Tensor())}};
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors&) override {
    return planned_by_autograd(*this, planner);
  }

  Shape output_shape(const Shape& input) const override { return encoded_shape(input, output_mode_, num_tokens_); }

 private:
  void settle() {
    if (output_mode_ == "binary") output_mode_ = "multi_hot";  // Keras' older name
    if (output_mode_ != "count" && output_mode_ != "one_hot" && output_mode_ != "multi_hot") {
      throw ValueError("Unknown arg for output_mode: {}. CategoryEncoding expects 'multi_hot', 'one_hot' or 'count'.",
                       output_mode_);
    }
    if (num_tokens_ < 1) throw ValueError("`num_tokens` must be >= 1. Received: num_tokens={}.", num_tokens_);
  }

  int64_t num_tokens_ = 0;
  std::string output_mode_ = "multi_hot";
};

}  // namespace

CategoryEncoding::CategoryEncoding(int64_t num_tokens, CategoryEncodingOptions options)
    : Layer(std::make_shared<CategoryEncodingImpl>(num_tokens, std::move(options))) {}

Array CategoryEncoding::operator()(const Data& inputs, const Data& count_weights) const {
  Call<Value> call(Value{data::to_tensor(inputs, "inputs", data::Want::KeepIntegers)});
  const at::Tensor weights = data::to_tensor(count_weights, "count_weights", data::Want::Floats);
  if (weights.sizes() != call.input().tensor.sizes()) {
    throw ValueError("`count_weights` must have the shape of the inputs, {}. Received: shape {}",
                     inputs.shape("inputs"), count_weights.shape("count_weights"));
  }
  call.arguments.emplace_back("count_weights", Argument<Value>(Value{weights}));
  return Array(impl_->run_all(call, {}).front().tensor);
}

void register_category_encoding(Registry<LayerImpl>& layers) {
  layers.add<CategoryEncodingImpl>("CategoryEncoding");
}

}  // namespace keraslike::layers
