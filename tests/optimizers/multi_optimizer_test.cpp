#include "keraslike/optimizers/multi_optimizer.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include "keraslike/optimizers/adam.h"
#include "keraslike/optimizers/lion.h"
#include "keraslike/optimizers/loss_scale_optimizer.h"
#include "keraslike/optimizers/rmsprop.h"
#include "keraslike/optimizers/schedules.h"
#include "keraslike/optimizers/sgd.h"
#include "keraslike/saving/config.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/naming.h"
#include "optimizers/trajectory.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::optimizers;

namespace {

std::string config_of(const Optimizer& optimizer) {
  return saving::write_config([&](Fields& field) { optimizer->fields(field); });
}

Optimizer read(const std::string& config) {
  const auto impl = registry<OptimizerImpl>().make("MultiOptimizer");
  saving::read_config(config, "MultiOptimizer", [&](Fields& field) { impl->fields(field); });
  return Optimizer(impl);
}

std::vector<WeightPtr> encoder_and_head() {
  return {make_weight("encoder/kernel", {2}, {1, 2}), make_weight("head/kernel", {2}, {3, 4})};
}

const at::Tensor one = at::ones({2});

}  // namespace

TEST_CASE("An OptimizerMap finds a path, a pattern that fits all of it, or the default", "[optimizers]") {
  const Adam adam;
  const SGD sgd;
  const RMSprop otherwise;

  const OptimizerMap map(otherwise, {{"encoder/layer_0/dense", adam}, {"encoder/.*", sgd}, {"decoder", adam}});

  CHECK(map["decoder"] == adam);
  CHECK(map["encoder/layer_0/dense"] == adam);
  CHECK(map["encoder/layer_0/attention/query"] == sgd);
  CHECK(map["decoder/layer_0/dense"] == otherwise);
}

TEST_CASE("An OptimizerMap refuses what Keras' refuses", "[optimizers][errors]") {
  OptimizerMap map{SGD()};
  map.set("a", SGD({.name = "first"}));
  map.set("a.*", SGD());
  map.set("ab.*", SGD());

  CHECK_THROWS_WITH(map["abc"], "Multiple optimizers assigned to variable abc.");
  CHECK_THROWS_WITH(map.set("a", SGD()), "'a' already exists in the OptimizerMap with value first. Please make sure to "
                                         "not use duplicated keys.");
  CHECK_THROWS_WITH(map.set("b", LossScaleOptimizer(SGD())), "optimizer cannot be LossScaleOptimizer.");
  CHECK_THROWS_WITH(map.set("b", MultiOptimizer(map)), "optimizer cannot be MultiOptimizer.");
  CHECK_THROWS_WITH(map.set("(", SGD()),
                    StartsWith("OptimizerMap expects paths or regular expressions as keys. Received: '(' ("));
}

TEST_CASE("A MultiOptimizer's steps are Keras'", "[optimizers][golden]") {
  const Adam adam(0.1, {.weight_decay = 0.02, .clipnorm = 1.0, .use_ema = true, .ema_momentum = 0.9});
  check_golden("MultiOptimizer clipped and averaged",
               MultiOptimizer(OptimizerMap(SGD(0.1, {.momentum = 0.9, .clipvalue = 0.5}), {{"ker.*", adam}})));
  check_golden("MultiOptimizer scaled",
               MultiOptimizer(OptimizerMap(Adam(schedules::ExponentialDecay(0.1, 4, 0.5)),
                                           {{"bias", RMSprop(0.1, {.gradient_accumulation_steps = 2})}}),
                              {.loss_scale_factor = 2.0}));
  const SGD sgd(0.1);
  const Lion lion(0.1);
  const auto choose = [=](const std::string& path) -> Optimizer {
    if (path == "kernel") return sgd;
    return lion;
  };
  check_golden("MultiOptimizer in a LossScaleOptimizer",
               LossScaleOptimizer(MultiOptimizer(choose), {.initial_scale = 4.0, .dynamic_growth_steps = 3}));
}

// [v.path for v in optimizer.variables], Keras 3.15.1.
TEST_CASE("A MultiOptimizer has its own variables and then those inside", "[optimizers]") {
  utils::reset_unique_names();
  const MultiOptimizer multi(OptimizerMap(SGD(0.1, {.momentum = 0.9}), {{"encoder/.*", Adam()}}));

  multi->build(encoder_and_head());

  CHECK(paths(multi) ==
        std::vector<std::string>{"multi_optimizer/iteration", "multi_optimizer/learning_rate", "adam/iteration",
                                 "adam/learning_rate", "adam/encoder_kernel_momentum", "adam/encoder_kernel_velocity",
                                 "sgd/iteration", "sgd/learning_rate", "sgd/head_kernel_momentum"});
  REQUIRE(multi.optimizers().size() == 2);
  CHECK(multi.optimizers()[0].name() == "adam");
  CHECK(multi.optimizers()[1].name() == "sgd");
  CHECK(SGD().optimizers().empty());
}

TEST_CASE("Each optimizer inside counts its own steps", "[optimizers]") {
  const SGD often(0.5);
  const SGD rarely(0.5, {.gradient_accumulation_steps = 2});
  const MultiOptimizer multi(OptimizerMap(often, {{"head/.*", rarely}}));
  const auto weights = encoder_and_head();
  multi->build(weights);

  for (int step = 0; step < 3; ++step) multi->apply({one, one});

  CHECK(multi.iterations() == 3);
  CHECK(often.iterations() == 3);
  CHECK(rarely.iterations() == 1);
  check_close(values_of(weights[0]), {-0.5, 0.5});
  check_close(values_of(weights[1]), {2.5, 3.5});
}

