#include <string>

#include <ATen/core/Tensor.h>

#include "keraslike/losses/crossentropy.h"
#include "keraslike/losses/focal.h"
#include "keraslike/losses/generalized_crossentropy.h"
#include "keraslike/losses/regression.h"
#include "keraslike/losses/segmentation.h"
#include "keraslike/losses/wrapper.h"
#include "keraslike/saving/config.h"
#include "losses/inputs.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::losses;
using namespace keraslike::test;

namespace {

std::string config_of(LossImpl& loss) {
  return saving::write_config([&](Fields& field) { loss.fields(field); });
}

}  // namespace

// keras.losses.<Class>(...).get_config(), Keras 3.15.1; also Huber's `delta` and the `axis` of CosineSimilarity and
// SparseCategoricalCrossentropy, which 3.15.1 forgets and later versions write.
TEST_CASE("A loss' config is Keras'", "[losses]") {
  const auto [loss, json] = GENERATE(table<Loss, std::string>({
      {MeanSquaredError({.reduction = "sum", .name = "m"}), R"({"name":"m","reduction":"sum"})"},
      {Huber({.delta = 2.0}), R"({"name":"huber_loss","reduction":"sum_over_batch_size","delta":2.0})"},
      {BinaryCrossentropy({.from_logits = true}),
       R"({"name":"binary_crossentropy","reduction":"sum_over_batch_size","from_logits":true,"label_smoothing":0.0,)"
       R"("axis":-1})"},
      {SparseCategoricalCrossentropy({.ignore_class = 3}),
       R"({"name":"sparse_categorical_crossentropy","reduction":"sum_over_batch_size","from_logits":false,)"
       R"("ignore_class":3,"axis":-1})"},
      {BinaryFocalCrossentropy(),
       R"({"name":"binary_focal_crossentropy","reduction":"sum_over_batch_size","from_logits":false,)"
       R"("label_smoothing":0.0,"axis":-1,"apply_class_balancing":false,"alpha":0.25,"gamma":2.0})"},
      {Dice(), R"({"name":"dice","reduction":"sum_over_batch_size","axis":null})"},
      {Tversky({.axis = {1, 2}}),
       R"({"name":"tversky","reduction":"sum_over_batch_size","alpha":0.5,"beta":0.5,"axis":[1,2]})"},
      {CategoricalGeneralizedCrossEntropy(),
       R"({"name":"categorical_generalized_cross_entropy","reduction":"sum_over_batch_size","q":0.5})"},
  }));

  REQUIRE(config_of(*loss) == json);
}

TEST_CASE("Every loss can be written and read back", "[losses]") {
  const auto& known = registry<LossImpl>();
  const auto name = GENERATE_REF(from_range(known.classes()));
  const auto written = known.make(name);
  written->set_name("mine");
  const auto read = known.make(name);

  saving::read_config(config_of(*written), name, [&](Fields& field) { read->fields(field); });

  REQUIRE(read->name() == "mine");
  REQUIRE(config_of(*read) == config_of(*written));
}

TEST_CASE("What a config says is what the loss then does", "[losses]") {
  const auto read = registry<LossImpl>().make("Huber");
  saving::read_config(R"({"name": "h", "reduction": null, "delta": 0.3})", "Huber",
                      [&](Fields& field) { read->fields(field); });

  REQUIRE(read->reduction() == "none");
  REQUIRE(is_close(Loss(read)(values(), scores()), {0.11970683F, 0.2559F, 0.54910004F, 0.18543267F}));
}

TEST_CASE("One axis of a config may be a number", "[losses]") {
  const auto read = registry<LossImpl>().make("Dice");
  saving::read_config(R"({"axis": 1})", "Dice", [&](Fields& field) { read->fields(field); });

  REQUIRE(is_close(Loss(read)(multi_hot(), probabilities()), 0.538177F));
}

TEST_CASE("A loss that is a function without a name can not be saved", "[losses]") {
  const LossFunctionWrapper loss([](const at::Tensor& y_true, const at::Tensor&) { return y_true; }, {.name = "mine"});

  REQUIRE_THROWS_WITH(config_of(*loss), ContainsSubstring("is saved by its name, and 'mine' is not registered"));
}
