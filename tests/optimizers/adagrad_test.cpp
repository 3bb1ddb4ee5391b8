#include "keraslike/optimizers/adagrad.h"

#include "optimizers/trajectory.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::optimizers;

// Golden values from Keras 3.15.1 (torch backend): w = [1, -2, 0.5] after three `apply`, learning rate 0.1.
TEST_CASE("Adagrad divides by the root of all squares so far", "[optimizers][adagrad]") {
  check_close(after_three_steps(Adagrad(0.1)),
              {0.9335412, -2.0538771, 0.4306364});
}

TEST_CASE("Adadelta scales its step by the steps before it", "[optimizers][adadelta]") {
  check_close(after_three_steps(Adadelta(0.1)),
              {0.9997579, -2.0001502, 0.4998593});
}

TEST_CASE("Adagrad follows Keras for ten steps with every common option", "[optimizers][adagrad]") {
  const AdagradOptions other{.initial_accumulator_value = 0.3, .epsilon = 1e-3};

  check_golden("Adagrad 0", Adagrad(0.1));
  check_golden("Adagrad 1", Adagrad(0.1, other));
  check_common_options<Adagrad>("Adagrad", other);
}

TEST_CASE("Adadelta follows Keras for ten steps with every common option", "[optimizers][adadelta]") {
  const AdadeltaOptions other{.rho = 0.8, .epsilon = 1e-3};

  check_golden("Adadelta 0", Adadelta(0.1));
  check_golden("Adadelta 1", Adadelta(0.1, other));
  check_common_options<Adadelta>("Adadelta", other);
}
