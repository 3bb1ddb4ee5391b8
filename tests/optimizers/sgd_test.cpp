#include "keraslike/optimizers/sgd.h"

#include "keraslike/utils/errors.h"
#include "optimizers/trajectory.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::optimizers;

// Golden values from Keras 3.15.1 (torch backend): w = [1, -2, 0.5] after three `apply`, learning rate 0.1.
TEST_CASE("SGD walks against the gradient", "[optimizers][sgd]") {
  check_close(after_three_steps(SGD(0.1)), {0.975, -2.04, 0.47});
}

TEST_CASE("SGD keeps the learning rate inside its momentum", "[optimizers][sgd]") {
  check_close(after_three_steps(SGD(0.1, {.momentum = 0.9})), {0.9624, -2.0418, 0.4097});
}

TEST_CASE("SGD looks ahead with nesterov", "[optimizers][sgd]") {
  check_close(after_three_steps(SGD({.learning_rate = 0.1, .momentum = 0.9, .nesterov = true})),
              {0.94116, -2.07762, 0.38873});
}

TEST_CASE("SGD follows Keras for ten steps with every common option", "[optimizers][sgd]") {
  check_golden("SGD 0", SGD(0.1));
  check_golden("SGD 1", SGD(0.1, {.momentum = 0.9}));
  check_golden("SGD 2", SGD(0.1, {.momentum = 0.9, .nesterov = true}));
  check_common_options<SGD>("SGD", SGDOptions{.momentum = 0.9, .nesterov = true});
}

TEST_CASE("SGD rejects a momentum outside [0, 1]", "[optimizers][sgd]") {
  REQUIRE_THROWS_WITH(SGD(0.1, {.momentum = -0.1}),
                      Equals("`momentum` must be a float between [0, 1]. Received: momentum=-0.1"));
  REQUIRE_THROWS_WITH(SGD(0.1, {.momentum = 1.5}), ContainsSubstring("Received: momentum=1.5"));
}
