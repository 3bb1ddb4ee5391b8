// Numbers of Keras 3.15.1 (torch backend); weights and inputs are filled as golden.h says.

#include <ATen/ops/tensor.h>

#include "layers/golden.h"
#include "support/captured.h"

using namespace keraslike;
using test::check_close;
using test::check_layer;
using test::some_input;

namespace {

const std::vector<std::vector<int>> kWords{{1, 2, 0}, {3, 0, 0}};

at::Tensor some_mask() { return at::tensor({1, 0, 1, 0, 0, 1}).reshape({2, 3}).to(at::kBool); }

void fill_all(const Model& model) {
  std::vector<Array> weights;
  for (const Array& weight : model.get_weights()) weights.emplace_back(some_input(weight.shape()));
  model.set_weights(weights);
}

}  // namespace

TEST_CASE("Masking marks the steps of which all values are `mask_value`, and empties them", "[layers][mask]") {
  check_layer(layers::Masking(), {.input = {2, 3, 4}, .output = {2, 3, 4}});
  const layers::Masking masking(0.25);
  const at::Tensor input = at::tensor({0.25f, 0.25f, 0.25f, 1.0f, 3.0f, 4.0f, 0.25f, 0.25f}).reshape({2, 2, 2});

  const layers::Value output = masking->run(layers::Value{input}, {});

  check_close(output.tensor, {0, 0, 0.25, 1, 3, 4, 0, 0});
  CHECK(output.mask.equal(at::tensor({0, 1, 1, 0}).reshape({2, 2}).to(at::kBool)));
  CHECK_THAT(masking.get_config(), ContainsSubstring(R"("mask_value":0.25)"));
}

TEST_CASE("GlobalAveragePooling1D leaves out masked steps", "[layers][mask][golden]") {
  const at::Tensor mask = some_mask();
  check_close(layers::GlobalAveragePooling1D()(some_input({2, 3, 2}), {.mask = &mask}),
              {-0.0293633, 0.1574705, -0.4999951, -0.2682865});
  check_close(layers::GlobalAveragePooling1D({.data_format = "channels_first", .keepdims = true})(
                  some_input({2, 2, 3}), {.mask = &mask}),
              {0.2456478, -0.2590545, 0.2060592, -0.2682865});
}

TEST_CASE("Softmax gives 0 to what is masked, even where all is", "[layers][mask][golden]") {
  const at::Tensor mask = some_mask();
  check_close(layers::Softmax()(some_input({2, 3}), {.mask = &mask}), {0.5866601, 0, 0.4133399, 0, 0, 1});
  const at::Tensor nothing = at::zeros({1, 3}, at::kBool);
  check_close(layers::Softmax()(some_input({1, 3}), {.mask = &nothing}), {0, 0, 0});
  CHECK_THROWS_WITH(layers::Softmax()(some_input({2, 3, 2}), {.mask = &mask}),
                    Equals("The `mask` must be broadcastable to `inputs`. Each mask dimension must be 1 or match the "
                           "corresponding input dimension. Received: inputs.shape=(2, 3, 2), mask.shape=(2, 3)"));
  CHECK_THROWS_WITH(layers::Softmax()(some_input({2}), {.mask = &mask}),
                    ContainsSubstring("and must not have more dimensions. Received: inputs.shape=(2,)"));
}

TEST_CASE("BatchNormalization takes its statistics from what is not masked", "[layers][mask][golden]") {
  const layers::BatchNormalization layer;
  test::fill(layer, {none, 3, 2});
  const at::Tensor mask = some_mask();
  const at::Tensor input = some_input({2, 3, 2}).requires_grad_();

  const at::Tensor output = layer(input, {.training = true, .mask = &mask});

  check_close(output, {1.0140244, 1.0854499, 0.6717453, -0.1112987, 0.1341261, 0.2316053, 0.9238622, 1.1429571,
                       0.804189, 0.0415409, 0.1140561, 0.0468908});
  (output * some_input({2, 3, 2})).sum().backward();
  check_close(input.grad(), {-0.4800558, -0.8938659, 0.0689689, -0.5436063, -0.0604908, 0.4170028, 0.3210858,
                             0.7106495, 0.2014126, -0.3907668, -0.0509208, 0.7005866});
  check_close(layer.get_weights()[2].tensor(), {0.4146658, 0.4502577});
  check_close(layer.get_weights()[3].tensor(), {0.418371, 0.4510938});
  const at::Tensor rows = mask[0];
  CHECK_THROWS_WITH(layer(input, {.mask = &rows}),
                    Equals("The mask provided should be one dimension less than the inputs. Received: mask.shape=(3,), "
                           "inputs.shape=(2, 3, 2)"));
}

