#include "keraslike/optimizers/rmsprop.h"

#include "optimizers/trajectory.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::optimizers;

// Golden values from Keras 3.15.1 (torch backend): w = [1, -2, 0.5] after three `apply`, learning rate 0.1.
TEST_CASE("RMSprop divides by the root of the average square plus epsilon", "[optimizers][rmsprop]") {
  check_close(after_three_steps(RMSprop(0.1)), {0.5493685, -2.1054463, 0.1832594});
  check_close(after_three_steps(RMSprop(0.1, {.momentum = 0.9, .centered = true})),
              {0.0799443, -1.7875879, -0.511879});
}

TEST_CASE("RMSprop follows Keras for ten steps with every common option", "[optimizers][rmsprop]") {
  check_golden("RMSprop 0", RMSprop(0.1));
  check_golden("RMSprop 1", RMSprop(0.1, {.rho = 0.8, .momentum = 0.9, .epsilon = 1e-3}));
  check_golden("RMSprop 2", RMSprop(0.1, {.momentum = 0.9, .centered = true}));
  check_common_options<RMSprop>("RMSprop", RMSpropOptions{.momentum = 0.9, .centered = true});
}
