// Lesson 15: a model of your own, with a step of its own, and LibTorch's modules inside.
//
// In Python one derives from keras.Model and overrides `train_step`. Here it is `models::CustomModelImpl`. `fit` still
// does the rest: batches, callbacks, validation, History. The step below trains an autoencoder, whose targets are its
// inputs, and reports a second number beside the loss. Half of the model is a torch::nn::Module.

#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include <keraslike/keraslike.h>
#include <keraslike/torch.h>

using namespace keraslike;

namespace {

// A module of LibTorch's as a layer that files can name: its class makes the module.
class EncoderImpl : public layers::TorchModuleImpl {
 public:
  EncoderImpl()
      : TorchModuleImpl(torch::nn::Sequential(torch::nn::Linear(8, 6), torch::nn::Tanh(), torch::nn::Linear(6, 2)).ptr()) {
  }
};

class AutoencoderImpl : public models::CustomModelImpl {
 public:
  AutoencoderImpl() = default;
  explicit AutoencoderImpl(double sparsity) : sparsity_(sparsity) {}

  void fields(Fields& field) override {
    CustomModelImpl::fields(field);
    field("sparsity", sparsity_);
  }

  at::Tensor call(const at::Tensor& input, const layers::CallOptions& options) override {
    return decoder_(encoder_(input, options), options);
  }

  Shape output_shape(const Shape& input_shape) const override { return input_shape; }

  training::StepLogs train_step(training::BatchStep& step) override {
    const at::Tensor code = encoder_(step.x(), {.training = true});
    const at::Tensor error = (decoder_(code, {.training = true}) - step.x()).square().mean();
    const at::Tensor activity = code.abs().mean();
    step.apply_gradients(error + sparsity_ * activity);
    step.update_loss(error);
    activity_.update_state(activity.detach());
    auto logs = step.results();
    logs.emplace_back("activity", activity_.result().item<double>());
    return logs;
  }

  training::StepLogs test_step(training::BatchStep& step) override {
    step.update_loss((step.forward().front().tensor - step.x()).square().mean());
    return step.results();
  }

  std::vector<Metric> metrics() const override { return {activity_}; }

 private:
  double sparsity_ = 0.0;
  Layer encoder_ = track("encoder", Layer::of<EncoderImpl>());
  Layer decoder_ = track("decoder", layers::Dense(8));
  metrics::Mean activity_ = metrics::Mean({.name = "activity"});
};

// Rows of eight numbers that follow from two.
std::vector<std::vector<double>> waves(int rows) {
  std::vector<std::vector<double>> x;
  for (int i = 0; i < rows; ++i) {
    x.emplace_back();
    for (int j = 0; j < 8; ++j) x.back().push_back(std::sin(0.4 * i) * j / 8 + std::cos(0.7 * i) * (8 - j) / 8);
  }
  return x;
}

}  // namespace

int main() {
  torch::manual_seed(15);
  set_random_seed(15);
  registry<layers::LayerImpl>().add_custom<EncoderImpl>("samples", "Encoder");
  registry<layers::LayerImpl>().add_custom<AutoencoderImpl>("samples", "Autoencoder");

  const auto x = waves(200);
  Model model = Model::of<AutoencoderImpl>(0.001);
  model.compile({.optimizer = optimizers::Adam(0.01)});
  const History history = model.fit(x, {}, {.epochs = 60, .verbose = 0});
  fmt::print("It learned: {}\n", history["loss"].back() < 0.05 * history["loss"].front());
  fmt::print("History:");
  for (const auto& key : history.keys()) fmt::print(" {}", key);
  fmt::print("\nEight numbers become two: {}\n", model.evaluate(x, {}, {.verbose = 0}).loss() < 0.01);

  const std::string path = "15_your_own_model.keras";
  model.save(path);
  Model loaded = models::load_model(path);
  std::remove(path.c_str());
  fmt::print("Loaded: {}, with {}\n", loaded.class_name(), loaded.layers().front().class_name());
  fmt::print("The same to the last bit: {}\n", loaded.predict(x, {.verbose = 0}) == model.predict(x, {.verbose = 0}));
}

// Prints:
// It learned: true
// History: activity loss
// Eight numbers become two: true
// Loaded: Autoencoder, with Encoder
// The same to the last bit: true
