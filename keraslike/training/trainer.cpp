#include "keraslike/training/trainer.h"

#include <algorithm>

#include "keraslike/data/conversion.h"
#include "keraslike/optimizers/loss_scale_optimizer.h"
#include "keraslike/optimizers/optimizer_impl.h"
#include "keraslike/training/feeder.h"
#include "keraslike/training/plans.h"
#include "keraslike/utils/blas.h"
#include "keraslike/utils/errors.h"

namespace keraslike::training {

namespace {

constexpr int64_t kBatchSize = 32;  // Keras' default

const ArgumentNames kValidationNames{"validation_data.x", "validation_data.y", "validation_data.sample_weight"};

// Targets and weights of samples, as losses take them.
Tensors tensors_of(const Data& data, const std::string& argument, data::Want want) {
  Tensors result;
  for (int64_t i = 0; i < data.count(); ++i) {
    result.push_back(data::to_tensor(data[i], data::part_name(data, i, argument), want, utils::floatx()));
  }
  return result;
}

// In the type that each input of the model was declared with; whole numbers where nothing was declared become floats.
// Keras rounds all floats to `floatx` first: here an input of doubles gets what it was given.
Tensors inputs_of(const Data& data, const std::string& argument, const std::vector<InputSpec>& declared) {
  Tensors result;
  for (int64_t i = 0; i < data.count(); ++i) {
    const auto index = static_cast<size_t>(i);
    const std::string part = data::part_name(data, i, argument);
    if (index < declared.size() && declared[index].is_text) {
      result.push_back(data[i].texts(part));
      continue;
    }
    const DType dtype = index < declared.size() ? declared[index].spec.dtype : utils::floatx();
    result.push_back(
        data::to_tensor(data[i], part, is_floating(dtype) ? data::Want::Floats : data::Want::KeepIntegers, dtype));
  }
  return result;
}

std::vector<std::string> names_of(const std::vector<InputSpec>& specs) {
  std::vector<std::string> names;
  for (const InputSpec& spec : specs) names.push_back(spec.name);
  return names;
}

// Keras cuts the rows into `steps_per_epoch` batches where no size is given.
int64_t batch_size_for(const std::optional<int64_t>& batch_size, const std::optional<int64_t>& steps, int64_t rows) {
  if (batch_size) return *batch_size;
  return steps ? (rows + *steps - 1) / *steps : kBatchSize;
}

// A model with steps of its own may do without a loss, and then without targets.
bool needs_targets(const CompileOptions& options, const Samples& samples) {
  return options.loss || !samples.y.empty();
}

}  // namespace

Trainer::Trainer(Network& network)
    : network_(network), plans_(std::make_shared<Plans>(std::nullopt, /*run_eagerly=*/false)) {}

void Trainer::compile(CompileOptions options) {
  if (options.steps_per_execution < 1) {
    throw ValueError("`steps_per_execution` expects a number of at least 1. Received: steps_per_execution={}",
                     options.steps_per_execution);
  }
  if (!options.optimizer) throw ValueError("`optimizer` expects a name or an optimizer. Received: optimizer=none");
  // As Keras: compiling again without a loss or metrics keeps those of before.
  if (options_ && !options.loss) options.loss = options_->loss;
  if (options_ && options.metrics.empty()) options.metrics = options_->metrics;
  if (options_ && options.weighted_metrics.empty()) options.weighted_metrics = options_->weighted_metrics;
  utils::warn_of_reference_blas();
  given_optimizer_ = options.optimizer.get();
  const bool scales = options.auto_scale_loss && network_.root().dtype_policy().name() == "mixed_float16" &&
                      !(*given_optimizer_)->inner_optimizer();
  optimizer_ = scales ? optimizers::LossScaleOptimizer(*given_optimizer_, {.name = "loss_scale_optimizer"})
                      : *given_optimizer_;
  plans_ = std::make_shared<Plans>(options.jit_compile.on(), options.run_eagerly);
  options_ = std::move(options);
  compiled_.reset();
}

const CompileOptions& Trainer::options() const {
  require_compiled("options");
  return *options_;
}

Optimizer Trainer::optimizer() const {
  require_compiled("optimizer");
  return *optimizer_;
}

Optimizer Trainer::given_optimizer() const {
  require_compiled("optimizer");
  return *given_optimizer_;
}

void Trainer::require_compiled(const char* method) const {
  if (compiled()) return;
  throw ValueError("You must call `compile()` before using the model. `{}` needs an optimizer and a loss: for example "
                   "`model.compile({{.optimizer = \"adam\", .loss = \"mse\"}})`.", method);
}

metrics::Direction Trainer::direction(const std::string& log_key) const {
  const std::string key = log_key.starts_with("val_") ? log_key.substr(4) : log_key;
  if (key == "loss") return metrics::Direction::Down;
  return compiled_ ? compiled_->direction(key) : metrics::Direction::Unknown;
}

Samples Trainer::prepare(const Data& x, const Data& y, const Data& sample_weight, const ArgumentNames& names,
                         bool finite) const {
  Samples samples;
  const auto declared = network_.declared_inputs();
  samples.x = inputs_of(in_order(x, names_of(declared), names.x), names.x, declared);
  check_inputs(samples.x, declared.empty() ? 1 : declared.size(), names);
  samples.x = fitted_to(network_, std::move(samples.x), names);
  if (!y.is_none()) samples.y = targets_of(y, names);
  if (!sample_weight.is_none()) samples.weights = weights_of(sample_weight, names);
  check_rows(samples, names);
  check_weights(samples, names);
  if (finite) check_finite(samples, names);
  return samples;
}

// One per output; an output without a loss may go without targets.
Tensors Trainer::targets_of(const Data& y, const ArgumentNames& names) const {
  const auto outputs = network_.output_names();
  Tensors given = tensors_of(in_order(y, outputs, names.y), names.y, data::Want::KeepIntegers);
  if (!options_ || given.size() == outputs.size()) return given;
  const auto needed = have_losses(*options_, outputs);
  if (given.size() != static_cast<size_t>(std::count(needed.begin(), needed.end(), true))) return given;
  Tensors spread(outputs.size());
  for (size_t i = 0, next = 0; i < outputs.size(); ++i) {
    if (needed[i]) spread[i] = given[next++];
  }
  return spread;
}

// A single one counts for all outputs, if it has one weight per row.
Tensors Trainer::weights_of(const Data& sample_weight, const ArgumentNames& names) const {
  const auto outputs = network_.output_names();
  Tensors given = tensors_of(in_order(sample_weight, outputs, names.sample_weight), names.sample_weight,
                             data::Want::Floats);
  check_weight_count(given, outputs.size(), names);
  if (given.size() < outputs.size()) given.resize(outputs.size(), given.front());
  return given;
}

Samples Trainer::prepare_inputs(const Data& x, bool finite) const {
  const Samples samples = prepare(x, {}, {}, {}, finite);
  network_.output_shapes(shapes_of(samples.x));
  return samples;
}

std::optional<Compiled> Trainer::resolve(const Samples& samples, const ArgumentNames& names) const {
  const auto outputs = network_.output_shapes(shapes_of(samples.x));
  const bool has_own_steps = network_.own_steps() != nullptr;
  if (!options_->loss && !has_own_steps) {
    throw ValueError("No loss to compute. Provide a `loss` argument in `compile()`.");
  }
  const bool has_targets = needs_targets(*options_, samples);
  if (has_targets) check_targets(samples, outputs.size(), names);
  std::optional<Compiled> fresh;
  const Tensors targets = has_targets ? samples.y : Tensors(outputs.size());
  if (!compiled_) fresh.emplace(*options_, network_.output_names(), shapes_of(targets), outputs);
  (fresh ? *fresh : *compiled_).check(targets, outputs);
  return fresh;
}

void Trainer::check_against(const Compiled& compiled, const Samples& samples, const ArgumentNames& names) const {
  const auto outputs = network_.output_shapes(shapes_of(samples.x));
  if (!needs_targets(*options_, samples)) return;
  check_targets(samples, outputs.size(), names);
  compiled.check(samples.y, outputs);
}

std::optional<Samples> Trainer::prepare_validation(const FitOptions& options) const {
  const auto& given = options.validation_data;
  if (given.x.is_none()) return std::nullopt;
  return prepare(given.x, given.y, given.sample_weight, kValidationNames, options.check_finite);
}

bool Trainer::fully_built() const { return network_.root().built() && compiled_.has_value(); }

void Trainer::build_network(const Samples& samples) {
  const std::lock_guard lock(predicting_);
  if (!network_.root().built()) network_.ensure_network_built(shapes_of(samples.x));
}

void Trainer::build(const Samples& samples, std::optional<Compiled> fresh) {
  build_network(samples);
  if (fresh) compiled_ = std::move(fresh);
  if (!(*optimizer_)->built()) (*optimizer_)->build(network_.root().trainable_weights());
}

History Trainer::fit(Model& model, const Data& x, const Data& y, FitOptions options) {
  require_compiled("fit");
  check_options(options);
  Samples samples = prepare(x, y, options.sample_weight, {}, options.check_finite);
  std::optional<Samples> held_out = prepare_validation(options);
  if (!held_out && options.validation_split > 0.0) {
    auto [first, last] = split(samples, options.validation_split);
    samples = std::move(first);
    held_out = std::move(last);
  }
  std::optional<Compiled> fresh = resolve(samples, {});
  if (held_out) check_against(fresh ? *fresh : *compiled_, *held_out, kValidationNames);
  if (!options.class_weight.empty()) samples.weights = class_weights_for(samples, options.class_weight);

  // Nothing is refused from here on.
  const int64_t batch_size = batch_size_for(options.batch_size, options.steps_per_epoch, samples.rows());
  BatchStream batches(samples, batch_size, options.shuffle.mode(), options.steps_per_epoch);
  if (!fully_built()) batches.peek();
  build(samples, std::move(fresh));
  std::optional<BatchStream> validation;
  if (held_out) {
    const auto size = options.validation_batch_size ? options.validation_batch_size : options.batch_size;
    validation.emplace(*held_out, batch_size_for(size, options.validation_steps, held_out->rows()), Shuffle::Mode::Off,
                       options.validation_steps);
  }
  CallbackList callbacks(options.callbacks, model,
                         {.verbose = options.verbose.level(), .epochs = options.epochs, .steps = batches.steps()},
                         CallbackList::Builtin::HistoryAndProgress);
  return run_epochs(batches, validation, callbacks, options);
}

History Trainer::run_epochs(BatchStream& batches, std::optional<BatchStream>& validation, CallbackList& callbacks,
                            const FitOptions& options) {
  stop_training = false;
  initial_epoch.reset();
  callbacks.on_train_begin();
  Logs logs;
  for (int64_t epoch = initial_epoch.value_or(options.initial_epoch); epoch < options.epochs && !stop_training; ++epoch) {
    callbacks.on_epoch_begin(epoch);
    train_epoch(batches, callbacks);
    std::vector<Logs::Item> measured = results();
    if (validation && options.validation_freq.includes(epoch)) {
      test_pass(*validation, callbacks);
      for (const auto& [key, value] : results()) measured.emplace_back("val_" + key, value);
    }
    logs = Logs(std::move(measured));
    callbacks.on_epoch_end(epoch, logs);
  }
  if (options.epochs > 0) (*optimizer_)->finalize_weights();
  callbacks.on_train_end(logs);
  return callbacks.history();
}

Scores Trainer::evaluate(Model& model, const Data& x, const Data& y, EvaluateOptions options) {
  require_compiled("evaluate");
  check_batching(options.batch_size, options.steps);
  const Samples samples = prepare(x, y, options.sample_weight, {}, options.check_finite);
  std::optional<Compiled> fresh = resolve(samples, {});

  BatchStream batches(samples, batch_size_for(options.batch_size, options.steps, samples.rows()), Shuffle::Mode::Off,
                      options.steps);
  if (!fully_built()) batches.peek();
  build(samples, std::move(fresh));
  CallbackList callbacks(options.callbacks, model,
                         {.verbose = options.verbose.level(), .epochs = 1, .steps = batches.steps()},
                         CallbackList::Builtin::Progress);
  test_pass(batches, callbacks);
  return Scores(results());
}

Tensors Trainer::predict(Model& model, const Data& x, PredictOptions options) {
  check_batching(options.batch_size, options.steps);
  const Samples samples = prepare_inputs(x, options.check_finite);

  build_network(samples);
  BatchStream batches(samples, batch_size_for(options.batch_size, options.steps, samples.rows()), Shuffle::Mode::Off,
                      options.steps);
  CallbackList callbacks(options.callbacks, model,
                         {.verbose = options.verbose.level(), .epochs = 1, .steps = batches.steps()},
                         CallbackList::Builtin::Progress);
  return predict_pass(batches, callbacks);
}

Scores Trainer::train_on_batch(const Data& x, const Data& y, const TrainOnBatchOptions& options) {
  require_compiled("train_on_batch");
  check_class_weight(options.class_weight, options.sample_weight);
  Samples samples = prepare(x, y, options.sample_weight, {}, false);
  std::optional<Compiled> fresh = resolve(samples, {});
  if (!options.class_weight.empty()) samples.weights = class_weights_for(samples, options.class_weight);

  build(samples, std::move(fresh));
  reset_results();
  plans_->follow(network_);
  Feeder feeder(samples);
  train_step(feeder, {0, samples.rows(), {}});
  return Scores(results());
}

Scores Trainer::test_on_batch(const Data& x, const Data& y, const TestOnBatchOptions& options) {
  require_compiled("test_on_batch");
  const Samples samples = prepare(x, y, options.sample_weight, {}, false);
  std::optional<Compiled> fresh = resolve(samples, {});

  build(samples, std::move(fresh));
  reset_results();
  plans_->follow(network_);
  Feeder feeder(samples);
  test_step(feeder, {0, samples.rows(), {}});
  return Scores(results());
}

}  // namespace keraslike::training
