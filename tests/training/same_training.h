#pragma once

#include <functional>
#include <vector>

#include "support/check_layer.h"

// Holds the planned step against the one on autograd.
namespace test {

// A model with its data, made twice from the same seed.
struct Trial {
  std::function<keraslike::Model()> model;
  std::vector<at::Tensor> x;
  std::vector<at::Tensor> y;
  keraslike::NameOr<keraslike::Loss> loss = "mse";
  keraslike::Data sample_weight = {};
  int64_t batch_size = 4;
  int64_t predict_batch_size = 3;
};

struct Course {
  std::vector<double> losses;
  std::vector<double> scores;
  std::vector<keraslike::Array> weights;
  std::vector<keraslike::Array> predictions;
};

inline keraslike::Data data_of(const std::vector<at::Tensor>& tensors) {
  return keraslike::Data(std::vector<keraslike::Array>(tensors.begin(), tensors.end()));
}

// `jit_compile=true` refuses to run on autograd, so that nothing is compared with itself. Adam would make whole steps of
// gradients that are 0 but for their rounding, as those of attention's key biases are.
inline Course course_of(const Trial& trial, bool planned) {
  using namespace keraslike;
  set_random_seed(5);
  Model model = trial.model();
  CompileOptions options{.optimizer = optimizers::SGD(0.1), .loss = trial.loss, .run_eagerly = !planned};
  if (trial.y.size() == 1) options.weighted_metrics = {"mae"};
  if (planned) options.jit_compile = true;
  model.compile(options);
  const FitOptions fit{.batch_size = trial.batch_size,
                       .epochs = 3,
                       .verbose = 0,
                       .sample_weight = trial.sample_weight};
  Course course;
  course.losses = model.fit(data_of(trial.x), data_of(trial.y), fit)["loss"];
  const Scores scores = model.evaluate(data_of(trial.x), data_of(trial.y),
                                       {.batch_size = trial.batch_size, .verbose = 0});
  course.scores.push_back(scores.loss());
  course.weights = model.get_weights();
  course.predictions = model.predict_all(data_of(trial.x), {.batch_size = trial.predict_batch_size, .verbose = 0});
  CHECK(why_eager(model).empty() == planned);
  return course;
}

inline void check_close(const std::vector<double>& got, const std::vector<double>& want) {
  REQUIRE(got.size() == want.size());
  for (size_t i = 0; i < got.size(); ++i) CHECK(std::abs(got[i] - want[i]) <= 1e-5 * std::max(1.0, std::abs(want[i])));
}

inline void check_close(const std::vector<keraslike::Array>& got, const std::vector<keraslike::Array>& want) {
  REQUIRE(got.size() == want.size());
  for (size_t i = 0; i < got.size(); ++i) {
    INFO("array " << i << " of " << got.size());
    CHECK(at::allclose(got[i].tensor(), want[i].tensor(), 1e-4, 1e-6));
  }
}

// The same numbers to rounding: losses, weights after training, scores and predictions.
inline void check_same(const Trial& trial) {
  const Course planned = course_of(trial, true);
  const Course eager = course_of(trial, false);

  check_close(planned.losses, eager.losses);
  check_close(planned.scores, eager.scores);
  check_close(planned.weights, eager.weights);
  check_close(planned.predictions, eager.predictions);
}

}  // namespace test
