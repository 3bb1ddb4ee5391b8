#include <ATen/TensorOperators.h>
#include <ATen/ops/add.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/mul.h>

#include "keraslike/layers/families.h"
#include "keraslike/layers/graph_plan.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/layers/rnn_impl.h"
#include "keraslike/layers/wrappers.h"
#include "keraslike/saving/config.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

RNNImpl& rnn_of(const Layer& layer) {
  if (auto* rnn = dynamic_cast<RNNImpl*>(layer.impl().get())) return *rnn;
  throw ValueError("Please initialize `Bidirectional` layer with a recurrent layer, as LSTM, GRU or RNN. Received: <{} "
                   "name={}>", layer.class_name(), layer.name());
}

// A new layer from the config of another, "forward_lstm" or "backward_lstm".
Layer remade(const Layer& layer, const std::string& prefix) {
  auto made = registry<LayerImpl>().make(layer.class_name());
  saving::read_config(layer.get_config(), layer.name(), [&](Fields& field) { made->fields(field); });
  const std::string& name = layer.name();
  made->set_name(prefix + (name.starts_with(prefix) ? name.substr(prefix.size()) : name));
  const Layer copy(made);
  rnn_of(copy).set_demands_fused(rnn_of(layer).demands_fused());
  return copy;
}

const char* word(bool value) { return value ? "True" : "False"; }

void expect_equal(const char* attribute, bool forward, bool backward) {
  if (forward == backward) return;
  throw ValueError("Forward layer and backward layer are expected to have the same value for attribute \"{}\", got "
                   "\"{}\" for forward layer and \"{}\" for backward layer", attribute, word(forward), word(backward));
}

// Two outputs of one shape, joined as `merge_mode` says. The second may run the other way through time.
class MergeStep final : public PlannedStep {
 public:
  MergeStep(std::unique_ptr<PlannedStep> directions, std::string mode, bool is_turned, PlanTensor there, PlanTensor back,
            PlanTensor output)
      : directions_(std::move(directions)),
        mode_(std::move(mode)),
        is_turned_(is_turned),
        there_(std::move(there)),
        back_(std::move(back)),
        output_(std::move(output)) {}

  void forward() override {
    directions_->forward();
    const at::Tensor back = turned(back_.value);
    if (mode_ == "concat") {
      first_of(output_.value).copy_(there_.value);
      second_of(output_.value).copy_(back);
    } else if (mode_ == "mul") {
      at::mul_out(output_.value, there_.value, back);
    } else {
      at::add_out(output_.value, there_.value, back);
      if (mode_ == "ave") output_.value.div_(2);
    }
  }

  void backward() override {
    if (output_.gradient.defined()) split();
    directions_->backward();
  }

  float penalty() const override { return directions_->penalty(); }

 private:
  at::Tensor turned(const at::Tensor& steps) const { return is_turned_ ? steps.flip(1) : steps; }
  at::Tensor first_of(const at::Tensor& joined) const { return joined.narrow(-1, 0, there_.value.size(-1)); }
  at::Tensor second_of(const at::Tensor& joined) const {
    return joined.narrow(-1, there_.value.size(-1), back_.value.size(-1));
  }

  void split() {
    if (mode_ == "concat") {
      there_.gradient.copy_(first_of(output_.gradient));
      back_.gradient.copy_(turned(second_of(output_.gradient)));
    } else if (mode_ == "mul") {
      at::mul_out(there_.gradient, output_.gradient, turned(back_.value));
      back_.gradient.copy_(turned(output_.gradient * there_.value));
    } else {
      if (mode_ == "ave") output_.gradient.div_(2);
      there_.gradient.copy_(output_.gradient);
      back_.gradient.copy_(turned(output_.gradient));
    }
  }

  std::unique_ptr<PlannedStep> directions_;
  std::string mode_;
  bool is_turned_;
  PlanTensor there_, back_, output_;
};

class BidirectionalImpl final : public LayerImpl {
 public:
  BidirectionalImpl() = default;
  BidirectionalImpl(Layer layer, BidirectionalOptions options)
      : LayerImpl(layer_arguments(options)),
        merge_mode_(std::move(options.merge_mode)),
        forward_(std::move(layer)),
        weights_(std::move(options.weights)) {
    if (options.backward_layer) backward_ = *options.backward_layer;
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("merge_mode", merge_mode_);
    field("layer", forward_);
    field("backward_layer", backward_);
    if (field.is_reading()) settle();
  }

