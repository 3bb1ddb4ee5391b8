#include <algorithm>
#include <map>
#include <regex>

#include <ATen/TensorOperators.h>
#include <ATen/ops/einsum.h>

#include "keraslike/initializers/initializers.h"
#include "keraslike/layers/core.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/lora.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/layers/row_product.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

// "abc,cd->abd" taken apart. An ellipsis stands for axes that are in the input and the output alike.
struct Equation {
  enum class Ellipsis { None, Left, Right };

  std::string input;
  std::string kernel;
  std::string output;
  Ellipsis ellipsis = Ellipsis::None;

  // How many of the input's first axes are those of rows, where the rest is summed and the output's rest comes from the
  // kernel alone: "abc,cd->abd".
  std::optional<size_t> rows() const {
    if (ellipsis != Ellipsis::None) return std::nullopt;
    size_t kept = 0;
    while (kept < std::min(input.size(), output.size()) && input[kept] == output[kept]) ++kept;
    const bool is_product = kernel == input.substr(kept) + output.substr(kept);
    return is_product && kept < input.size() && kept < output.size() ? std::optional(kept) : std::nullopt;
  }

  static Equation parse(const std::string& text) {
    static const std::regex plain("([a-zA-Z]+),([a-zA-Z]+)->([a-zA-Z]+)");
    static const std::regex left(R"(\.\.\.([a-zA-Z]+),([a-zA-Z]+)->\.\.\.([a-zA-Z]+))");
    static const std::regex right(R"(([a-zA-Z]{2,})\.\.\.,([a-zA-Z]+)->([a-zA-Z]+)\.\.\.)");
    std::smatch part;
    if (std::regex_match(text, part, plain)) return {part[1], part[2], part[3], Ellipsis::None};
    if (std::regex_match(text, part, left)) return {part[1], part[2], part[3], Ellipsis::Left};
    if (std::regex_match(text, part, right)) return {part[1], part[2], part[3], Ellipsis::Right};
    throw ValueError("Invalid einsum equation '{}'. Equations must be in the form [X],[Y]->[Z], ...[X],[Y]->...[Z], or "
                     "[X]...,[Y]->[Z]....", text);
  }
};

// What an equation says for an input's shape.
struct Plan {
  Shape output;
  Shape kernel;
  std::optional<Shape> bias;
  std::vector<int64_t> input_axes;  // of the kernel
  std::vector<int64_t> output_axes;
};

class Planner {
 public:
  Planner(const Equation& equation, const Shape& input, const Shape& output_without_batch)
      : equation_(equation), elided_(input.rank() - static_cast<int64_t>(equation.input.size())) {
    plan_.output = output_without_batch.with_batch(input[0]);
    const auto elided = static_cast<size_t>(elided_);
    if (is_left()) {
      if (elided > 1) plan_.output.insert(plan_.output.begin() + 1, input.begin() + 1, input.begin() + elided_);
    } else {
      plan_.output.insert(plan_.output.end(), input.end() - elided_, input.end());
    }
    if (plan_.output.size() != equation.output.size() + elided) {
      throw ValueError("EinsumDense expects `output_shape` to have a size for each letter of '{}' but the batch's. "
                       "Received: output_shape={}, input of shape {}", equation.output, output_without_batch, input);
    }
    const size_t first = is_left() ? elided : 0;
    for (size_t i = 0; i < equation.input.size(); ++i) inputs_[equation.input[i]] = input[i + first];
    for (size_t i = 0; i < equation.output.size(); ++i) {
      int64_t& size = plan_.output[i + first];
      const auto shared = inputs_.find(equation.output[i]);
      if (size == none && shared != inputs_.end()) size = shared->second;
      outputs_[equation.output[i]] = size;
    }
  }

  Plan plan(const std::optional<std::string>& bias_axes) {
    check_letters();
    for (size_t i = 0; i < equation_.kernel.size(); ++i) plan_kernel_axis(static_cast<int64_t>(i), equation_.kernel[i]);
    if (bias_axes) plan_bias(*bias_axes);
    return plan_;
  }

