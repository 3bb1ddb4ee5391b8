#include <functional>

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/sin.h>

#include "keraslike/optimizers/adafactor.h"
#include "keraslike/optimizers/adagrad.h"
#include "keraslike/optimizers/adam.h"
#include "keraslike/optimizers/ftrl.h"
#include "keraslike/optimizers/lamb.h"
#include "keraslike/optimizers/lion.h"
#include "keraslike/optimizers/optimizer_impl.h"
#include "keraslike/optimizers/rmsprop.h"
#include "keraslike/optimizers/sgd.h"
#include "keraslike/utils/threads.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::optimizers;

namespace {

using Make = std::function<Optimizer()>;

at::Tensor waves(int64_t rows, int64_t columns, at::ScalarType dtype, double phase) {
  return at::sin(at::arange(rows * columns, dtype) + phase).reshape({rows, columns});
}

// Five steps. With `strided`, gradients lie in memory otherwise than the weight, and the rule written with tensors runs.
at::Tensor trained(const Make& make, int64_t rows, at::ScalarType dtype, bool strided) {
  const Optimizer optimizer = make();
  const auto weight = std::make_shared<layers::Weight>(
      layers::Weight{.name = "kernel", .path = "dense/kernel", .tensor = waves(rows, 7, dtype, 0), .shape = {rows, 7}});
  optimizer->build({weight});
  for (int step = 0; step < 5; ++step) {
    const at::Tensor gradient = waves(rows, 7, dtype, step);
    optimizer->apply({strided ? gradient.t().contiguous().t() : gradient});
  }
  return weight->tensor;
}

auto optimizers_to_try() {
  return GENERATE(table<std::string, Make>({
      {"adam", [] { return Adam(0.1); }},
      {"amsgrad", [] { return Adam(0.1, {.amsgrad = true}); }},
      {"adamw", [] { return AdamW(0.1); }},
      {"adamax", [] { return Adamax(0.1); }},
      {"nadam", [] { return Nadam(0.1); }},
      {"sgd", [] { return SGD(0.1); }},
      {"momentum", [] { return SGD(0.1, {.momentum = 0.9}); }},
      {"nesterov", [] { return SGD(0.1, {.momentum = 0.9, .nesterov = true}); }},
      {"rmsprop", [] { return RMSprop(0.1); }},
      {"centered", [] { return RMSprop(0.1, {.centered = true}); }},
      {"rmsprop with momentum", [] { return RMSprop(0.1, {.momentum = 0.9}); }},
      {"centered with momentum", [] { return RMSprop(0.1, {.momentum = 0.9, .centered = true}); }},
      {"adagrad", [] { return Adagrad(0.1); }},
      {"adadelta", [] { return Adadelta(1.0); }},
      {"lion", [] { return Lion(0.1); }},
      {"ftrl", [] { return Ftrl(0.1); }},
      {"ftrl with all strengths",
       [] {
         return Ftrl(0.1, {.l1_regularization_strength = 0.01,
                           .l2_regularization_strength = 0.02,
                           .l2_shrinkage_regularization_strength = 0.03,
                           .beta = 0.04});
       }},
      {"lamb", [] { return Lamb(0.1); }},
      {"adafactor", [] { return Adafactor(0.1); }},
  }));
}

}  // namespace

TEST_CASE("A rule in one pass computes what the rule with tensors does", "[optimizers][fused]") {
  const auto [name, make] = optimizers_to_try();
  INFO(name);

  CHECK(at::allclose(trained(make, 13, at::kDouble, false), trained(make, 13, at::kDouble, true), 1e-12, 1e-14));
  CHECK(at::allclose(trained(make, 13, at::kFloat, false), trained(make, 13, at::kFloat, true), 2e-6, 1e-6));
}

TEST_CASE("A rule in one pass does not depend on the number of threads", "[optimizers][fused]") {
  const auto [name, make] = optimizers_to_try();
  INFO(name);
  const int64_t threads = config::num_threads();

  config::set_num_threads(1);
  const at::Tensor alone = trained(make, 20000, at::kFloat, false);
  config::set_num_threads(3);
  const at::Tensor together = trained(make, 20000, at::kFloat, false);
  config::set_num_threads(threads);

  CHECK(at::equal(alone, together));
}
