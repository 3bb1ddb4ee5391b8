#include "keraslike/training/compile_config.h"

#include "keraslike/optimizers/optimizer_impl.h"
#include "keraslike/utils/errors.h"

namespace keraslike::training {

namespace {

// Keras writes null for a list that is empty, as it is by default.
template <class List>
void optional_list(Fields& field, std::string_view key, List& list) {
  std::optional<bool> nothing;
  if (field.is_reading() || !list.empty()) {
    field(key, list);
  } else {
    field(key, nothing);
  }
}

// A file may hold a list with one loss.
void loss_field(Fields& field, NameOr<Loss>& loss) {
  if (!field.is_reading()) return field("loss", loss);
  std::vector<NameOr<Loss>> losses;
  field("loss", losses);
  if (losses.size() > 1) {
    throw ValueError("A model with one output has one loss. Received: a list of {} losses.", losses.size());
  }
  loss = losses.empty() ? NameOr<Loss>(none) : losses.front();
}

void loss_weights_field(Fields& field, LossWeights& weights) {
  std::optional<std::vector<double>> given;
  if (!weights.empty()) given = weights;
  field("loss_weights", given);
  weights = given.value_or(LossWeights());
}

// Keras' backends write whether they would compile; here "auto" says the same, as there is one set of numbers.
void jit_field(Fields& field, JitCompile& jit_compile) {
  std::variant<bool, std::string> choice = "auto";
  if (jit_compile.on()) choice = *jit_compile.on();
  field("jit_compile", choice);
  if (field.is_reading()) jit_compile = choice == std::variant<bool, std::string>(false) ? JitCompile(false) : "auto";
}

}  // namespace

void compile_fields(Fields& field, CompileOptions& options) {
  field("optimizer", options.optimizer);
  loss_field(field, options.loss);
  loss_weights_field(field, options.loss_weights);
  optional_list(field, "metrics", options.metrics);
  optional_list(field, "weighted_metrics", options.weighted_metrics);
  field("run_eagerly", options.run_eagerly);
  field("steps_per_execution", options.steps_per_execution);
  jit_field(field, options.jit_compile);
}

}  // namespace keraslike::training