TEST_CASE("A MultiOptimizer has no learning rate", "[optimizers][errors]") {
  const MultiOptimizer multi{OptimizerMap(SGD(0.5))};

  CHECK_THROWS_WITH(multi.learning_rate(),
                    "Learning rate cannot be accessed on a MultiOptimizer. Access the learning rate on the individual "
                    "sub-optimizers instead.");
  CHECK_THROWS_WITH(multi.set_learning_rate(0.1),
                    "Learning rate cannot be set on a MultiOptimizer. Set the learning rate on the individual "
                    "sub-optimizers instead.");
  CHECK_THROWS_WITH(LossScaleOptimizer(multi).learning_rate(), StartsWith("Learning rate cannot be accessed"));
  CHECK_THROWS_WITH(multi.exclude_from_weight_decay({"bias"}), ContainsSubstring("individual sub-optimizers"));
  multi.optimizers()[0].set_learning_rate(0.25);
  CHECK(multi.optimizers()[0].learning_rate() == 0.25);
}

TEST_CASE("What a MultiOptimizer can not do changes nothing", "[optimizers][errors]") {
  const auto weights = encoder_and_head();
  const auto message = [&](const Optimizer& inside) {
    try {
      MultiOptimizer([=](const std::string& path) { return path == "head/kernel" ? inside : SGD(); })->build(weights);
    } catch (const ValueError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(message(LossScaleOptimizer(SGD())) == "LossScaleOptimizer cannot be used inside an MultiOptimizer.");
  CHECK(message(MultiOptimizer{OptimizerMap(SGD())}) == "MultiOptimizer cannot be used inside an MultiOptimizer.");
  CHECK(message(Optimizer(nullptr)) == "Optimizer for variable head/kernel is not an Optimizer instance.");
  CHECK_THROWS_WITH(MultiOptimizer(MultiOptimizer::Choice()),
                    "MultiOptimizer expects a function. Received an empty one.");

  const MultiOptimizer multi(OptimizerMap(SGD(0.5), {{"head/.*", SGD(0.5)}}));
  multi->build(weights);
  CHECK_THROWS_WITH(
      multi->apply({one}, {weights[0]}),
      "Gradients must match trainable variables one-to-one. Received 1 gradients and 2 variables.");
  CHECK_THROWS_WITH(multi->apply({one, at::Tensor()}), "No gradients provided for any variable.");
  CHECK_THROWS_WITH(multi->apply({one, one}, {weights[0], make_weight("other", {2}, {0, 0})}),
                    StartsWith("Unknown variable: other, of shape (2,)."));
  check_close(values_of(weights[0]), {1, 2});
  CHECK(multi.iterations() == 0);
}

TEST_CASE("Averages are those of the optimizers inside that keep some", "[optimizers]") {
  const auto weights = encoder_and_head();
  const MultiOptimizer multi(OptimizerMap(SGD(1.0), {{"head/.*", SGD(1.0, {.use_ema = true, .ema_momentum = 0.5})}}));
  multi->build(weights);
  for (int step = 0; step < 2; ++step) multi->apply({one, one});

  multi->swap_averages();

  check_close(values_of(weights[0]), {-1, 0});
  check_close(values_of(weights[1]), {1.5, 2.5});
  CHECK_THROWS_WITH(MultiOptimizer{OptimizerMap(SGD())}->swap_averages(),
                    "SwapEMAWeights must be used when at least one inner optimizer has `use_ema=True` set. Received a "
                    "MultiOptimizer with all inner optimizers having `use_ema=False`.");
}

TEST_CASE("A MultiOptimizer's config is Keras', and makes it again", "[optimizers][config]") {
  const MultiOptimizer multi(OptimizerMap(SGD(0.5, {.name = "s"}), {{"b/.*", Adam(0.25, {.name = "a"})}, {"a", SGD()}}),
                             {.loss_scale_factor = 8.0, .name = "m"});
  const std::string config = config_of(multi);

  CHECK_THAT(config, StartsWith(R"({"optimizer_map":{"module":"keras.optimizers","class_name":"OptimizerMap","config":)"
                                R"({"default_optimizer":{"module":"keras.optimizers","class_name":"SGD","config":)"
                                R"({"name":"s","learning_rate":0.5,)"));
  CHECK_THAT(config, ContainsSubstring(R"("optimizer_map":{"b/.*":{"module":"keras.optimizers","class_name":"Adam",)"
                                       R"("config":{"name":"a","learning_rate":0.25,)"));
  CHECK_THAT(config, ContainsSubstring(R"("registered_name":null},"loss_scale_factor":8.0,"name":"m"})"));
  const Optimizer again = read(config);
  CHECK(config_of(again) == config);
  CHECK(again.optimizers().size() == 3);
  CHECK(again->scale_loss(one).equal(one * 8));
}

TEST_CASE("A config without optimizers is refused, and a function makes none", "[optimizers][config][errors]") {
  const MultiOptimizer chosen([](const std::string&) { return SGD(); }, {.name = "m"});

  CHECK_THROWS_WITH(config_of(chosen), "The optimizer 'm' chooses by a function, which no file holds. Give it an "
                                       "OptimizerMap to save it.");
  CHECK_THROWS_WITH(read(R"({"name":"m"})"),
                    ContainsSubstring("MultiOptimizer expects an `optimizer_map`. Received: none"));
  CHECK_THROWS_WITH(read(R"({"optimizer_map":{"class_name":"OptimizerMap","config":{"optimizer_map":{}}}})"),
                    ContainsSubstring("OptimizerMap expects a `default_optimizer`. Received: none"));
  CHECK_THROWS_WITH(read(R"({"optimizer_map":{"class_name":"OptimizerMap","config":{"default_optimizer":"sgd",)"
                         R"("optimizer_map":{"a":"sgdd"}}}})"),
                    ContainsSubstring("optimizer_map['a']"));
}
