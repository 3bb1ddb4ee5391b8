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
