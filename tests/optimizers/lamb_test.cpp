#include "keraslike/optimizers/lamb.h"

#include "optimizers/trajectory.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::optimizers;

// Golden values from Keras 3.15.1 (torch backend): w = [1, -2, 0.5] after three `apply`, learning rate 0.1.
TEST_CASE("Lamb makes steps as long as the weight", "[optimizers][lamb]") {
  check_close(after_three_steps(Lamb(0.1)),
              {0.6645428, -2.0612473, 0.0821586});
}

TEST_CASE("Lamb follows Keras for ten steps with every common option", "[optimizers][lamb]") {
  const LambOptions other{.beta_1 = 0.8, .beta_2 = 0.9, .epsilon = 1e-3};

  check_golden("Lamb 0", Lamb(0.1));
  check_golden("Lamb 1", Lamb(0.1, other));
  check_common_options<Lamb>("Lamb", other);
}
