#include "keraslike/optimizers/schedule_free_adamw.h"

#include "optimizers/trajectory.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::optimizers;

// Golden values from Keras 3.15.1 on JAX: w = [1, -2, 0.5] after three `apply`, learning rate 0.1.
TEST_CASE("ScheduleFreeAdamW keeps the weights near the average of what it has stepped to", "[optimizers]") {
  check_close(after_three_steps(ScheduleFreeAdamW(0.1)), {0.8838210701942444, -2.0168144702911377, 0.3895858824253082});
}

TEST_CASE("ScheduleFreeAdamW follows Keras for ten steps with every common option", "[optimizers]") {
  const ScheduleFreeAdamWOptions other{.beta_1 = 0.8, .beta_2 = 0.9, .epsilon = 1e-3, .warmup_steps = 5};

  check_golden("ScheduleFreeAdamW 0", ScheduleFreeAdamW(0.1));
  check_golden("ScheduleFreeAdamW 1", ScheduleFreeAdamW(0.1, other));
  check_common_options<ScheduleFreeAdamW>("ScheduleFreeAdamW", other);
}

TEST_CASE("ScheduleFreeAdamW begins where the weights are", "[optimizers]") {
  const auto weight = make_weight("dense/kernel", {2, 1}, {1, -2}, {1, 0});
  const ScheduleFreeAdamW optimizer;
  optimizer->build({weight});
  const auto variables = optimizer->variables();
  CHECK(variables[2]->name == "dense_kernel_momentum");
  CHECK(values_of(variables[2]) == std::vector<double>{1, -2});
  CHECK(values_of(variables[3]) == std::vector<double>{0, 0});
}
