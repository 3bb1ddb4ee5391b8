// One epoch of `fit` against the loop that an expert writes with LibTorch: rows shuffled by one index_select, batches
// as views, gradients set to none, the loss summed on the device.

#include <torch/torch.h>
#include <torch/version.h>

#include "keraslike/keraslike.h"
#include "keraslike/torch.h"
#include "report.h"

namespace keraslike::benchmarks {

namespace {

using Forward = std::function<at::Tensor(const at::Tensor&)>;
using LossFunction = std::function<at::Tensor(const at::Tensor& output, const at::Tensor& target)>;

struct Problem {
  at::Tensor x;
  at::Tensor y;
  int64_t batch;

  int64_t steps() const { return (x.size(0) + batch - 1) / batch; }
};

// A module and its forward, whatever its type.
struct ByLibtorch {
  template <class Module>
  explicit ByLibtorch(const std::shared_ptr<Module>& of)
      : module(of), forward([of](const at::Tensor& x) { return of->forward(x); }) {}

  std::shared_ptr<torch::nn::Module> module;
  Forward forward;
};

std::function<void()> by_hand(const Problem& problem, const ByLibtorch& model, const LossFunction& loss) {
  const std::vector<at::Tensor> weights = model.module->parameters();
  auto optimizer = std::make_shared<torch::optim::Adam>(weights, torch::optim::AdamOptions(1e-3));
  return [=] {
    const int64_t rows = problem.x.size(0);
    const at::Tensor order = torch::randperm(rows);
    const at::Tensor x = problem.x.index_select(0, order);
    const at::Tensor y = problem.y.index_select(0, order);
    at::Tensor total = torch::zeros({});
    for (int64_t begin = 0; begin < rows; begin += problem.batch) {
      const int64_t count = std::min(problem.batch, rows - begin);
      for (const auto& weight : weights) weight.mutable_grad() = at::Tensor();  // zero_grad(set_to_none) of LibTorch 2
      const at::Tensor value = loss(model.forward(x.narrow(0, begin, count)), y.narrow(0, begin, count));
      value.backward();
      optimizer->step();
      total += value.detach() * count;
    }
    total.item<double>();
  };
}

std::function<void()> by_fit(const Problem& problem, Model model, const NameOr<Loss>& loss) {
  model.compile({.optimizer = optimizers::Adam(1e-3), .loss = loss});
  return [=]() mutable { model.fit(problem.x, problem.y, {.batch_size = problem.batch, .epochs = 1, .verbose = 0}); };
}

Case training_case(const std::string& name, const Problem& problem, const ByLibtorch& by_libtorch,
                   const LossFunction& loss, Model model, const NameOr<Loss>& named_loss) {
  return {.name = name,
          .unit = "step",
          .units = static_cast<double>(problem.steps()),
          .reference = by_hand(problem, by_libtorch, loss),
          .keraslike = by_fit(problem, std::move(model), named_loss)};
}

at::Tensor mean_squares(const at::Tensor& output, const at::Tensor& target) {
  return torch::mse_loss(output, target);
}

at::Tensor cross_entropy(const at::Tensor& output, const at::Tensor& target) {
  return torch::nn::functional::cross_entropy(output, target);
}

at::Tensor binary_cross_entropy(const at::Tensor& output, const at::Tensor& target) {
  return torch::binary_cross_entropy_with_logits(output, target);
}

Case seed_mlp() {
  const Problem problem{torch::rand({32000, 10}), torch::rand({32000, 1}), 32};
  torch::nn::Sequential by_libtorch(torch::nn::Linear(10, 128), torch::nn::ReLU(), torch::nn::Linear(128, 1));
  return training_case("seed_mlp", problem, ByLibtorch(by_libtorch.ptr()), mean_squares,
                       Sequential({Input({10}), layers::Dense(128, "relu"), layers::Dense(1)}), "mse");
}

Case mnist_mlp() {
  const at::Tensor x = torch::randn({9600, 784});
  const Problem problem{x, x.mm(torch::randn({784, 10})).argmax(1), 32};
  torch::nn::Sequential by_libtorch(torch::nn::Linear(784, 128), torch::nn::ReLU(), torch::nn::Linear(128, 10));
  return training_case("mnist_mlp", problem, ByLibtorch(by_libtorch.ptr()), cross_entropy,
                       Sequential({Input({784}), layers::Dense(128, "relu"), layers::Dense(10, "softmax")}),
                       "sparse_categorical_crossentropy");
}

Case higgs() {
  const Problem problem{torch::rand({5000, 28}), torch::randint(2, {5000, 1}).to(torch::kFloat), 100};
  torch::nn::Sequential by_libtorch(torch::nn::Linear(28, 300), torch::nn::Tanh());
  std::vector<SequentialItem> layers{Input({28}), layers::Dense(300, "tanh")};
  for (int i = 0; i < 4; ++i) {
    by_libtorch->push_back(torch::nn::Linear(300, 300));
    by_libtorch->push_back(torch::nn::Tanh());
    layers.emplace_back(layers::Dense(300, "tanh"));
  }
  by_libtorch->push_back(torch::nn::Linear(300, 1));
  layers.emplace_back(layers::Dense(1));
  return training_case("higgs", problem, ByLibtorch(by_libtorch.ptr()), binary_cross_entropy, Sequential(layers),
                       losses::BinaryCrossentropy({.from_logits = true}));
}

// The same pictures, channels first for LibTorch's own layers and last for Keras'.
struct Pictures : torch::nn::Module {
  Pictures() {
    register_module("first", first);
    register_module("second", second);
    register_module("head", head);
  }
  at::Tensor forward(const at::Tensor& x) {
    at::Tensor h = torch::max_pool2d(torch::relu(first->forward(x)), 2);
    h = torch::max_pool2d(torch::relu(second->forward(h)), 2);
    return head->forward(h.flatten(1));
  }
  torch::nn::Conv2d first{torch::nn::Conv2dOptions(1, 32, 3)};
  torch::nn::Conv2d second{torch::nn::Conv2dOptions(32, 64, 3)};
  torch::nn::Linear head{1600, 10};
};

Case mnist_cnn() {
  const at::Tensor pictures = torch::rand({640, 28, 28, 1});
  const at::Tensor labels = torch::randint(10, {640}, torch::kLong);
  const Problem first{pictures.reshape({640, 1, 28, 28}), labels, 64};
  const Problem last{pictures, labels, 64};
  Sequential model({Input({28, 28, 1}), layers::Conv2D(32, 3, {.activation = "relu"}), layers::MaxPooling2D(2),
                    layers::Conv2D(64, 3, {.activation = "relu"}), layers::MaxPooling2D(2), layers::Flatten(),
                    layers::Dense(10, "softmax")});
  return {.name = "mnist_cnn",
          .unit = "step",
          .units = static_cast<double>(first.steps()),
          .reference = by_hand(first, ByLibtorch(std::make_shared<Pictures>()), cross_entropy),
          .keraslike = by_fit(last, model, "sparse_categorical_crossentropy")};
}

// Blocks of convolution, normalization by the batch and relu, as most networks for images have them.
struct NormalizedPictures : torch::nn::Module {
  NormalizedPictures() {
    register_module("first", first);
    register_module("first_norm", first_norm);
    register_module("second", second);
    register_module("second_norm", second_norm);
    register_module("head", head);
  }
  at::Tensor forward(const at::Tensor& x) {
    at::Tensor h = torch::max_pool2d(torch::relu(first_norm->forward(first->forward(x))), 2);
    h = torch::max_pool2d(torch::relu(second_norm->forward(second->forward(h))), 2);
    return head->forward(h.flatten(1));
  }
  torch::nn::Conv2d first{torch::nn::Conv2dOptions(1, 32, 3).bias(false)};
  torch::nn::BatchNorm2d first_norm{32};
  torch::nn::Conv2d second{torch::nn::Conv2dOptions(32, 64, 3).bias(false)};
  torch::nn::BatchNorm2d second_norm{64};
  torch::nn::Linear head{1600, 10};
};

Case mnist_cnn_bn() {
  const at::Tensor pictures = torch::rand({640, 28, 28, 1});
  const at::Tensor labels = torch::randint(10, {640}, torch::kLong);
  const Problem first{pictures.reshape({640, 1, 28, 28}), labels, 64};
  const Problem last{pictures, labels, 64};
  Sequential model({Input({28, 28, 1}), layers::Conv2D(32, 3, {.use_bias = false}), layers::BatchNormalization(),
                    layers::ReLU(), layers::MaxPooling2D(2), layers::Conv2D(64, 3, {.use_bias = false}),
                    layers::BatchNormalization(), layers::ReLU(), layers::MaxPooling2D(2), layers::Flatten(),
                    layers::Dense(10, "softmax")});
  return {.name = "mnist_cnn_bn",
          .unit = "step",
          .units = static_cast<double>(first.steps()),
          .reference = by_hand(first, ByLibtorch(std::make_shared<NormalizedPictures>()), cross_entropy),
          .keraslike = by_fit(last, model, "sparse_categorical_crossentropy")};
}

// LibTorch's fused LSTM, its last state into a Dense layer.
struct LastState : torch::nn::Module {
  LastState() {
    register_module("lstm", lstm);
    register_module("head", head);
  }
  at::Tensor forward(const at::Tensor& x) { return head->forward(std::get<0>(lstm->forward(x)).select(1, -1)); }
  torch::nn::LSTM lstm{torch::nn::LSTMOptions(16, 64).batch_first(true)};
  torch::nn::Linear head{64, 1};
};

Case lstm() {
  const Problem problem{torch::rand({640, 30, 16}), torch::rand({640, 1}), 32};
  return training_case("lstm", problem, ByLibtorch(std::make_shared<LastState>()), mean_squares,
                       Sequential({Input({30, 16}), layers::LSTM(64), layers::Dense(1)}), "mse");
}

struct GatedUnits : torch::nn::Module {
  GatedUnits() {
    register_module("gru", gru);
    register_module("head", head);
  }
  at::Tensor forward(const at::Tensor& x) { return head->forward(std::get<0>(gru->forward(x)).select(1, -1)); }
  torch::nn::GRU gru{torch::nn::GRUOptions(16, 64).batch_first(true)};
  torch::nn::Linear head{64, 1};
};

Case gru() {
  const Problem problem{torch::rand({640, 30, 16}), torch::rand({640, 1}), 32};
  return training_case("gru", problem, ByLibtorch(std::make_shared<GatedUnits>()), mean_squares,
                       Sequential({Input({30, 16}), layers::GRU(64), layers::Dense(1)}), "mse");
}

// 100 words of 10,000, the mean of their vectors. An expert narrows the indices to int64 once.
struct MeanOfWords : torch::nn::Module {
  MeanOfWords() {
    register_module("words", words);
    register_module("hidden", hidden);
    register_module("head", head);
  }
  at::Tensor forward(const at::Tensor& x) {
    return head->forward(torch::relu(hidden->forward(words->forward(x).mean(1))));
  }
  torch::nn::Embedding words{10000, 32};
  torch::nn::Linear hidden{32, 16};
  torch::nn::Linear head{16, 1};
};

Case embedding_text() {
  const at::Tensor words = torch::randint(10000, {1600, 100}, torch::kLong);
  const at::Tensor labels = torch::randint(2, {1600, 1}).to(torch::kFloat);
  const Problem by_index{words, labels, 32};
  Sequential model({Input({100}), layers::Embedding(10000, 32), layers::GlobalAveragePooling1D(),
                    layers::Dense(16, "relu"), layers::Dense(1)});
  return {.name = "embedding_text",
          .unit = "step",
          .units = static_cast<double>(by_index.steps()),
          .reference = by_hand(by_index, ByLibtorch(std::make_shared<MeanOfWords>()), binary_cross_entropy),
          .keraslike = by_fit(by_index, model, losses::BinaryCrossentropy({.from_logits = true}))};
}

// Forward and backward over masked words, both states into a Dense layer.
struct BothWays : torch::nn::Module {
  BothWays() {
    register_module("words", words);
    register_module("lstm", lstm);
    register_module("head", head);
  }
  at::Tensor forward(const at::Tensor& x) {
    const at::Tensor states = std::get<0>(std::get<1>(lstm->forward(words->forward(x))));
    return head->forward(torch::cat({states[0], states[1]}, -1));
  }
  torch::nn::Embedding words{2000, 32};
  torch::nn::LSTM lstm{torch::nn::LSTMOptions(32, 32).batch_first(true).bidirectional(true)};
  torch::nn::Linear head{64, 1};
};

// keraslike heeds the mask as well, which would cost the loop a packed sequence.
Case bidirectional_text() {
  const Problem problem{torch::randint(1, 2000, {640, 40}, torch::kLong),
                        torch::randint(2, {640, 1}).to(torch::kFloat), 32};
  Sequential model({Input({40}), layers::Embedding(2000, 32, {.mask_zero = true}),
                    layers::Bidirectional(layers::LSTM(32)), layers::Dense(1)});
  return training_case("bidirectional_text", problem, ByLibtorch(std::make_shared<BothWays>()), binary_cross_entropy,
                       model, losses::BinaryCrossentropy({.from_logits = true}));
}

// One block of a transformer: 4 heads of 16 channels over 32 steps. An expert makes query, key and value in one product.
struct Block : torch::nn::Module {
  Block() {
    register_module("projection", projection);
    register_module("joined", joined);
    register_module("first_norm", first_norm);
    register_module("wide", wide);
    register_module("narrow", narrow);
    register_module("second_norm", second_norm);
    register_module("head", head);
  }
  at::Tensor forward(const at::Tensor& x) {
    const auto parts = projection->forward(x).view({x.size(0), x.size(1), 3, 4, 16}).permute({2, 0, 3, 1, 4}).unbind(0);
    const at::Tensor seen = attended(parts[0], parts[1], parts[2]).transpose(1, 2).reshape(x.sizes());
    const at::Tensor h = first_norm->forward(x + joined->forward(seen));
    const at::Tensor thought = narrow->forward(torch::relu(wide->forward(h)));
    return head->forward(second_norm->forward(h + thought).mean(1));
  }
  static at::Tensor attended(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value) {
#if TORCH_VERSION_MAJOR >= 2
    return at::scaled_dot_product_attention(query, key, value);
#else
    return torch::softmax((query * 0.25).matmul(key.transpose(-2, -1)), -1).matmul(value);
#endif
  }
  torch::nn::Linear projection{64, 192}, joined{64, 64}, wide{64, 128}, narrow{128, 64}, head{64, 10};
  torch::nn::LayerNorm first_norm{torch::nn::LayerNormOptions({64})}, second_norm{torch::nn::LayerNormOptions({64})};
};

Case transformer() {
  const Problem problem{torch::randn({640, 32, 64}), torch::randint(10, {640}, torch::kLong), 32};
  const Input x({32, 64});
  const auto h = layers::LayerNormalization({.epsilon = 1e-5})(
      layers::Add()({x, layers::MultiHeadAttention(4, 16)(x, x)}));
  const auto thought = layers::Dense(64)(layers::Dense(128, "relu")(h));
  const auto all = layers::LayerNormalization({.epsilon = 1e-5})(layers::Add()({h, thought}));
  Model model({.inputs = x, .outputs = layers::Dense(10, "softmax")(layers::GlobalAveragePooling1D()(all))});
  return training_case("transformer", problem, ByLibtorch(std::make_shared<Block>()), cross_entropy, model,
                       "sparse_categorical_crossentropy");
}

}  // namespace

std::vector<Case> training_cases() {
  return {seed_mlp(), mnist_mlp(), higgs(),          mnist_cnn(),          mnist_cnn_bn(),
          lstm(),     gru(),       embedding_text(), bidirectional_text(), transformer()};
}

}  // namespace keraslike::benchmarks
