#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keraslike/callbacks/history.h"
#include "keraslike/data/array.h"
#include "keraslike/data/data.h"
#include "keraslike/layers/keras_tensor.h"
#include "keraslike/layers/layer.h"
#include "keraslike/metrics/metric.h"
#include "keraslike/models/saving_options.h"
#include "keraslike/optimizers/optimizer.h"
#include "keraslike/training/options.h"
#include "keraslike/training/scores.h"

namespace keraslike {

namespace models {
class ModelImpl;
}  // namespace models

// Tensors that `Input`s and layers made. A list or a dict (`KerasTensors::named`) where there are several.
struct ModelOptions {
  KerasTensors inputs = {};
  KerasTensors outputs = {};
  bool trainable = true;
  std::string name = {};
};

struct SummaryOptions {
  std::optional<int64_t> line_length = {};   // characters; by default the terminal's width less 4, at most 88
  std::vector<double> positions = {};        // where each column ends, as shares of the line: {.45, .80, 1.0}
  std::function<void(const std::string&)> print_fn = {};  // receives the text instead of stdout
  bool expand_nested = false;                // show the layers of nested models too
  bool show_trainable = false;               // a column Y, N or -
  std::vector<std::string> layer_range = {}; // names of the first and the last layer to show
};

// A layer that can be trained: `compile` says how, `fit` does it. A copy is the same model.
//
// Made from the ends of a graph: `Model model({.inputs = input, .outputs = layers::Dense(1)(input)})`. Any tensors
// between will do too: the part of a model between them is a model, which shares its weights.
class Model : public Layer {
 public:
  explicit Model(ModelOptions options);
  explicit Model(std::shared_ptr<models::ModelImpl> impl);

  // A model of the user's own class, which derives from `models::CustomModelImpl`: `Model::of<MyModelImpl>(arguments...)`.
  template <class MyImpl, class... Args>
  static Model of(Args&&... args) {
    return Model(std::make_shared<MyImpl>(std::forward<Args>(args)...));
  }

  std::vector<Layer> layers() const;
  Layer get_layer(const std::string& name) const;
  Layer get_layer(int64_t index) const;

  // Says how to train: what to make small, by which rule, and what to report. Compiling again starts afresh, but an
  // optimizer object given again keeps its state.
  void compile(CompileOptions options = {});
  bool compiled() const;

  // Trains for `epochs` passes over the rows of `x` and returns what was measured in each. Everything is checked
  // before anything changes: after a ValueError the model is what it was.
  History fit(const Data& x, const Data& y = {}, FitOptions options = {});

  // The loss and the metrics of these data.
  Scores evaluate(const Data& x, const Data& y = {}, EvaluateOptions options = {});

  // The output for the rows of `x`: (rows, ...). A model with several outputs gives them as a list, or as so many:
  // `auto [price, kind] = model.predict<2>(x);`. Several threads may predict with one model at once, while none trains
  // or changes it; `verbose=0` keeps their progress bars apart. A `Predictor` for each is faster for single rows.
  Array predict(const Data& x, PredictOptions options = {});
  std::vector<Array> predict_all(const Data& x, PredictOptions options = {});
  template <size_t N>
  std::array<Array, N> predict(const Data& x, PredictOptions options = {}) {
    std::array<Array, N> outputs;
    take(predict_all(x, std::move(options)), outputs.data(), N);
    return outputs;
  }

  // One update, one measurement, one prediction, with all of the rows as one batch.
  Scores train_on_batch(const Data& x, const Data& y = {}, TrainOnBatchOptions options = {});
  Scores test_on_batch(const Data& x, const Data& y = {}, TestOnBatchOptions options = {});
  Array predict_on_batch(const Data& x);
  std::vector<Array> predict_all_on_batch(const Data& x);

  // Prints Keras' table of the layers, their output shapes and their numbers of parameters.
  void summary(SummaryOptions options = {}) const;

  // Writes the model into a `.keras` file, which Python's `keras.models.load_model` opens too: layers, weights, what
  // `compile` said, and the optimizer's state. The file is replaced in one step: it is never half written. A path that
  // ends in `.h5` gets Keras' older format, and a warning.
  void save(const std::string& path, SaveOptions options = {}) const;

  // The weights alone, and the optimizer's state: `.weights.h5`, which Keras reads too. `load_weights` goes by the
  // kinds and the order of layers, not by their names; it reads the weights of a `.keras` file as well. What does not
  // fit is a ValueError, and leaves the model as it was.
  void save_weights(const std::string& path, SaveWeightsOptions options = {}) const;
  void load_weights(const std::string& path, LoadWeightsOptions options = {});

  // All but the weights, as Keras' JSON; `models::model_from_json` is the way back.
  std::string to_json() const;

  // Of models with one input and one output: shapes with the batch axis, open where they are not known; throws
  // ValueError before the model is built.
  Shape input_shape() const;
  Shape output_shape() const;

  Optimizer optimizer() const;

  // Ends `fit` after the current batch; for callbacks.
  bool stop_training() const;
  void set_stop_training(bool stop);

  // From `on_train_begin`: the epoch that this `fit` begins with, instead of what it was told. For callbacks.
  void set_initial_epoch(int64_t epoch);

  // Which way the metric behind a log key ("val_accuracy") gets better.
  metrics::Direction metric_direction(const std::string& log_key) const;

  // The tensors that the model was made from. Only for models that are graphs.
  const KerasTensors& inputs() const;
  const KerasTensors& outputs() const;

  models::ModelImpl* operator->() const;

 private:
  static void take(std::vector<Array> from, Array* to, size_t count);
};

}  // namespace keraslike
