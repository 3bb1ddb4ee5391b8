#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "keraslike/cli/commands.h"
#include "keraslike/models/keras_file.h"
#include "keraslike/models/model_impl.h"
#include "keraslike/models/saved_tree.h"
#include "keraslike/training/trainer.h"

namespace keraslike::cli {

namespace {

using saving::Json;

// Every place where two configs differ, "config.layers[1].config.units: 3 | 4".
void diff_json(const Json& a, const Json& b, const std::string& place, int& count) {
  if (a == b) return;
  if (a.is_object() && b.is_object()) {
    for (const auto& [key, value] : a.items()) diff_json(value, b.value(key, Json()), place + "." + key, count);
    for (const auto& [key, value] : b.items()) {
      if (!a.contains(key)) diff_json(Json(), value, place + "." + key, count);
    }
  } else if (a.is_array() && b.is_array() && a.size() == b.size()) {
    for (size_t i = 0; i < a.size(); ++i) diff_json(a[i], b[i], fmt::format("{}[{}]", place, i), count);
  } else {
    ++count;
    fmt::print("config{}: {} | {}\n", place, saving::dump_json(a).substr(0, 60), saving::dump_json(b).substr(0, 60));
  }
}

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  if (a.numel() == 0) return 0;
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

int diff_weights(const Model& a, const Model& b) {
  int count = 0;
  const auto ours = models::saved_objects(a);
  const auto theirs = models::saved_objects(b);
  for (const auto& object : ours) {
    const auto other = std::find_if(theirs.begin(), theirs.end(), [&](const auto& o) { return o.path == object.path; });
    for (size_t i = 0; i < object.variables.size(); ++i) {
      const auto& variable = *object.variables[i];
      const std::string place = fmt::format("weights {} ({}.{})", object.path, object.name, variable.name);
      if (other == theirs.end() || i >= other->variables.size()) {
        fmt::print("{}: only in the first\n", place);
      } else if (other->variables[i]->shape != variable.shape) {
        fmt::print("{}: {} | {}\n", place, variable.shape.to_string(), other->variables[i]->shape.to_string());
      } else if (const double d =
                     largest_difference(variable.in_keras_shape(), other->variables[i]->in_keras_shape());
                 d > 0) {
        fmt::print("{}: differ by {:.3g} at most\n", place, d);
      } else {
        continue;
      }
      ++count;
    }
  }
  return count;
}

// Layer by layer, where both models have the same number of them.
int diff_outputs(const Model& a, const Model& b, const Data& x) {
  int count = 0;
  const at::NoGradGuard no_grad;
  const auto ours = a->trace(a->trainer().checked_inputs(x));
  const auto theirs = b->trace(b->trainer().checked_inputs(x));
  for (size_t i = 0; i < std::min(ours.size(), theirs.size()); ++i) {
    const at::Tensor& left = ours[i].second;
    const at::Tensor& right = theirs[i].second;
    const std::string place = fmt::format("output of {} | {}", ours[i].first.name(), theirs[i].first.name());
    if (left.sizes() != right.sizes()) {
      fmt::print("{}: {} | {}\n", place, Shape(left.sizes().vec()).to_string(), Shape(right.sizes().vec()).to_string());
      return count + 1;
    }
    const double difference = largest_difference(left, right);
    fmt::print("{}: differ by {:.3g} at most\n", place, difference);
    if (difference > 0) ++count;
  }
  return count;
}

}  // namespace

void summary(const std::string& model, bool expand_nested) {
  models::load_model(model).summary({.expand_nested = expand_nested});
}

void predict(const PredictArguments& arguments) {
  Model model = models::load_model(arguments.model, {.compile = false});
  const size_t outputs = model->output_names().size();
  if (arguments.out.size() != outputs) {
    throw ValueError("The model has {} output(s): give --out {} time(s), in their order. Received: {} times", outputs,
                     outputs, arguments.out.size());
  }
  const auto made = model.predict_all(load_data(arguments.x), {.batch_size = arguments.batch_size, .verbose = 0});
  for (size_t i = 0; i < outputs; ++i) {
    const bool is_known = made[i].dtype() != DType::BFloat16;  // to NumPy
    data::save_npy(arguments.out[i], is_known ? made[i] : made[i].astype(DType::Float32));
  }
}

void diff(const std::string& a, const std::string& b, const Files& x) {
  const Model left = models::load_model(a);
  const Model right = models::load_model(b);
  int count = 0;
  diff_json(models::model_to_json(left), models::model_to_json(right), "", count);
  count += diff_weights(left, right);
  if (!x.empty()) count += diff_outputs(left, right, load_data(x));
  if (count == 0) fmt::print("no difference\n");
}

}  // namespace keraslike::cli
