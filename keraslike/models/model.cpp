#include "keraslike/models/model.h"

#include <algorithm>

#include "keraslike/models/functional_impl.h"
#include "keraslike/models/model_impl.h"
#include "keraslike/models/sequential_impl.h"
#include "keraslike/ops/operation.h"
#include "keraslike/training/compile_config.h"
#include "keraslike/training/trainer.h"
#include "keraslike/utils/errors.h"

namespace keraslike {

namespace models {

ModelImpl::ModelImpl() : trainer_(std::make_shared<training::Trainer>(*this)) {}

ModelImpl::ModelImpl(layers::LayerArguments arguments)
    : LayerImpl(std::move(arguments)), trainer_(std::make_shared<training::Trainer>(*this)) {}

bool ModelImpl::has_compile_config() const { return trainer_->compiled(); }

std::vector<std::pair<std::string, Layer>> ModelImpl::saved_parts() const {
  auto parts = LayerImpl::saved_parts();
  for (auto& [name, layer] : parts) name.insert(0, "layers/");
  return parts;
}

void ModelImpl::compile_fields(Fields& field) {
  CompileOptions options;
  if (!field.is_reading()) {
    options = trainer_->options();
    options.optimizer = trainer_->given_optimizer();
  }
  training::compile_fields(field, options);
  if (field.is_reading()) trainer_->compile(std::move(options));
}

std::string module_name(std::string layer_name) {
  std::replace(layer_name.begin(), layer_name.end(), '.', '_');
  return layer_name;
}

void register_models() {
  [[maybe_unused]] static const bool done = [] {
    auto& layers = registry<layers::LayerImpl>();
    ops::register_ops();
    layers.add<SequentialImpl>("Sequential");
    layers.identify<SequentialImpl>({"keras", "Sequential"});
    layers.add<FunctionalImpl>("Functional", {"Model"});
    layers.identify<FunctionalImpl>({"keras.src.models.functional", "Functional", "Functional"});
    return true;
  }();
}

}  // namespace models

namespace {

std::vector<Array> arrays_of(training::Tensors tensors) {
  std::vector<Array> arrays;
  for (auto& tensor : tensors) arrays.emplace_back(std::move(tensor));
  return arrays;
}

const models::FunctionalImpl& graph_of(const Model& model) {
  const auto* graph = dynamic_cast<const models::FunctionalImpl*>(model.impl().get());
  if (graph != nullptr) return *graph;
  throw ValueError("Model '{}' is no graph that was made from tensors: it has no symbolic inputs and outputs.",
                   model.name());
}

}  // namespace

Model::Model(std::shared_ptr<models::ModelImpl> impl) : Layer(std::move(impl)) {}

models::ModelImpl* Model::operator->() const { return static_cast<models::ModelImpl*>(impl_.get()); }

std::vector<Layer> Model::layers() const { return (*this)->layers(); }

Layer Model::get_layer(const std::string& name) const {
  std::string existing;
  for (const Layer& layer : layers()) {
    if (layer.name() == name) return layer;
    existing += (existing.empty() ? "'" : ", '") + layer.name() + "'";
  }
  throw ValueError("No such layer: {}. Existing layers are: [{}].", name, existing.substr(0, 400));
}

Layer Model::get_layer(int64_t index) const {
  const auto all = layers();
  const auto count = static_cast<int64_t>(all.size());
  if (index < 0 || index >= count) {
    throw ValueError("Was asked to retrieve layer at index {} but model '{}' only has {} layers.", index, name(),
                     count);
  }
  return all[static_cast<size_t>(index)];
}

void Model::compile(CompileOptions options) { (*this)->trainer().compile(std::move(options)); }
bool Model::compiled() const { return (*this)->trainer().compiled(); }

History Model::fit(const Data& x, const Data& y, FitOptions options) {
  return (*this)->trainer().fit(*this, x, y, std::move(options));
}

Scores Model::evaluate(const Data& x, const Data& y, EvaluateOptions options) {
  return (*this)->trainer().evaluate(*this, x, y, std::move(options));
}

Array Model::predict(const Data& x, PredictOptions options) {
  return std::move(predict<1>(x, std::move(options)).front());
}

std::vector<Array> Model::predict_all(const Data& x, PredictOptions options) {
  return arrays_of((*this)->trainer().predict(*this, x, std::move(options)));
}

void Model::take(std::vector<Array> from, Array* to, size_t count) {
  if (from.size() != count) {
    throw ValueError("The model has {} output(s), but {} are asked for: `predict<{}>` or `predict_all` gives them all.",
                     from.size(), count, from.size());
  }
  std::move(from.begin(), from.end(), to);
}

Scores Model::train_on_batch(const Data& x, const Data& y, TrainOnBatchOptions options) {
  return (*this)->trainer().train_on_batch(x, y, options);
}

Scores Model::test_on_batch(const Data& x, const Data& y, TestOnBatchOptions options) {
  return (*this)->trainer().test_on_batch(x, y, options);
}

Array Model::predict_on_batch(const Data& x) {
  Array output;
  take(predict_all_on_batch(x), &output, 1);
  return output;
}

std::vector<Array> Model::predict_all_on_batch(const Data& x) {
  return arrays_of((*this)->trainer().predict_on_batch(x));
}

Shape Model::input_shape() const {
  const auto shape = (*this)->known_input_shape();
  if (shape) return *shape;
  throw ValueError("Model '{}' does not know its input's shape yet: begin it with `Input(shape)`, or call it on data.",
                   name());
}

Shape Model::output_shape() const { return compute_output_shape(input_shape()); }

const KerasTensors& Model::inputs() const { return graph_of(*this).inputs(); }
const KerasTensors& Model::outputs() const { return graph_of(*this).outputs(); }

Optimizer Model::optimizer() const { return (*this)->trainer().optimizer(); }

bool Model::stop_training() const { return (*this)->trainer().stop_training; }
void Model::set_stop_training(bool stop) { (*this)->trainer().stop_training = stop; }
void Model::set_initial_epoch(int64_t epoch) { (*this)->trainer().initial_epoch = epoch; }

metrics::Direction Model::metric_direction(const std::string& log_key) const {
  return (*this)->trainer().direction(log_key);
}

}  // namespace keraslike