  std::vector<std::string> parameters() const override { return {"sequences", "initial_state", "mask", "training"}; }

  void check_call(const Call<TensorSpec>& call) const override {
    forward().check_call(part_of(call, 0));
    backward().check_call(part_of(call, 1));
    if (call.tensors("initial_state").size() % 2 == 0) return;
    throw ValueError("Layer '{}' (of type {}) expects as many states for one direction as for the other. Received: {} "
                     "tensors as `initial_state`.", name(), class_name(), call.tensors("initial_state").size());
  }

  void build_call(const Call<TensorSpec>& call) override {
    forward_->impl()->ensure_built(part_of(call, 0));
    backward_->impl()->ensure_built(part_of(call, 1));
    if (!weights_) return;
    const auto half = static_cast<std::ptrdiff_t>(weights_->size() / 2);
    forward_->set_weights({weights_->begin(), weights_->begin() + half});
    backward_->set_weights({weights_->begin() + half, weights_->end()});
    weights_.reset();
  }

  std::vector<TensorSpec> output_specs(const Call<TensorSpec>& call) const override {
    auto specs = forward().output_specs(part_of(call, 0));
    const auto others = backward().output_specs(part_of(call, 1));
    if (!merge_mode_) {
      specs.insert(specs.begin() + 1, others.front());
    } else if (*merge_mode_ == "concat") {
      specs.front().shape.back() += others.front().shape.back();
    }
    specs.insert(specs.end(), others.begin() + 1, others.end());
    return specs;
  }

  Values call_all(const Call<Value>& call, const CallOptions& options) override {
    Values outputs = forward().run_all(part_of(call, 0), options);
    Values others = backward().run_all(part_of(call, 1), options);
    const at::Tensor& last = others.front().tensor;
    Values all = merged(outputs.front().tensor, forward().options().return_sequences ? last.flip(1) : last);
    for (size_t i = 1; i < outputs.size(); ++i) all.push_back({outputs[i].tensor});
    for (size_t i = 1; i < others.size(); ++i) all.push_back({others[i].tensor});
    return all;
  }

