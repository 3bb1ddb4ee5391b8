#pragma once

#include <functional>

#include "keraslike/keraslike.h"
#include "keraslike/torch.h"

#include "support/check_layer.h"

// Trains a model twice, on a planned step and on autograd, and compares what became of it.
namespace test {

using namespace keraslike;

using Layers = std::vector<SequentialItem>;
using MakeLayers = std::function<Layers()>;

struct Run {
  std::vector<double> losses;
  std::vector<double> metrics;
  std::vector<Array> weights;
};

struct Problem {
  MakeLayers layers;
  NameOr<Loss> loss = "mse";
  at::Tensor x = some_input({11, 6});
  at::Tensor y = some_input({11, 3});
  NameOr<Optimizer> optimizer = "adam";
  Data sample_weight = {};
  int64_t batch_size = 4;
};

// By default batches of 4, 4 and 3 rows, so that there are two plans.
inline Run train(const Problem& problem, const JitCompile& jit_compile, bool run_eagerly) {
  set_random_seed(5);
  Sequential model(problem.layers());
  model.compile({.optimizer = problem.optimizer,
                 .loss = problem.loss,
                 .metrics = {"mae"},
                 .run_eagerly = run_eagerly,
                 .jit_compile = jit_compile});
  const History history = model.fit(problem.x, problem.y,
                                    {.batch_size = problem.batch_size,
                                     .epochs = 3,
                                     .verbose = 0,
                                     .sample_weight = problem.sample_weight});
  return {history["loss"], history["mae"], model.get_weights()};
}

inline void check_close(const std::vector<double>& got, const std::vector<double>& want) {
  REQUIRE(got.size() == want.size());
  for (size_t i = 0; i < got.size(); ++i) CHECK(std::abs(got[i] - want[i]) <= 1e-5 * std::max(1.0, std::abs(want[i])));
}

// `jit_compile=true` refuses to run on autograd, so that nothing is compared with itself.
inline void check_same(const std::function<Problem()>& make) {
  const Run planned = train(make(), true, false);
  const Run eager = train(make(), "auto", true);

  check_close(planned.losses, eager.losses);
  check_close(planned.metrics, eager.metrics);
  REQUIRE(planned.weights.size() == eager.weights.size());
  for (size_t i = 0; i < planned.weights.size(); ++i) {
    const at::Tensor got = planned.weights[i].tensor(), want = eager.weights[i].tensor();
    INFO("weight " << i << " differs by up to " << (got - want).abs().max().item<double>());
    CHECK(at::allclose(got, want, 1e-4, 1e-6));
  }
}

inline Problem with_layers(MakeLayers layers) { return {.layers = std::move(layers)}; }

}  // namespace test
