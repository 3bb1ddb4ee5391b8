#include "keraslike/optimizers/adafactor.h"

#include "optimizers/trajectory.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::optimizers;

// Golden values from Keras 3.15.1 (torch backend): w = [1, -2, 0.5] after three `apply`, learning rate 0.1.
TEST_CASE("Adafactor scales its step by the weight's size", "[optimizers][adafactor]") {
  check_close(after_three_steps(Adafactor(0.1)),
              {0.7639688, -2.1056793, 0.3851909});
}

TEST_CASE("Adafactor follows Keras for ten steps with every common option", "[optimizers][adafactor]") {
  const AdafactorOptions other{.beta_2_decay = -0.6, .clip_threshold = 0.5, .relative_step = false};

  check_golden("Adafactor 0", Adafactor(0.1));
  check_golden("Adafactor 1", Adafactor(0.1, other));
  check_common_options<Adafactor>("Adafactor", other);
}

// [(v.path, v.shape, v.dtype) for v in optimizer.variables] after build on a kernel (2, 3) and a bias (3,).
TEST_CASE("Adafactor keeps a row and a column for a matrix, and zeros for a vector", "[optimizers][adafactor]") {
  const Adafactor optimizer({.name = "adafactor"});
  optimizer->build({make_weight("dense/kernel", {2, 3}, {1, 2, 3, 4, 5, 6}, {1, 0}),
                    make_weight("dense/bias", {3}, {1, 2, 3})});
  const auto variables = optimizer->variables();

  REQUIRE(variables.size() == 8);
  CHECK(variables[2]->path == "adafactor/kernel");
  CHECK(variables[2]->shape == Shape{2});
  CHECK(variables[3]->shape == Shape{3});
  CHECK(variables[4]->path == "adafactor/dense_kernel_velocity");
  CHECK(variables[5]->path == "bias");
  CHECK(variables[5]->shape == Shape{});
  CHECK(variables[5]->tensor.scalar_type() == at::kInt);
  CHECK(variables[7]->path == "adafactor/dense_bias_velocity");
}