TEST_CASE("BatchNormalization with `renorm` corrects by what is not masked", "[layers][mask][golden]") {
  const layers::BatchNormalization layer({.renorm = true});
  test::fill(layer, {none, 3, 2});
  std::vector<Array> weights = layer.get_weights();
  weights[3] = Array(at::tensor({0.5f, 0.6f}));
  weights[4] = Array(at::tensor({0.7f, 0.8f}));
  weights[6] = Array(at::tensor({0.7f, 0.9f}));
  layer.set_weights(weights);
  const at::Tensor mask = some_mask();

  check_close(layer(some_input({2, 3, 2}), {.training = true, .mask = &mask}),
              {0.4207355, 0.4546487, 0.2102623, 0.0338208, -0.120329, 0.1544005, 0.3652933, 0.4748707, 0.2917042,
               0.0875657, -0.1326703, 0.089447});
  check_close(layer.get_weights()[3].tensor(), {0.4852335, 0.631287});
  check_close(layer.get_weights()[6].tensor(), {0.6973044, 0.8941647});
}

TEST_CASE("An Embedding's mask reaches the loss and the metrics", "[layers][mask][golden]") {
  Sequential model({Input({3}), layers::Embedding(4, 2, {.mask_zero = true}), layers::Dense(1)});
  fill_all(model);
  model.compile({.optimizer = optimizers::SGD(0.01), .loss = "mse", .metrics = {"mae"}});

  const History history = model.fit(kWords, some_input({2, 3, 1}),
                                    {.batch_size = 2, .epochs = 2, .verbose = 0, .shuffle = false});

  CHECK(std::abs(history["loss"][0] - 0.4868621826171875) < 1e-6);
  CHECK(std::abs(history["loss"][1] - 0.4789518117904663) < 1e-6);
  CHECK(std::abs(history["mae"][0] - 0.5345870852470398) < 1e-6);
  CHECK(std::abs(history["mae"][1] - 0.5324800610542297) < 1e-6);
}

TEST_CASE("A layer that knows no masks tells once that it destroys one", "[layers][mask]") {
  const CapturedWarnings warnings;
  Sequential model({Input({3}), layers::Embedding(4, 2, {.mask_zero = true}), layers::Dropout(0.5),
                    layers::Flatten({.name = "flat"}), layers::Dense(1)});

  model.predict(kWords, {.verbose = 0});
  model.predict(kWords, {.verbose = 0});

  CHECK(warnings.messages ==
        std::vector<std::string>{
            "Layer 'flat' (of type Flatten) was passed an input with a mask attached to it. However, this layer does "
            "not support masking and will therefore destroy the mask information. Downstream layers will not see the "
            "mask."});
}

TEST_CASE("Merging layers join masks", "[layers][mask][golden]") {
  const Input a({3});
  const Input b({2});
  const Input c({3});
  const layers::Embedding masked(4, 2, {.mask_zero = true});
  const layers::Embedding plain(4, 2);
  const auto mean_of = [](const KerasTensors& tensors) { return layers::GlobalAveragePooling1D()(tensors); };
  Model both({.inputs = {a, b}, .outputs = mean_of(layers::Concatenate({.axis = 1})({masked(a), masked(b)}))});
  Model half({.inputs = {a, b}, .outputs = mean_of(layers::Concatenate({.axis = 1})({masked(a), plain(b)}))});
  Model sum({.inputs = {a, c}, .outputs = mean_of(layers::Add()({masked(a), masked(c)}))});
  fill_all(half);
  const std::vector<std::vector<int>> first_words{{1, 2}, {3, 0}};
  const std::vector<std::vector<int>> backwards{{0, 2, 1}, {0, 0, 3}};

  check_close(both.predict(Data::list(kWords, first_words), {.verbose = 0}).tensor(),
              {-0.2044511, -0.2590545, 0.3284933, 0.4946791});
  check_close(half.predict(Data::list(kWords, first_words), {.verbose = 0}).tensor(),
              {-0.2044511, -0.2590545, 0.3592407, 0.4813356});
  check_close(sum.predict(Data::list(kWords, backwards), {.verbose = 0}).tensor(),
              {0.0078889, -0.0423069, 0.7492288, 0.9493278});
}

TEST_CASE("A mask can be given by hand in a graph", "[layers][mask]") {
  const Input x({3, 2});
  const Input mask({3}, {.dtype = "bool"});
  Model model({.inputs = {x, mask}, .outputs = layers::GlobalAveragePooling1D()(x, {.mask = mask})});

  check_close(model.predict(Data::list(some_input({2, 3, 2}), some_mask()), {.verbose = 0}).tensor(),
              {-0.0293633, 0.1574705, -0.4999951, -0.2682865});
}
