// Models of the user's own classes: what they compute, what they do with a batch, and their files.

#include "keraslike/models/custom_model.h"

#include "data/files.h"
#include "keraslike/saving/hdf5.h"
#include "keraslike/saving/zip_file.h"
#include "keraslike/torch.h"
#include "support/check_layer.h"

using namespace keraslike;
using tests::TemporaryFolder;

namespace {

// Two layers, as a Sequential model would have them.
class PlainImpl : public models::CustomModelImpl {
 public:
  PlainImpl() = default;
  explicit PlainImpl(int64_t units) : units_(units) { make(); }

  void fields(Fields& field) override {
    CustomModelImpl::fields(field);
    field("units", units_);
    if (field.is_reading()) make();
  }

  at::Tensor call(const at::Tensor& input, const CallOptions& options) override {
    return (*last_)((*dropout_)((*first_)(input, options), options), options);
  }

  Shape output_shape(const Shape& input_shape) const override {
    return last_->compute_output_shape(first_->compute_output_shape(input_shape));
  }

 private:
  void make() {
    first_ = track("first", layers::Dense(units_, "relu"));
    dropout_ = track("dropout", layers::Dropout(0.5));
    last_ = track("last", layers::Dense(2, {.kernel_regularizer = "l2"}));
  }

  int64_t units_ = 0;
  std::optional<layers::Dense> first_;
  std::optional<layers::Dropout> dropout_;
  std::optional<layers::Dense> last_;
};

// Lowers the mean of its outputs, whatever the targets say, and counts batches.
class OwnStepImpl : public models::CustomModelImpl {
 public:
  at::Tensor call(const at::Tensor& input, const CallOptions& options) override { return dense_(input, options); }
  Shape output_shape(const Shape& input_shape) const override { return dense_.compute_output_shape(input_shape); }

  training::StepLogs train_step(training::BatchStep& step) override {
    const at::Tensor mean = step.forward().front().tensor.mean();
    step.apply_gradients(mean);
    size_.update_state(at::full({}, static_cast<double>(step.batch().rows())));
    return {{"mean", mean.item<double>()}, {"size", size_.result().item<double>()}};
  }
  training::StepLogs test_step(training::BatchStep& step) override {
    return {{"mean", step.forward().front().tensor.mean().item<double>()}};
  }
  std::vector<Metric> metrics() const override { return {size_}; }

 private:
  layers::Dense dense_ = track("dense", layers::Dense(1));
  metrics::Mean size_;
};

// make_functions.py has the same in Python.
class TwoHeadsImpl : public models::CustomModelImpl {
 public:
  TwoHeadsImpl() = default;
  explicit TwoHeadsImpl(int64_t units) : units_(units) { make(); }

  void fields(Fields& field) override {
    CustomModelImpl::fields(field);
    field("units", units_);
    if (field.is_reading()) make();
  }

  std::vector<std::string> input_names() const override { return {"a", "b"}; }
  std::vector<std::string> output_names() const override { return {"left", "right"}; }

  models::Tensors call_several(const models::Tensors& inputs, const CallOptions& options) override {
    const at::Tensor hidden = (*hidden_)(torch::cat({inputs[0], inputs[1]}, 1), options);
    return {(*left_)(hidden, options), (*right_)(hidden, options)};
  }

  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override {
    const int64_t rows = inputs[0][0];
    return {Shape{rows, 1}, Shape{rows, 2}};
  }

 private:
  void make() {
    hidden_ = track("hidden", layers::Dense(units_, "tanh"));
    left_ = track("left", layers::Dense(1));
    right_ = track("right", layers::Dense(2));
  }

  int64_t units_ = 0;
  std::optional<layers::Dense> hidden_;
  std::optional<layers::Dense> left_;
  std::optional<layers::Dense> right_;
};

// The same without names, as Keras' lists.
class ListsImpl : public TwoHeadsImpl {
 public:
  ListsImpl() : TwoHeadsImpl(4) {}

  std::vector<std::string> input_names() const override { return {"", ""}; }
  std::vector<std::string> output_names() const override { return {"", ""}; }
};

at::Tensor rows(int64_t count, int64_t width, double step) {
  return (at::arange(count * width, at::kFloat) * 0.7 + step).sin().reshape({count, width});
}

const at::Tensor x = test::some_input({12, 3});
const at::Tensor y = test::some_input({12, 2});
const FitOptions twice{.batch_size = 4, .epochs = 2, .verbose = 0, .validation_split = 0.25, .shuffle = false};

}  // namespace