 private:
  bool is_left() const { return equation_.ellipsis == Equation::Ellipsis::Left; }

  void check_letters() const {
    for (const auto& [letter, size] : inputs_) {
      const auto found = outputs_.find(letter);
      if (found == outputs_.end() || found->second == none || found->second == size) continue;
      throw ValueError("Input shape and output shape do not match at shared dimension '{}'. Input shape is {}, and "
                       "output shape is {}.", letter, size == none ? "None" : std::to_string(size), found->second);
    }
    for (const char letter : equation_.output) {
      if (inputs_.count(letter) > 0 || equation_.kernel.find(letter) != std::string::npos) continue;
      throw ValueError("Dimension '{}' was specified in the output '{}' but has no corresponding dim in the input spec "
                       "'{}' or weight spec '{}'", letter, equation_.output, equation_.input, equation_.kernel);
    }
  }

  void plan_kernel_axis(int64_t axis, char letter) {
    const auto output = outputs_.find(letter);
    const auto input = inputs_.find(letter);
    if (output == outputs_.end() && input == inputs_.end()) {
      throw ValueError("Weight dimension '{}' did not have a match in either the input spec '{}' or the output spec "
                       "'{}'. For this layer, the weight must be fully specified.", letter, equation_.input,
                       equation_.output);
    }
    const bool is_output = output != outputs_.end();
    plan_.kernel.push_back(is_output ? output->second : input->second);
    (is_output ? plan_.output_axes : plan_.input_axes).push_back(axis);
  }

  // From the first letter that has a bias; 1 where a letter has none.
  void plan_bias(const std::string& letters) {
    size_t first = equation_.output.size();
    for (const char letter : letters) {
      const size_t place = equation_.output.find(letter);
      if (place == std::string::npos) {
        throw ValueError("Bias dimension '{}' was requested, but is not part of the output spec '{}'", letter,
                         equation_.output);
      }
      first = std::min(first, place);
    }
    plan_.bias.emplace();
    for (const char letter : equation_.output.substr(first)) {
      plan_.bias->push_back(letters.find(letter) == std::string::npos ? 1 : outputs_.at(letter));
    }
    if (!is_left()) plan_.bias->insert(plan_.bias->end(), static_cast<size_t>(elided_), 1);
  }

  const Equation& equation_;
  int64_t elided_;
  std::map<char, int64_t> inputs_;
  std::map<char, int64_t> outputs_;
  Plan plan_;
};