  // Each direction as it is planned by itself. Two outputs are left to autograd.
  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors&) override {
    if (!merge_mode_) return planned_by_autograd(*this, planner);
    PlannedLayer directions = planned_directions(planner);
    PlanTensors& ends = directions.outputs;  // output and states there, then back
    const size_t half = ends.size() / 2;
    const PlanTensor there = ends[0];
    const PlanTensor back = ends[half];
    // One direction that trains, and one that does not.
    if (there.gradient.defined() != back.gradient.defined()) return planned_by_autograd(*this, planner);
    std::vector<int64_t> sizes = there.value.sizes().vec();
    if (*merge_mode_ == "concat") sizes.back() += back.value.size(-1);
    const PlanTensor output{planner.buffer(sizes), there.gradient.defined() ? planner.buffer(sizes) : at::Tensor()};
    PlanTensors outputs{output};
    outputs.insert(outputs.end(), ends.begin() + 1, ends.begin() + static_cast<std::ptrdiff_t>(half));
    outputs.insert(outputs.end(), ends.begin() + static_cast<std::ptrdiff_t>(half) + 1, ends.end());
    auto step = std::make_unique<MergeStep>(std::move(directions.step), *merge_mode_,
                                            forward().options().return_sequences, there, back, output);
    return PlannedLayer{std::move(outputs), std::move(step), /*fits_any_call=*/true};
  }

  bool supports_masking() const override { return true; }
  std::vector<at::Tensor> output_masks(const Call<Value>& call, const Values& outputs) const override {
    const auto masks = forward().output_masks(call, outputs);
    if (merge_mode_ || masks.empty()) return masks;
    return {masks.front(), masks.front()};
  }

  bool needs_batch_size() const override { return forward().needs_batch_size(); }

  std::vector<Layer> sublayers() const override {
    if (!forward_) return {};
    return {*forward_, *backward_};
  }
  std::vector<std::pair<std::string, Layer>> saved_parts() const override {
    return {{"forward_layer", *forward_}, {"backward_layer", *backward_}};
  }

 private:
  RNNImpl& forward() const { return rnn_of(*forward_); }
  RNNImpl& backward() const { return rnn_of(*backward_); }

  // Makes the directions, for the constructor's arguments and a config's alike. As in Keras, a `layer` from a file is
  // made anew too.
  void settle() {
    if (merge_mode_ && *merge_mode_ != "concat" && *merge_mode_ != "sum" && *merge_mode_ != "mul" &&
        *merge_mode_ != "ave") {
      throw ValueError("Invalid merge mode. Received: {}. Merge mode should be one of {{\"sum\", \"mul\", \"ave\", "
                       "\"concat\", None}}", *merge_mode_);
    }
    if (!forward_) {
      throw ValueError("Please initialize `Bidirectional` layer with a `keras.layers.Layer` instance. Received: None");
    }
    const Layer given = *forward_;
    rnn_of(given);
    forward_ = remade(given, "forward_");
    if (!backward_) {
      backward_ = remade(given, "backward_");
      backward().set_go_backwards(true);
    }
    check_directions();
    for (RNNImpl* rnn : {&forward(), &backward()}) rnn->set_zero_output_for_mask(rnn->options().return_sequences);
    register_module("forward_layer", forward_->impl());
    register_module("backward_layer", backward_->impl());
  }

  void check_directions() const {
    const RNNOptions& there = forward().options();
    const RNNOptions& back = backward().options();
    if (there.go_backwards == back.go_backwards) {
      throw ValueError("Forward layer and backward layer should have different `go_backwards` value. Received: "
                       "forward_layer.go_backwards {}, backward_layer.go_backwards={}", word(there.go_backwards),
                       word(back.go_backwards));
    }
    expect_equal("stateful", there.stateful, back.stateful);
    expect_equal("return_sequences", there.return_sequences, back.return_sequences);
    expect_equal("return_state", there.return_state, back.return_state);
  }

  // The call of one direction, with its half of the states.
  template <class T>
  static Call<T> part_of(const Call<T>& call, size_t half) {
    Call<T> part = call;
    for (auto& [name, argument] : part.arguments) {
      if (name != "initial_state" || argument.is_none()) continue;
      std::vector<T> states;
      argument.collect(states);
      const size_t size = states.size() / 2;
      typename Argument<T>::List list;
      for (size_t i = half * size; i < (half + 1) * size; ++i) list.emplace_back(states[i]);
      argument = Argument<T>(typename Argument<T>::Value(std::move(list)));
    }
    return part;
  }

  PlannedLayer planned_directions(const StepPlanner& planner) const {
    CallGraph graph;
    const Call<size_t> call = planner.call().map<size_t>([&](const PlanTensor&) { return graph.tensors++; });
    graph.inputs = call.tensors();
    const auto specs = planner.call().map<TensorSpec>([](const PlanTensor& tensor) {
      return TensorSpec{Shape(tensor.value.sizes().begin(), tensor.value.sizes().end())};
    });
    for (const size_t half : {0, 1}) {
      const Layer& layer = half == 0 ? *forward_ : *backward_;
      CallGraph::Node node{layer.impl(), part_of(call, half), {}};
      const size_t outputs = layer->output_specs(part_of(specs, half)).size();
      for (size_t i = 0; i < outputs; ++i) node.outputs.push_back(graph.tensors++);
      graph.outputs.insert(graph.outputs.end(), node.outputs.begin(), node.outputs.end());
      graph.nodes.push_back(std::move(node));
    }
    return planned_graph(graph, planner, planner.call().tensors());
  }

  Values merged(const at::Tensor& there, const at::Tensor& back) const {
    if (!merge_mode_) return {{there}, {back}};
    if (*merge_mode_ == "concat") return {{at::cat({there, back}, -1)}};
    if (*merge_mode_ == "sum") return {{there + back}};
    if (*merge_mode_ == "ave") return {{(there + back) / 2}};
    return {{there * back}};
  }

  std::optional<std::string> merge_mode_ = "concat";
  NameOr<Layer> forward_ = none;
  NameOr<Layer> backward_ = none;
  std::optional<std::vector<Array>> weights_;
};

}  // namespace

Bidirectional::Bidirectional(Layer layer, BidirectionalOptions options)
    : Layer(std::make_shared<BidirectionalImpl>(std::move(layer), std::move(options))) {}
void Bidirectional::reset_states() const { layers::reset_states(*this); }

void register_bidirectional(Registry<LayerImpl>& layers) { layers.add<BidirectionalImpl>("Bidirectional"); }

}  // namespace keraslike::layers