TEST_CASE("A model of one's own trains as the same layers in a row do", "[models][custom]") {
  const CompileOptions options{.optimizer = "adam", .loss = "mse", .metrics = {"mae"}};
  set_random_seed(3);
  Model custom = Model::of<PlainImpl>(4);
  custom.compile(options);
  const History history = custom.fit(x, y, twice);

  set_random_seed(3);
  Sequential plain({Input({3}), layers::Dense(4, "relu"), layers::Dropout(0.5),
                    layers::Dense(2, {.kernel_regularizer = "l2"})});
  plain.compile({.optimizer = "adam", .loss = "mse", .metrics = {"mae"}, .jit_compile = false});
  const History expected = plain.fit(x, y, twice);

  CHECK(history.keys() == expected.keys());
  for (const auto& key : history.keys()) {
    for (size_t epoch = 0; epoch < 2; ++epoch) CHECK(history[key][epoch] == Approx(expected[key][epoch]).epsilon(1e-6));
  }
  CHECK(custom.evaluate(x, y, {.verbose = 0}).names() == plain.evaluate(x, y, {.verbose = 0}).names());
  CHECK(custom.output_shape() == Shape{none, 2});
  CHECK(custom.count_params() == plain.count_params());
}

TEST_CASE("A step of one's own decides what is made small and what is logged", "[models][custom]") {
  Model model = Model::of<OwnStepImpl>();
  model.compile({.optimizer = optimizers::SGD(0.1)});
  const History history = model.fit(x, {}, {.batch_size = 5, .epochs = 3, .verbose = 0, .shuffle = false});

  CHECK(history.keys() == std::vector<std::string>{"mean", "size"});
  CHECK(history["size"] == std::vector<double>(3, 4.0));  // batches of 5, 5 and 2 rows, counted anew in each epoch
  CHECK(history["mean"][2] < history["mean"][0] - 0.1);
  CHECK(model.evaluate(x, {}, {.verbose = 0}).names() == std::vector<std::string>{"mean"});
  CHECK(model.train_on_batch(x).names() == std::vector<std::string>{"mean", "size"});
  CHECK(model.fit(x, {}, twice).contains("val_mean"));
}

TEST_CASE("A model of one's own is checked before it changes", "[models][custom][errors]") {
  Model model = Model::of<PlainImpl>(4);
  model.compile({.loss = "mse"});
  CHECK_THROWS_WITH(model.fit(x, {}, twice), StartsWith("`y` is missing"));
  CHECK_THROWS_WITH(model.fit(x, x, twice), ContainsSubstring("expects targets of the same shape as the outputs"));
  CHECK_FALSE(model.built());

  struct Standard : OwnStepImpl {
    training::StepLogs train_step(training::BatchStep& step) override { return CustomModelImpl::train_step(step); }
  };
  Model without_loss = Model::of<Standard>();
  without_loss.compile({});
  CHECK_THROWS_WITH(without_loss.fit(x, {}, twice), StartsWith("No loss to compute."));

  struct Twice : PlainImpl {
    Twice() : PlainImpl(1) { track("first", layers::Dense(1)); }
  };
  CHECK_THROWS_WITH(Twice(), ContainsSubstring("needs another name"));
}

TEST_CASE("A model of one's own is saved and loaded", "[models][custom][saving]") {
  registry<layers::LayerImpl>().add_custom<PlainImpl>("tests", "Plain");
  const TemporaryFolder folder;
  Model model = Model::of<PlainImpl>(5);
  model.compile({.optimizer = "adam", .loss = "mse"});
  model.fit(x, y, twice);
  model.save(folder.file("m.keras"), {.check_on = x});

  Model loaded = models::load_model(folder.file("m.keras"));
  CHECK(loaded.class_name() == "Plain");
  CHECK(loaded.get_weights() == model.get_weights());
  CHECK(loaded.optimizer()->iterations() == model.optimizer()->iterations());
  CHECK(loaded.predict(x, {.verbose = 0}) == model.predict(x, {.verbose = 0}));

  // Where Python's Keras looks for the weights of an attribute `first`.
  const saving::ZipReader archive(folder.file("m.keras"));
  const saving::Hdf5Reader weights(archive.read("model.weights.h5"), "m.keras");
  CHECK(weights.shape("first/vars/0") == Shape{3, 5});
}

