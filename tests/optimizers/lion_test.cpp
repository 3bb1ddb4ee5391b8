#include "keraslike/optimizers/lion.h"

#include "optimizers/trajectory.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::optimizers;

// Golden values from Keras 3.15.1 (torch backend): w = [1, -2, 0.5] after three `apply`, learning rate 0.1.
TEST_CASE("Lion moves every weight by the learning rate", "[optimizers][lion]") {
  check_close(after_three_steps(Lion(0.1)),
              {0.9, -2.1, 0.4});
}

TEST_CASE("Lion follows Keras for ten steps with every common option", "[optimizers][lion]") {
  const LionOptions other{.beta_1 = 0.8, .beta_2 = 0.9};

  check_golden("Lion 0", Lion(0.1));
  check_golden("Lion 1", Lion(0.1, other));
  check_common_options<Lion>("Lion", other);
}

TEST_CASE("Lion wants a beta_1 above zero", "[optimizers][lion]") {
  REQUIRE_THROWS_WITH(Lion(0.1, {.beta_1 = 0.0}), ContainsSubstring("`beta_1` must be in the (0, 1] range"));
  REQUIRE_THROWS_WITH(Lion(0.1, {.beta_1 = 1.5}), ContainsSubstring("Received: beta_1=1.5."));
}
