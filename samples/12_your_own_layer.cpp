// Lesson 12: a layer of your own, which trains, saves and loads like the others.
//
// It is a torch::nn::Module, so everything LibTorch knows of modules works on it. Four functions say what it is: `fields`
// (its arguments, for files), `build` (its weights, once the input's shape is known), `call` (what it computes) and
// `output_shape`. Registered under a package and a name, it is read back from Keras' files.

#include <cstdio>

#include <fmt/format.h>

#include <keraslike/keraslike.h>
#include <keraslike/torch.h>

using namespace keraslike;

namespace {

// A quadratic layer: x * x * squares + x * linear, for each of the input's values.
class QuadraticImpl : public layers::LayerImpl {
 public:
  QuadraticImpl() = default;
  explicit QuadraticImpl(double scale) : scale_(scale) {}

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("scale", scale_);
  }

  void build(const Shape& input_shape) override {
    squares_ = add_weight("squares", {input_shape.back()}, initializers::Constant(scale_));
    linear_ = add_weight("linear", {input_shape.back()}, "ones", {.regularizer = "l2"});
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    return input * input * squares_ + input * linear_;
  }

 private:
  double scale_ = 0.0;
  at::Tensor squares_;
  at::Tensor linear_;
};

}  // namespace

int main() {
  set_random_seed(12);
  registry<layers::LayerImpl>().add_custom<QuadraticImpl>("samples", "Quadratic");

  std::vector<std::vector<double>> x;
  std::vector<double> y;
  for (double v = -2; v <= 2; v += 0.05) {
    x.push_back({v});
    y.push_back(3 * v * v - v);
  }

  Sequential model({Input({1}), Layer::of<QuadraticImpl>(0.5), layers::Dense(1)});
  model.compile({.optimizer = optimizers::Adam(0.05), .loss = "mse"});
  model.fit(x, y, {.epochs = 200, .verbose = 0});
  const Array at_two = model.predict({{2.0}}, {.verbose = 0});
  fmt::print("f(2) is about 10: {}\n", at_two.item() > 9 && at_two.item() < 11);

  const std::string path = "12_your_own_layer.keras";
  model.save(path);
  Model loaded = models::load_model(path);
  std::remove(path.c_str());
  fmt::print("Loaded: {}\n", loaded.layers().front().class_name());
  fmt::print("The same to the last bit: {}\n", loaded.predict({{2.0}}, {.verbose = 0}) == at_two);
}

// Prints:
// f(2) is about 10: true
// Loaded: Quadratic
// The same to the last bit: true
