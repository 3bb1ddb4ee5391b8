#include "keraslike/optimizers/muon.h"

#include "optimizers/trajectory.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::optimizers;

// Golden values from Keras 3.15.1 (torch backend): w = [1, -2, 0.5] after three `apply`, learning rate 0.1.
TEST_CASE("Muon moves vectors as AdamW does", "[optimizers][muon]") {
  check_close(after_three_steps(Muon(0.1)), {0.8064522743225098, -1.9862017631530762, 0.26749593019485474});
}

TEST_CASE("Muon follows Keras for ten steps with every common option", "[optimizers][muon]") {
  const MuonOptions excluded{.adam_weight_decay = {}, .exclude_layers = {"ker"}, .adam_lr_ratio = 0.5};
  const MuonOptions other{.adam_weight_decay = 0.05, .momentum = 0.8, .ns_steps = 3, .nesterov = false, .rms_rate = {}};

  check_golden("Muon 0", Muon(0.1));
  check_golden("Muon 1", Muon(0.1, excluded));
  check_golden("Muon 2", Muon(0.1, other));
  check_common_options<Muon>("Muon", other);
}

TEST_CASE("Muon keeps a velocity for those that are no matrices, and for embeddings", "[optimizers][muon]") {
  const auto kernel = make_weight("dense/kernel", {2, 2}, {1, 2, 3, 4});
  const auto bias = make_weight("dense/bias", {2}, {1, 2});
  const auto words = make_weight("my_Embedding/embeddings", {2, 2}, {1, 2, 3, 4});
  const Muon muon(MuonOptions{});
  muon->build({kernel, bias, words});
  std::vector<std::string> names;
  for (const auto& variable : muon->variables()) names.push_back(variable->name);
  CHECK(names == std::vector<std::string>{"iteration", "learning_rate", "dense_kernel_momentum", "dense_bias_momentum",
                                          "dense_bias_velocity", "my_Embedding_embeddings_momentum",
                                          "my_Embedding_embeddings_velocity"});
  const Muon all({.exclude_embeddings = false});
  all->build({words});
  CHECK(all->variables().size() == 3);
}

TEST_CASE("Muon wants expressions that can be read", "[optimizers][muon][errors]") {
  CHECK_THROWS_WITH(Muon({.exclude_layers = {"dense", "("}}),
                    StartsWith("`exclude_layers` expects words or regular expressions. Received: '(' ("));
}
