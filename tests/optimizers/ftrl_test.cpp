#include "keraslike/optimizers/ftrl.h"

#include "optimizers/trajectory.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::optimizers;

// Golden values from Keras 3.15.1 (torch backend): w = [1, -2, 0.5] after three `apply`, learning rate 0.1.
TEST_CASE("Ftrl regularizes inside its rule", "[optimizers][ftrl]") {
  check_close(after_three_steps(
                  Ftrl(0.1, {.l1_regularization_strength = 0.01, .l2_regularization_strength = 0.02, .beta = 0.1})),
              {-0.0148414, -0.2889003, 0.0530454});
}

TEST_CASE("Ftrl follows Keras for ten steps with every common option", "[optimizers][ftrl]") {
  const FtrlOptions other{.learning_rate_power = -0.7,
                          .l1_regularization_strength = 0.01,
                          .l2_regularization_strength = 0.02,
                          .l2_shrinkage_regularization_strength = 0.03,
                          .beta = 0.1};

  check_golden("Ftrl 0", Ftrl(0.1));
  check_golden("Ftrl 1", Ftrl(0.1, other));
  check_common_options<Ftrl>("Ftrl", other);
}

TEST_CASE("Ftrl rejects strengths below zero and powers above it", "[optimizers][ftrl]") {
  REQUIRE_THROWS_WITH(Ftrl(0.1, {.l1_regularization_strength = -0.5}),
                      Equals("`l1_regularization_strength` needs to be positive or zero. Received: "
                             "l1_regularization_strength=-0.5."));
  REQUIRE_THROWS_WITH(Ftrl(0.1, {.learning_rate_power = 0.5}),
                      Equals("`learning_rate_power` needs to be negative or zero. Received: learning_rate_power=0.5."));
}
