// Lesson 16: functions of your own, which files know by name, and a model with several inputs and outputs.
//
// Keras takes a plain function for an activation, a loss, a metric or a Lambda layer, and so does keraslike. Registered
// under a package and a name, as `register_keras_serializable` does it in Python, it is saved by that name and found
// again when the file is read. No code is ever in a file: Keras' own Lambda layers hold Python's, and are refused.

#include <cmath>
#include <cstdio>

#include <fmt/ranges.h>

#include <keraslike/keraslike.h>
#include <keraslike/torch.h>

using namespace keraslike;

namespace {

at::Tensor cube(const at::Tensor& x) { return x * x * x; }
at::Tensor fourth_power(const at::Tensor& y_true, const at::Tensor& y_pred) { return (y_true - y_pred).pow(4); }
at::Tensor largest_error(const at::Tensor& y_true, const at::Tensor& y_pred) { return (y_true - y_pred).abs().amax(-1); }
at::Tensor squares(const at::Tensor& x) { return torch::cat({x, x * x}, 1); }

void register_functions() {
  register_function<Activation>("samples", "cube", cube);
  register_function<Loss>("samples", "fourth_power", fourth_power);
  register_function<Metric>("samples", "largest_error", largest_error);
  register_function<layers::LambdaFunction>("samples", "squares", squares);
  register_function<layers::ModuleFactory>("samples", "two_layers", [] {
    return torch::nn::Sequential(torch::nn::Linear(4, 8), torch::nn::Tanh(), torch::nn::Linear(8, 4));
  });
}

// Where a body flies and how fast it is, from its start and the time: two inputs, two outputs, and a step that trains
// the second output only half as hard.
class FlightImpl : public models::CustomModelImpl {
 public:
  std::vector<std::string> input_names() const override { return {"start", "time"}; }
  std::vector<std::string> output_names() const override { return {"place", "speed"}; }

  models::Tensors call_several(const models::Tensors& inputs, const layers::CallOptions& options) override {
    const at::Tensor hidden = hidden_(torch::cat({inputs[0], inputs[1], inputs[1].square()}, 1), options);
    return {place_(hidden, options), speed_(hidden, options)};
  }

  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override {
    const Shape one{inputs[0][0], 1};
    return {one, one};
  }

  training::StepLogs train_step(training::BatchStep& step) override {
    const auto outputs = step.forward();
    const auto error = [&](size_t i) { return (outputs[i].tensor - step.batch().y[i]).square().mean(); };
    step.apply_gradients(error(0) + 0.5 * error(1));
    step.update_loss(error(0));
    return step.results();
  }

 private:
  Layer hidden_ = track("hidden", layers::Dense(16, "tanh"));
  Layer place_ = track("place", layers::Dense(1));
  Layer speed_ = track("speed", layers::Dense(1));
};

}  // namespace

int main() {
  set_random_seed(16);
  register_functions();
  registry<layers::LayerImpl>().add_custom<FlightImpl>("samples", "Flight");

  std::vector<std::vector<double>> x, start, time, place, speed;
  for (int i = 0; i < 60; ++i) {
    x.push_back({std::sin(0.3 * i), std::cos(0.7 * i)});
    start.push_back({std::sin(0.5 * i)});
    time.push_back({0.02 * i});
    place.push_back({start[i][0] + time[i][0] - 0.5 * time[i][0] * time[i][0]});
    speed.push_back({1 - time[i][0]});
  }

  Sequential model({Input({2}), layers::Lambda("squares"), layers::TorchModule("two_layers"), layers::Dense(6, "cube"),
                    layers::Dense(2)});
  model.compile({.optimizer = "adam", .loss = "fourth_power", .metrics = {"largest_error"}});
  const History history = model.fit(x, x, {.epochs = 5, .verbose = 0});
  fmt::print("History: {}\n", fmt::join(history.keys(), ", "));

  const std::string path = "16_your_own_functions.keras";
  model.save(path);
  fmt::print("The same to the last bit: {}\n",
             models::load_model(path).predict(x, {.verbose = 0}) == model.predict(x, {.verbose = 0}));

  Model flight = Model::of<FlightImpl>();
  flight.compile({.optimizer = optimizers::Adam(0.02), .loss = "mse", .metrics = {{"place", {"mae"}}}});
  const Data inputs = Data::named({{"time", time}, {"start", start}});
  flight.fit(inputs, Data::named({{"place", place}, {"speed", speed}}), {.epochs = 150, .verbose = 0});
  const Scores scores = flight.evaluate(inputs, Data::list(place, speed), {.verbose = 0});
  fmt::print("Scores: {}\n", fmt::join(scores.names(), ", "));
  fmt::print("It flies: {}\n", scores["place_mae"] < 0.1);

  flight.save(path);
  Model loaded = models::load_model(path);
  std::remove(path.c_str());
  const auto [where, how_fast] = loaded.predict<2>(inputs, {.verbose = 0});
  fmt::print("Loaded: {}, the same: {}\n", loaded.class_name(), where == flight.predict<2>(inputs, {.verbose = 0})[0]);
}

// Prints:
// History: largest_error, loss
// The same to the last bit: true
// Scores: loss, place_loss, speed_loss, place_mae
// It flies: true
// Loaded: Flight, the same: true
