// LibTorch's modules as layers.

#include "keraslike/layers/torch_module.h"

#include "data/files.h"
#include "keraslike/torch.h"
#include "support/check_layer.h"

using namespace keraslike;

namespace {

struct ScaleImpl : torch::nn::Module {
  ScaleImpl() : scale(register_parameter("scale", torch::full({1}, 2.0))) {}
  torch::Tensor forward(const torch::Tensor& input) { return input * scale; }

  torch::Tensor scale;
};

const at::Tensor x = test::some_input({12, 3});
const at::Tensor y = test::some_input({12, 4});

}  // namespace

TEST_CASE("A module trains as the layer that computes the same", "[layers][torch_module]") {
  const torch::nn::Linear linear(3, 4);
  const layers::TorchModule wrapped(linear);
  const layers::Dense dense(4);
  Sequential first({Input({3}), wrapped});
  Sequential second({Input({3}), dense});
  const auto weights = wrapped.get_weights();
  second.set_weights({Array(weights[0].tensor().t().contiguous()), weights[1]});
  for (Sequential* model : {&first, &second}) {
    model->compile({.optimizer = "adam", .loss = "mse"});
    model->fit(x, y, {.batch_size = 4, .epochs = 3, .verbose = 0, .shuffle = false});
  }
  CHECK(first.predict(x, {.verbose = 0}).tensor().allclose(second.predict(x, {.verbose = 0}).tensor(), 1e-5, 1e-6));
  CHECK_FALSE(first.get_weights()[0] == weights[0]);
  CHECK(linear->weight.equal(first.get_weights()[0].tensor()));  // it is the user's module that trains
  CHECK(wrapped.count_params() == 16);
}

TEST_CASE("A module follows the model into training and inference, and keeps its buffers", "[layers][torch_module]") {
  const torch::nn::Sequential modules(torch::nn::BatchNorm1d(3), torch::nn::Dropout(0.5));
  const layers::TorchModule wrapped(modules);
  Sequential model({Input({3}), wrapped, layers::Dense(4)});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  model.fit(x, y, {.batch_size = 4, .epochs = 1, .verbose = 0});
  CHECK(modules->buffers()[2].item<int64_t>() == 3);  // batches that the normalization has tracked
  CHECK(model.predict(x, {.verbose = 0}) == model.predict(x, {.verbose = 0}));
  CHECK(model->trainable_weights().size() == 4);
  CHECK(model->weights().size() == 7);
  wrapped.set_trainable(false);
  CHECK(model->trainable_weights().size() == 2);
}

TEST_CASE("The shape that a module gives is found by running it, or said", "[layers][torch_module][errors]") {
  const layers::TorchModule convolution(torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 5, 3).stride(2)),
                                        {.name = "convolution"});
  CHECK(convolution.compute_output_shape({none, 3, 9, none}) == Shape{none, 5, 4, none});
  CHECK_THROWS_WITH(convolution.compute_output_shape({none, 4, 9, 9}),
                    StartsWith("Layer 'convolution' (of type TorchModule) can not run its module on an input of shape "
                               "(None, 4, 9, 9): "));
  const layers::TorchModule said(std::make_shared<ScaleImpl>(), {.output_shape = [](const Shape&) {
                                   return Shape{none, 7};
                                 }});
  CHECK(said.compute_output_shape({none, 3}) == Shape{none, 7});
  CHECK_THROWS_WITH(layers::TorchModule(std::shared_ptr<ScaleImpl>()), ContainsSubstring("expects a LibTorch module"));
}

TEST_CASE("A module stands in a graph, and its weights in files", "[layers][torch_module]") {
  const tests::TemporaryFolder folder;
  const auto make = [] {
    const Input input({3}, {.name = "in"});
    const layers::TorchModule scale(std::make_shared<ScaleImpl>());
    return Model({.inputs = input, .outputs = layers::Add()({input, scale(input)})});
  };
  Model model = make();
  CHECK(model.predict(x, {.verbose = 0}).tensor().allclose(x * 3));
  CHECK_THROWS_WITH(model.save(folder.file("m.keras")),
                    ContainsSubstring("holds a module of LibTorch's that no file could make again"));
  model.layers()[1].set_weights({Array(std::vector<float>{5})});
  model.save_weights(folder.file("m.weights.h5"));
  Model again = make();
  again.load_weights(folder.file("m.weights.h5"));
  CHECK(again.predict(x, {.verbose = 0}).tensor().allclose(x * 6));
}

TEST_CASE("A module that a registered function makes is saved and loaded with its model", "[layers][torch_module]") {
  register_function<layers::ModuleFactory>("tests", "scale", [] { return std::make_shared<ScaleImpl>(); });
  const auto pair = register_function<layers::ModuleFactory>("tests", "linear_and_norm", [] {
    return torch::nn::Sequential(torch::nn::Linear(3, 4), torch::nn::BatchNorm1d(4));
  });
  const tests::TemporaryFolder folder;
  Sequential model({Input({3}), layers::TorchModule(pair, {.name = "pair"}),
                    layers::TorchModule("tests>scale", {.trainable = false})});
  model.compile({.optimizer = "adam", .loss = "mse"});
  model.fit(x, y, {.batch_size = 4, .epochs = 2, .verbose = 0});
  model.save(folder.file("m.keras"));

  Model loaded = models::load_model(folder.file("m.keras"));

  CHECK(loaded.predict(x, {.verbose = 0}) == model.predict(x, {.verbose = 0}));
  CHECK(loaded.layers()[0].name() == "pair");
  CHECK_FALSE(loaded.layers()[1].trainable());
  CHECK(loaded.fit(x, y, {.batch_size = 4, .epochs = 1, .verbose = 0, .shuffle = false}).history() ==
        model.fit(x, y, {.batch_size = 4, .epochs = 1, .verbose = 0, .shuffle = false}).history());

  const layers::ModuleFactory nameless([] { return torch::nn::Linear(3, 4); });
  Sequential other({Input({3}), layers::TorchModule(nameless)});
  CHECK_THROWS_WITH(other.save(folder.file("n.keras")), ContainsSubstring("is saved by its name, and this has none"));
  CHECK_THROWS_WITH(layers::TorchModule("scala"), ContainsSubstring("Did you mean 'scale'?"));
}

TEST_CASE("A module is run once to learn its output's shape", "[layers][torch_module]") {
  struct CountedImpl : torch::nn::Module {
    torch::Tensor forward(const torch::Tensor& input) {
      ++runs;
      return input * 2;
    }
    int runs = 0;
  };
  const auto counted = std::make_shared<CountedImpl>();
  Sequential model({Input({3}), layers::TorchModule(counted)});
  model.predict(x, {.verbose = 0});
  const int first = counted->runs;
  model.predict(x, {.verbose = 0});
  CHECK(counted->runs == first + 1);
}
