#include "keraslike/optimizers/schedules.h"

#include "keraslike/optimizers/adam.h"
#include "keraslike/optimizers/optimizer_impl.h"
#include "keraslike/utils/errors.h"
#include "optimizers/trajectory.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::optimizers;

namespace {

std::vector<double> rates(const LearningRateSchedule& schedule) {
  std::vector<double> result;
  for (const int64_t step : {0, 5, 10, 11, 15, 20, 25, 35}) result.push_back(schedule(step));
  return result;
}

}  // namespace

// Golden values from Keras 3.15.1 (torch backend) at steps 0, 5, 10, 11, 15, 20, 25, 35.
TEST_CASE("ExponentialDecay multiplies by a power of its rate", "[optimizers][schedules]") {
  check_close(rates(schedules::ExponentialDecay(0.1, 10, 0.5)),
              {0.1, 0.0707107, 0.05, 0.0466517, 0.0353553, 0.025, 0.0176777, 0.0088388});
  check_close(rates(schedules::ExponentialDecay(0.1, 10, 0.5, {.staircase = true})),
              {0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.0125});
}

TEST_CASE("PiecewiseConstantDecay changes after each boundary", "[optimizers][schedules]") {
  check_close(rates(schedules::PiecewiseConstantDecay({10, 20}, {1, 0.5, 0.1})), {1, 1, 1, 0.5, 0.5, 0.5, 0.1, 0.1});
}

TEST_CASE("PolynomialDecay falls to its end and stays there, or cycles", "[optimizers][schedules]") {
  check_close(rates(schedules::PolynomialDecay(0.1, 20, {.end_learning_rate = 0.01, .power = 2})),
              {0.1, 0.060625, 0.0325, 0.028225, 0.015625, 0.01, 0.01, 0.01});
  check_close(rates(schedules::PolynomialDecay(0.1, 10, {.end_learning_rate = 0.01, .cycle = true})),
              {0.1, 0.055, 0.01, 0.0505, 0.0325, 0.01, 0.025, 0.02125});
}

TEST_CASE("InverseTimeDecay divides by a growing number", "[optimizers][schedules]") {
  check_close(rates(schedules::InverseTimeDecay(0.1, 10, 0.5)),
              {0.1, 0.08, 0.0666667, 0.0645161, 0.0571429, 0.05, 0.0444444, 0.0363636});
}

TEST_CASE("CosineDecay falls by half a cosine, after a warm-up if asked", "[optimizers][schedules]") {
  check_close(rates(schedules::CosineDecay(0.1, 20, {.alpha = 0.1})),
              {0.1, 0.0868198, 0.055, 0.0479604, 0.0231802, 0.01, 0.01, 0.01});
  check_close(rates(schedules::CosineDecay(0.0, 20, {.warmup_target = 0.1, .warmup_steps = 10})),
              {0, 0.05, 0.1, 0.0993844, 0.0853553, 0.05, 0.0146447, 0});
}

TEST_CASE("CosineDecayRestarts starts again for twice as long", "[optimizers][schedules]") {
  check_close(rates(schedules::CosineDecayRestarts(0.1, 10)),
              {0.1, 0.05, 0.1, 0.0993844, 0.0853553, 0.05, 0.0146447, 0.096194});
}

// [float(CosineDecayRestarts(0.1, 10, t_mul=1.0, m_mul=0.5, alpha=0.2)(s)) for s in (0, 5, 10, 11, 15, 20, 25, 35)]
TEST_CASE("CosineDecayRestarts can keep its length and lower its height", "[optimizers][schedules]") {
  check_close(rates(schedules::CosineDecayRestarts(0.1, 10, {.t_mul = 1, .m_mul = 0.5, .alpha = 0.2})),
              {0.1, 0.06, 0.06, 0.0590211, 0.04, 0.04, 0.03, 0.025});
}

TEST_CASE("A schedule is asked with the number of steps made", "[optimizers][schedules]") {
  const Adam optimizer(LearningRateSchedule([](int64_t step) { return 0.5 / static_cast<double>(step + 1); }));
  const auto weight = make_weight("w", {1}, {1});
  optimizer->build({weight});

  CHECK(optimizer.learning_rate() == 0.5);
  optimizer->apply({make_gradient(weight, {1})});
  CHECK(optimizer.learning_rate() == 0.25);
  CHECK(optimizer->variables()[1]->name == "w_momentum");
}

TEST_CASE("A schedule does not let its rate be set", "[optimizers][schedules]") {
  const Adam optimizer(schedules::CosineDecay(0.1, 10));

  REQUIRE_THROWS_WITH(optimizer.set_learning_rate(0.01), ContainsSubstring("was created with a LearningRateSchedule") &&
                                                             ContainsSubstring("it can not be set to 0.01"));
}

TEST_CASE("Schedules reject lengths that can not be", "[optimizers][schedules]") {
  REQUIRE_THROWS_WITH(schedules::ExponentialDecay(0.1, 0, 0.5),
                      Equals("Argument `decay_steps` must be > 0. Received: decay_steps=0"));
  REQUIRE_THROWS_WITH(schedules::CosineDecayRestarts(0.1, -1),
                      Equals("Argument `first_decay_steps` must be > 0. Received: first_decay_steps=-1"));
  REQUIRE_THROWS_WITH(schedules::PiecewiseConstantDecay({1, 2}, {0.1}),
                      ContainsSubstring("boundaries=[1, 2] of length 2, and values=[0.1] of length 1"));
}