// Made by golden/make_functions.py.
TEST_CASE("A model of several inputs and outputs goes on where Keras' class stopped", "[models][custom][saving]") {
  registry<layers::LayerImpl>().add_custom<TwoHeadsImpl>("tests", "TwoHeads");
  const std::string golden = KERASLIKE_SOURCE_DIR "/tests/models/golden/two_heads";
  const auto expected = data::load_npz(golden + ".npz");
  const Data inputs = Data::named({{"b", rows(8, 2, 3)}, {"a", rows(8, 3, 2)}});
  const Data targets = Data::named({{"left", rows(8, 1, 4)}, {"right", rows(8, 2, 5)}});

  Model model = models::load_model(golden + ".keras");
  const History history = model.fit(inputs, targets, {.batch_size = 4, .epochs = 1, .verbose = 0, .shuffle = false});

  for (const char* key : {"loss", "left_loss", "right_loss", "right_mse"}) {
    INFO(key);
    CHECK(history[key][0] == Approx(expected[key].item()).epsilon(1e-5));
  }
  const auto [left, right] = model.predict<2>(inputs, {.verbose = 0});
  CHECK(left.tensor().allclose(expected["left"].tensor(), 1e-5, 1e-6));
  CHECK(right.tensor().allclose(expected["right"].tensor(), 1e-5, 1e-6));

  const TemporaryFolder folder;
  model.save(folder.file("m.keras"), {.check_on = inputs});
  Model loaded = models::load_model(folder.file("m.keras"));
  CHECK(loaded.predict<2>(Data::list(rows(8, 3, 2), rows(8, 2, 3)), {.verbose = 0})[1] == right);
  CHECK(loaded.evaluate(inputs, targets, {.verbose = 0}).values() ==
        model.evaluate(inputs, targets, {.verbose = 0}).values());
}

TEST_CASE("Outputs without names are logged by their losses, as Keras' lists are", "[models][custom]") {
  Model model = Model::of<ListsImpl>();
  model.compile({.optimizer = "sgd", .loss = {"mse", "mae"}, .metrics = {{"mae"}, {"mse"}}});
  const Data inputs = Data::list(rows(8, 3, 2), rows(8, 2, 3));
  const Data targets = Data::list(rows(8, 1, 4), rows(8, 2, 5));
  CHECK(model.fit(inputs, targets, {.epochs = 1, .verbose = 0}).keys() ==
        std::vector<std::string>{"loss", "mae", "mae_loss", "mse", "mse_loss"});

  // It is a layer too.
  const Input a({3});
  const Input b({2});
  const auto outputs = Model::of<ListsImpl>()({a, b});
  Model graph({.inputs = {a, b}, .outputs = layers::Concatenate()(outputs)});
  CHECK(graph.predict(inputs, {.verbose = 0}).shape() == Shape{8, 3});
}

TEST_CASE("A model of several inputs is checked before it changes", "[models][custom][errors]") {
  Model model = Model::of<TwoHeadsImpl>(4);
  model.compile({.optimizer = "sgd", .loss = "mse"});
  const at::Tensor a = rows(8, 3, 2);
  CHECK_THROWS_WITH(model.fit(a, rows(8, 1, 4), twice),
                    ContainsSubstring("The model expects 2 input(s), but `x` holds 1 arrays."));
  CHECK_THROWS_WITH(model.predict(Data::named({{"a", a}, {"c", a}})), StartsWith("Missing data for \"b\"."));
  CHECK_THROWS_WITH(model.fit(Data::list(a, rows(8, 2, 3)), rows(8, 1, 4), twice),
                    ContainsSubstring("The model has 2 output(s), but `y` holds 1 arrays."));
  CHECK_FALSE(model.built());

  struct Silent : models::CustomModelImpl {};
  CHECK_THROWS_WITH(Model::of<Silent>().predict(a),
                    ContainsSubstring("has neither `output_shape` nor `output_shapes`"));
}
