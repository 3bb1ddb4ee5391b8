#include "keraslike/optimizers/adam.h"

#include "keraslike/utils/errors.h"
#include "optimizers/trajectory.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::optimizers;

// Golden values from Keras 3.15.1 (torch backend): w = [1, -2, 0.5] after three `apply`, learning rate 0.1.
TEST_CASE("Adam adds epsilon before it corrects the bias", "[optimizers][adam]") {
  check_close(after_three_steps(Adam(0.1)), {0.8075611, -1.9885355, 0.2679808});
  check_close(after_three_steps(Adam(0.1, {.amsgrad = true})), {0.8075611, -1.9885355, 0.2679808});
}

TEST_CASE("AdamW decays weights by 0.004 unless told otherwise", "[optimizers][adam]") {
  check_close(after_three_steps(AdamW(0.1)), {0.8064523, -1.9862018, 0.2674959});
}

TEST_CASE("Adamax divides by the largest gradient so far", "[optimizers][adam]") {
  check_close(after_three_steps(Adamax(0.1)), {0.835384, -1.9657, 0.3063061});
}

TEST_CASE("Nadam looks one step of momentum ahead", "[optimizers][adam]") {
  check_close(after_three_steps(Nadam(0.1)), {0.8381933, -2.0293849, 0.3772318});
}

TEST_CASE("Adam follows Keras for ten steps with every common option", "[optimizers][adam]") {
  const AdamOptions other{.beta_1 = 0.8, .beta_2 = 0.95, .epsilon = 1e-3, .amsgrad = true};

  check_golden("Adam 0", Adam(0.1));
  check_golden("Adam 1", Adam(0.1, other));
  check_common_options<Adam>("Adam", other);
}

TEST_CASE("AdamW follows Keras for ten steps with every common option", "[optimizers][adam]") {
  check_golden("AdamW 0", AdamW(0.1));
  check_golden("AdamW 1", AdamW(0.1, {.weight_decay = 0.05}));
  check_common_options<AdamW>("AdamW", AdamWOptions{.weight_decay = 0.05});
}

TEST_CASE("Adamax follows Keras for ten steps with every common option", "[optimizers][adam]") {
  const AdamaxOptions other{.beta_1 = 0.8, .beta_2 = 0.9, .epsilon = 1e-3};

  check_golden("Adamax 0", Adamax(0.1));
  check_golden("Adamax 1", Adamax(0.1, other));
  check_common_options<Adamax>("Adamax", other);
}

TEST_CASE("Nadam follows Keras for ten steps with every common option", "[optimizers][adam]") {
  const NadamOptions other{.beta_1 = 0.8, .beta_2 = 0.9, .epsilon = 1e-3};

  check_golden("Nadam 0", Nadam(0.1));
  check_golden("Nadam 1", Nadam(0.1, other));
  check_common_options<Nadam>("Nadam", other);
}

TEST_CASE("AdamW wants a weight decay", "[optimizers][adam]") {
  REQUIRE_THROWS_WITH(AdamW({.weight_decay = none}),
                      Equals("Argument `weight_decay` must be a float. Received: weight_decay=None"));
}