class EinsumDenseImpl final : public LayerImpl {
 public:
  EinsumDenseImpl() = default;
  EinsumDenseImpl(std::string equation, Shape output_shape, EinsumDenseOptions options)
      : LayerImpl(layer_arguments(options)),
        equation_(std::move(equation)),
        output_shape_(std::move(output_shape)),
        options_(std::move(options)) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("output_shape", output_shape_);
    field("equation", equation_);
    field("activation", options_.activation);
    field("bias_axes", options_.bias_axes);
    field("kernel_initializer", options_.kernel_initializer);
    field("bias_initializer", options_.bias_initializer);
    field("kernel_regularizer", options_.kernel_regularizer);
    field("bias_regularizer", options_.bias_regularizer);
    field("activity_regularizer", activity_regularizer());
    field("kernel_constraint", options_.kernel_constraint);
    field("bias_constraint", options_.bias_constraint);
    quantization_field(field);
    lora_fields(field, options_.lora_rank, options_.lora_alpha);
    if (field.is_reading()) settle();
  }

  void build(const Shape& input) override {
    const Plan plan = planned(input);
    const NameOr<Initializer> kernel_initializer =
        initializers::with_axes(*options_.kernel_initializer, plan.input_axes, plan.output_axes);
    kernel_ = add_weight("kernel", plan.kernel, kernel_initializer,
                         {.regularizer = options_.kernel_regularizer, .constraint = options_.kernel_constraint});
    if (plan.bias) {
      bias_ = add_weight("bias", *plan.bias, options_.bias_initializer,
                         {.regularizer = options_.bias_regularizer, .constraint = options_.bias_constraint});
    }
    if (!options_.lora_rank) return;
    adapted_ = add_lora("kernel", *options_.lora_rank, *options_.lora_alpha, options_.kernel_regularizer);
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    const at::Tensor product = at::einsum(equation_, {input, adapted_ ? adapted_->effective() : kernel_});
    return (*options_.activation)(bias_.defined() ? product + bias_ : product);
  }

  // By hand where the equation is one matrix product over rows.
  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    const auto sizes = inputs.front().value.sizes();
    const Shape output_sizes = output_shape(Shape(sizes.begin(), sizes.end()));
    const auto kept = parsed_.rows();
    if (adapted_ || !kept) return planned_by_autograd(*this, planner);
    const int64_t units = Shape(output_sizes.begin() + static_cast<std::ptrdiff_t>(*kept), output_sizes.end()).count();
    if (bias_.defined() && bias_.numel() != units) return planned_by_autograd(*this, planner);
    const auto viewed = [](const at::Tensor& tensor, at::IntArrayRef shape) {
      return tensor.defined() ? tensor.detach().view(shape) : tensor;
    };
    const RowProduct product{viewed(kernel_, {-1, units}), viewed(planner.gradient_of(kernel_), {-1, units}),
                             viewed(bias_, {units}), viewed(planner.gradient_of(bias_), {units})};
    const PlanTensor output = planner.output(output_sizes, inputs, {kernel_, bias_});
    return for_any_call(planned_with_activation(*options_.activation, planner, output, [&](const PlanTensor& before) {
      return row_product(inputs.front(), before, product);
    }));
  }

  Shape output_shape(const Shape& input) const override { return planned(input).output; }

  void check_input(const Shape& input) const override {
    if (built_) return expect_rank(input, built_shape_.rank());
    const auto letters = static_cast<int64_t>(parsed_.input.size());
    if (parsed_.ellipsis == Equation::Ellipsis::None) {
      expect_rank(input, letters);
    } else {
      expect_min_rank(input, letters);
    }
    const Plan plan = planned(input);
    if (plan.kernel.is_known() && plan.bias.value_or(Shape()).is_known()) return;
    throw ValueError("EinsumDense needs to know the sizes of its kernel {} and bias. Layer '{}' received: "
                     "output_shape={}, input of shape {}", plan.kernel, name(), output_shape_, input);
  }

 private:
  // Checks the arguments and makes objects of names; for the constructor's arguments and a config's alike.
  void settle() {
    parsed_ = Equation::parse(equation_);
    if (!options_.activation) options_.activation = "linear";
    options_.activation.resolve();
    options_.kernel_initializer.resolve();
    options_.bias_initializer.resolve();
    settle_lora(options_.lora_rank, options_.lora_alpha, !options_.kernel_constraint.is_none(), "kernel",
                "kernel_constraint");
  }

  Plan planned(const Shape& input) const { return Planner(parsed_, input, output_shape_).plan(options_.bias_axes); }

  std::string equation_ = "ab,bc->ac";
  Shape output_shape_ = {1};
  EinsumDenseOptions options_;
  Equation parsed_;
  at::Tensor kernel_;
  at::Tensor bias_;
  WeightPtr adapted_;  // the kernel, with `lora_rank`
};

}  // namespace

EinsumDense::EinsumDense(std::string equation, Shape output_shape, EinsumDenseOptions options)
    : Layer(std::make_shared<EinsumDenseImpl>(std::move(equation), std::move(output_shape), std::move(options))) {}
EinsumDense::EinsumDense(std::string equation, int64_t output_shape, EinsumDenseOptions options)
    : EinsumDense(std::move(equation), Shape{output_shape}, std::move(options)) {}

void register_einsum_dense(Registry<LayerImpl>& layers) { layers.add<EinsumDenseImpl>("EinsumDense"); }

}  // namespace keraslike::layers
