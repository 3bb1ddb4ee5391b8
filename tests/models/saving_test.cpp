#include "keraslike/models/saving.h"

#include <fstream>

#include <nlohmann/json.hpp>

#include "data/files.h"
#include "keraslike/layers/deferred_values.h"
#include "keraslike/saving/files.h"
#include "keraslike/saving/hdf5.h"
#include "keraslike/saving/json.h"
#include "keraslike/saving/zip_file.h"
#include "support/captured.h"
#include "support/check_layer.h"

using namespace keraslike;
using nlohmann::ordered_json;
using tests::TemporaryFolder;

namespace {

Sequential small(const char* optimizer = "adam") {
  Sequential model({Input({3}), layers::Dense(4, {.activation = "relu", .name = "first"}),
                    layers::BatchNormalization({.name = "norm"}), layers::Dense(2, {.name = "last"})},
                   {.name = "small"});
  model.compile({.optimizer = optimizer, .loss = "mse", .metrics = {"mae"}});
  return model;
}

const at::Tensor x = test::some_input({12, 3});
const at::Tensor y = test::some_input({12, 2});
const FitOptions once{.batch_size = 4, .epochs = 1, .verbose = 0, .shuffle = false};

// The archive again with one member changed.
void change_member(const std::string& path, const std::string& name, const std::function<void(std::string&)>& change) {
  const saving::ZipReader before(path);
  saving::ZipWriter after(path);
  for (const auto& member : before.names()) {
    std::string bytes = before.read(member);
    if (member == name) change(bytes);
    after.add(member, bytes);
  }
  saving::write_file(path, after.finish());
}

void change_config(const std::string& path, const std::function<void(ordered_json&)>& change) {
  change_member(path, "config.json", [&](std::string& text) {
    auto json = ordered_json::parse(text);
    change(json);
    text = json.dump();
  });
}

// The text of the FileError that loading ends with.
std::string refusal(const std::string& path) {
  try {
    models::load_model(path);
  } catch (const FileError& error) {
    CHECK(std::string(error.what()).size() < 600);
    return error.what();
  }
  return "loaded";
}

}  // namespace

TEST_CASE("A saved model predicts, and goes on training, as the one in memory", "[models][saving]") {
  const TemporaryFolder folder;
  Sequential model = small();
  model.fit(x, y, once);
  model.save(folder.file("m.keras"));

  Model loaded = models::load_model(folder.file("m.keras"));

  CHECK(loaded.get_weights() == model.get_weights());
  CHECK(loaded.to_json() == model.to_json());
  CHECK(loaded.predict(x, {.verbose = 0}) == model.predict(x, {.verbose = 0}));
  CHECK(loaded.optimizer()->iterations() == 3);
  CHECK(loaded.fit(x, y, once).history() == model.fit(x, y, once).history());
  CHECK(loaded.get_weights() == model.get_weights());
}

TEST_CASE("A saved model has Keras' members and Keras' config", "[models][saving]") {
  const TemporaryFolder folder;
  small().save(folder.file("m.keras"));
  const saving::ZipReader archive(folder.file("m.keras"));
  CHECK(archive.names() == std::vector<std::string>{"metadata.json", "config.json", "model.weights.h5"});
  const auto config = ordered_json::parse(archive.read("config.json"));
  CHECK(config["module"] == "keras");
  CHECK(config["class_name"] == "Sequential");
  CHECK(config["build_config"]["input_shape"].dump() == "[null,3]");
  CHECK(config["config"]["layers"][0]["class_name"] == "InputLayer");
  CHECK(config["config"]["layers"][0]["config"]["batch_shape"].dump() == "[null,3]");
  CHECK(config["config"]["layers"][1]["module"] == "keras.layers");
  CHECK(config["config"]["layers"][1]["config"]["dtype"]["config"]["name"] == "float32");
  CHECK(config["config"]["layers"][1]["build_config"]["input_shape"].dump() == "[null,3]");
  CHECK(config["compile_config"]["optimizer"]["module"] == "keras.optimizers");
  CHECK(config["compile_config"]["loss"] == "mse");
  CHECK(config["compile_config"]["metrics"].dump() == R"(["mae"])");
  CHECK(config["compile_config"]["weighted_metrics"].is_null());
}

TEST_CASE("Weights alone go by the order of layers, not by their names", "[models][saving]") {
  const TemporaryFolder folder;
  Sequential model = small();
  model.fit(x, y, once);
  model.save_weights(folder.file("m.weights.h5"));
  Sequential other({Input({3}), layers::Dense(4, "relu"), layers::BatchNormalization(), layers::Dense(2)});

  other.load_weights(folder.file("m.weights.h5"));

  CHECK(other.get_weights() == model.get_weights());
}

TEST_CASE("Weights may lie in several files", "[models][saving]") {
  const TemporaryFolder folder;
  Sequential model = small();
  model.fit(x, y, once);
  model.save_weights(folder.file("w.weights.json"), {.max_shard_size = 100.0 / (1024 * 1024 * 1024)});
  const auto list = ordered_json::parse(saving::read_file(folder.file("w.weights.json")));
  CHECK(list["weight_map"]["/layers/dense/vars"].dump() == R"(["w_00000.weights.h5"])");
  CHECK(list["weight_map"]["/optimizer/vars"].size() > 1);
  Sequential other = small();

  other.load_weights(folder.file("w.weights.json"));

  CHECK(other.get_weights() == model.get_weights());
  saving::write_file(folder.file("w.weights.json"),
                     R"({"weight_map": {"/layers/dense/vars": ["../w_00000.weights.h5"]}})");
  CHECK_THROWS_WITH(other.load_weights(folder.file("w.weights.json")),
                    ContainsSubstring("names a file that is not beside it: '../w_00000.weights.h5'."));
  saving::write_file(folder.file("w.weights.json"), R"({"weight_map": 3})");
  CHECK_THROWS_AS(other.load_weights(folder.file("w.weights.json")), FileError);
  saving::write_file(folder.file("w.weights.json"), R"({"weight_map": {"/": ["w_00009.weights.h5"]}})");
  CHECK_THROWS_AS(other.load_weights(folder.file("w.weights.json")), FileError);
}

TEST_CASE("Weights of another architecture are refused, and change nothing", "[models][saving][errors]") {
  const TemporaryFolder folder;
  small().save_weights(folder.file("m.weights.h5"));
  Sequential other({Input({3}), layers::Dense(4), layers::BatchNormalization(), layers::Dense(5, {.name = "wide"})});
  const auto before = other.get_weights();
  CHECK_THROWS_WITH(other.load_weights(folder.file("m.weights.h5")),
                    ContainsSubstring("a total of 1 objects could not be loaded. Example for object <Dense name=wide>: "
                                      "'layers/dense_1/vars/0' has shape (4, 2), and weight 'kernel' of 'wide' has "
                                      "shape (4, 5)."));
  CHECK(other.get_weights() == before);

  Sequential longer({Input({3}), layers::Dense(4), layers::BatchNormalization(), layers::Dense(2), layers::Dense(1)});
  CHECK_THROWS_WITH(longer.load_weights(folder.file("m.weights.h5")),
                    ContainsSubstring("expected 2 variables, but received 0 variables during loading. Expected: "
                                      "['kernel', 'bias']"));
  const CapturedWarnings warnings;
  longer.load_weights(folder.file("m.weights.h5"), {.skip_mismatch = true});
  CHECK(warnings.messages.size() == 1);
  CHECK_FALSE(longer.get_weights()[0] == before[0]);
}

TEST_CASE("What a file must be is said when it is not", "[models][saving][errors]") {
  const TemporaryFolder folder;
  Sequential model = small();
  CHECK_THROWS_WITH(model.save(folder.file("m.h6")), StartsWith("Invalid filepath extension for saving."));
  CHECK_THROWS_WITH(model.save_weights(folder.file("m.h5")), StartsWith("The filename must end in `.weights.h5`"));
  CHECK_THROWS_WITH(models::load_model(folder.file("none.keras")), StartsWith("File not found: filepath="));
  CHECK_THROWS_WITH(models::load_model("/dev/null"), StartsWith("File format not supported: filepath=/dev/null"));
  model.save(folder.file("m.keras"));
  CHECK_THROWS_AS(model.save(folder.file("m.keras"), {.overwrite = false}), FileError);
  Sequential unbuilt({layers::Dense(1)});
  model.save_weights(folder.file("m.weights.h5"));
  CHECK_THROWS_WITH(unbuilt.load_weights(folder.file("m.weights.h5")),
                    StartsWith("You are loading weights into a model that has not yet been built."));
}

TEST_CASE("A file with something unknown in it says where", "[models][saving][errors]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("m.keras");
  const auto with = [&](const std::function<void(ordered_json&)>& change) {
    small().save(path);
    change_config(path, change);
    return refusal(path);
  };
  const std::string at_model = "'" + path + ":config.json', at model 'small'";
  CHECK_THAT(with([](auto& j) { j["config"]["layers"][2]["class_name"] = "Quantum"; }),
             StartsWith(at_model + ".config.layers[2] 'norm': Could not interpret layer identifier: 'Quantum'."));
  CHECK_THAT(with([](auto& j) { j["config"]["layers"][1]["class_name"] = "Lambda"; }),
             ContainsSubstring("Lambda expects a function. Received: function=null"));
  CHECK_THAT(
      with([](auto& j) { j["config"]["layers"][1]["config"]["units"] = "four"; }),
      StartsWith(at_model + ".config.layers[1] 'first'.config: a value of the wrong kind. Received: units=\"four\""));
  CHECK_THAT(with([](auto& j) { j["config"]["layers"][1]["config"]["units"] = -4; }),
             ContainsSubstring("invalid value for `units`"));
  CHECK_THAT(with([](auto& j) { j["config"]["layers"][1]["config"]["activation"] = "rellu"; }),
             ContainsSubstring("config.activation: Could not interpret activation function identifier: 'rellu'."));
  CHECK_THAT(with([](auto& j) { j["config"]["layers"][1]["config"]["dtype"] = "float65"; }),
             ContainsSubstring("Cannot convert 'float65' to a DTypePolicy."));
  CHECK_THAT(with([](auto& j) { j["config"]["layers"][2]["config"]["renorm"] = true; }), ContainsSubstring("renorm"));
  CHECK_THAT(with([](auto& j) { j["compile_config"]["loss"] = "msee"; }),
             ContainsSubstring("Could not interpret loss identifier: 'msee'"));
  CHECK_THAT(with([](auto& j) { j = ordered_json::array(); }), ContainsSubstring("expected an object"));
}

TEST_CASE("A damaged file says which member is damaged", "[models][saving][errors]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("m.keras");
  small().save(path);
  change_member(path, "config.json", [](std::string& text) { text.resize(text.size() / 2); });
  CHECK_THAT(refusal(path), ContainsSubstring("m.keras:config.json' is not valid JSON"));
  small().save(path);
  change_member(path, "config.json", [](std::string& text) { text = std::string(1000, '['); });
  CHECK_THAT(refusal(path), ContainsSubstring("m.keras:config.json' is nested deeper than 200 levels."));
  small().save(path);
  change_member(path, "model.weights.h5", [](std::string& bytes) { bytes.resize(100); });
  CHECK_THAT(refusal(path), ContainsSubstring("m.keras:model.weights.h5"));
  saving::write_file(path, "this is no archive");
  CHECK_THAT(refusal(path), ContainsSubstring("m.keras"));
}

TEST_CASE("Keys that are not known here survive", "[models][saving]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("m.keras");
  small().save(path);
  change_config(path, [](auto& j) {
    j["config"]["layers"][1]["config"]["from_the_future"] = {{"deep", {1, 2.5, nullptr}}};
    j["config"]["layers"][1]["config"]["kernel_initializer"]["config"]["also_new"] = true;
  });
  models::load_model(path).save(folder.file("n.keras"));
  const auto config = ordered_json::parse(saving::ZipReader(folder.file("n.keras")).read("config.json"));
  CHECK(config["config"]["layers"][1]["config"]["from_the_future"].dump() == R"({"deep":[1,2.5,null]})");
}

TEST_CASE("A model that is not compiled, or not built, is saved as that", "[models][saving]") {
  const TemporaryFolder folder;
  Sequential plain({Input({3}), layers::Dense(2)});
  plain.save(folder.file("plain.keras"));
  CHECK_FALSE(models::load_model(folder.file("plain.keras")).compiled());
  small().save(folder.file("m.keras"));
  CHECK_FALSE(models::load_model(folder.file("m.keras"), {.compile = false}).compiled());

  Sequential unbuilt({layers::Dense(2)});
  const CapturedWarnings warnings;
  unbuilt.save(folder.file("u.keras"));
  CHECK(warnings.messages.size() == 1);
  Model loaded = models::load_model(folder.file("u.keras"));
  CHECK_FALSE(loaded.built());
  loaded.predict(x, {.verbose = 0});
  CHECK(loaded.output_shape() == Shape{none, 2});
}

namespace {

class ScaleImpl final : public layers::LayerImpl {
 public:
  explicit ScaleImpl(double factor = 1.0) : factor_(factor) {}
  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("factor", factor_);
  }
  at::Tensor call(const at::Tensor& input, const CallOptions&) override { return input * factor_; }

 private:
  double factor_;
};

}  // namespace

TEST_CASE("A user's own layer is saved once it has a name", "[models][saving]") {
  const TemporaryFolder folder;
  Sequential model({Input({3}), Layer::of<ScaleImpl>(2.5), layers::Dense(2)});
  CHECK_THROWS_WITH(model.save(folder.file("m.keras")),
                    ContainsSubstring("Scale can not be saved, because it is not registered"));
  {
    CustomObjects scale;
    scale.add<ScaleImpl, layers::LayerImpl>("Scale");
    const CustomObjects::Scope scope(scale);
    model.save(folder.file("m.keras"));
  }
  CHECK_THROWS_WITH(models::load_model(folder.file("m.keras")), ContainsSubstring("identifier: 'custom>Scale'"));
  const Model loaded = models::load_model(
      folder.file("m.keras"), {.custom_objects = CustomObjects().add<ScaleImpl, layers::LayerImpl>("Scale")});
  CHECK(loaded.to_json() == model.to_json());
}

TEST_CASE("A file that checks itself names the first layer that computes something else", "[models][saving]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("m.keras");
  Sequential model = small();
  model.save(path, {.check_on = x});
  CHECK(models::load_model(path).get_weights() == model.get_weights());

  change_config(path, [](auto& j) { j["config"]["layers"][2]["config"]["epsilon"] = 0.5; });

  CHECK_THAT(refusal(path), StartsWith("'" + path +
                                       ":keraslike_check.h5': the model computes something else than when it "
                                       "was saved, from layer 'norm' (BatchNormalization) on: values differ by"));
  CHECK_THROWS_WITH(model.save(path, {.check_on = at::ones({2, 5})}), ContainsSubstring("(2, 5)"));
}

// Made by golden/make_golden.py.
TEST_CASE("Keras' older files are read, state and all", "[models][saving]") {
  const std::string golden = std::string(KERASLIKE_SOURCE_DIR) + "/tests/models/golden/";
  const auto is_close = [](const Array& got, const Array& want) {
    return got.tensor().allclose(want.tensor(), 1e-5, 1e-6);
  };
  const at::Tensor rows = at::arange(1, 25, at::kFloat).sin().reshape({8, 3});
  Model model = models::load_model(golden + "legacy.h5");
  CHECK(is_close(model.predict(rows, {.verbose = 0}), data::load_npy(golden + "legacy_prediction.npy")));
  model.fit(rows, rows.narrow(1, 0, 1), {.epochs = 1, .verbose = 0, .shuffle = false});
  CHECK(is_close(model.predict(rows, {.verbose = 0}), data::load_npy(golden + "legacy_after.npy")));

  Sequential other({Input({3}), layers::Dense(7, {.name = "new"}), layers::Dense(4, {.name = "first"})});
  const auto before = other.get_weights();
  CHECK_THROWS_WITH(other.load_weights(golden + "legacy.h5"),
                    ContainsSubstring("Model expected 2 layers, found 3 saved layers."));
  CHECK_THROWS_WITH(
      other.load_weights(golden + "legacy.h5", {.by_name = true}),
      ContainsSubstring("Shape mismatch in layer 'first' for weight kernel. The weight expects shape (7, 4). "
                        "Received saved weight of shape (3, 4)."));
  CHECK(other.get_weights() == before);
  Sequential fits({Input({3}), layers::Dense(4, {.name = "first"}), layers::Dense(9)});
  fits.load_weights(golden + "legacy.h5", {.by_name = true});
  CHECK(fits.get_weights()[0] == models::load_model(golden + "legacy.h5").get_weights()[0]);
}

// Made by golden/make_multi_optimizer.py.
TEST_CASE("What Keras trained with a MultiOptimizer goes on training, in a plan or not", "[models][saving]") {
  const std::string golden = std::string(KERASLIKE_SOURCE_DIR) + "/tests/models/golden/";
  const data::Npz want = data::load_npz(golden + "multi_optimizer.npz");
  const bool eagerly = GENERATE(false, true);
  const auto is_close = [](const at::Tensor& got, const Array& wanted) {
    return got.allclose(wanted.tensor(), 1e-5, 1e-6);
  };
  const at::Tensor rows = at::arange(1, 25, at::kFloat).sin().reshape({8, 3});
  Model model = models::load_model(golden + "multi_optimizer.keras");
  CHECK(is_close(model.predict(rows, {.verbose = 0}).tensor(), want["before"]));
  if (eagerly) model.compile({.optimizer = model.optimizer(), .loss = "mse", .run_eagerly = true});

  const History history = model.fit(rows, rows.narrow(1, 0, 1), once);

  CHECK(history["loss"][0] == Approx(want["loss"].tensor().item<double>()).epsilon(1e-5));
  CHECK(is_close(model.predict(rows, {.verbose = 0}).tensor(), want["after"]));
  CHECK(model.optimizer().iterations() == 4);
  CHECK(model->weights()[0]->path == "encoder/kernel");  // "sequential/encoder/kernel" in the model that was saved
}

TEST_CASE("A model that is saved with a MultiOptimizer goes on training as the one in memory", "[models][saving]") {
  const TemporaryFolder folder;
  const bool scales = GENERATE(false, true);
  Sequential model = small();
  const optimizers::MultiOptimizer shared(
      optimizers::OptimizerMap(optimizers::SGD(0.1, {.momentum = 0.9}), {{"(.*/)?last/.*", optimizers::Adam(0.01)}}));
  const Optimizer scaled = optimizers::LossScaleOptimizer(shared);
  model.compile({.optimizer = scales ? scaled : Optimizer(shared), .loss = "mse"});
  model.fit(x, y, once);
  model.save(folder.file("m.keras"));

  Model loaded = models::load_model(folder.file("m.keras"));

  CHECK(loaded.fit(x, y, once).history() == model.fit(x, y, once).history());
  CHECK(loaded.get_weights() == model.get_weights());
  model.compile({.optimizer = optimizers::MultiOptimizer([](const std::string&) { return optimizers::SGD(); }),
                 .loss = "mse"});
  CHECK_THROWS_WITH(model.save(folder.file("n.keras")), ContainsSubstring("by a function, which no file holds"));
}

TEST_CASE("Functions of the user's own are saved by the names that they are registered under", "[models][saving]") {
  const Loss fourth_power([](const at::Tensor& y_true, const at::Tensor& y_pred) { return (y_true - y_pred).pow(4); });
  const Metric largest([](const at::Tensor& y_true, const at::Tensor& y_pred) {
    return std::get<0>((y_true - y_pred).abs().max(-1));
  });
  registry<losses::LossImpl>().add("fourth_power", {}, [=] { return fourth_power.impl(); });
  registry<metrics::MetricImpl>().add("largest_error", {}, [=] { return largest.impl(); });
  const TemporaryFolder folder;
  Sequential model = small();
  model.compile({.optimizer = "sgd", .loss = "fourth_power", .metrics = {"largest_error"}});
  model.fit(x, y, once);
  model.save(folder.file("m.keras"));
  Model loaded = models::load_model(folder.file("m.keras"));
  CHECK(loaded.fit(x, y, once).history() == model.fit(x, y, once).history());
  CHECK(loaded.get_weights() == model.get_weights());

  model.compile({.optimizer = "sgd", .loss = fourth_power});
  CHECK_THROWS_WITH(model.save(folder.file("n.keras")),
                    StartsWith("A loss that is a function of yours is saved by its name, and 'function' is not"));
}

TEST_CASE("Keras' older files are written, state and all", "[models][saving]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("m.h5");
  const Input input({3}, {.name = "in"});
  const layers::Dense shared(3, {.name = "shared"});
  const auto again = shared(shared(input));
  Model model({.inputs = input,
               .outputs = {layers::Dense(2, {.name = "a"})(again), small()(again)}});
  model.compile({.optimizer = optimizers::SGD(0.1, {.momentum = 0.9}), .loss = {"mse", losses::Huber()},
                 .metrics = {{"a", {"mae"}}}});
  model.fit({x}, {y, y}, once);

  const CapturedWarnings warned;
  model.save(path);
  CHECK_THAT(warned.messages.at(0), StartsWith("You are saving your model as an HDF5 file."));
  Model loaded = models::load_model(path);

  CHECK(loaded.get_weights() == model.get_weights());
  CHECK(loaded.optimizer()->iterations() == 3);
  CHECK(loaded.fit({x}, {y, y}, once).history() == model.fit({x}, {y, y}, once).history());
  CHECK(loaded.get_weights() == model.get_weights());
  CHECK_THROWS_WITH(model.save(path, {.check_on = x}), StartsWith("`check_on` is for `.keras` files"));
  CHECK_THROWS_AS(model.save(path, {.overwrite = false}), FileError);

  // What Keras 2 knew of a model; and a name of the loss that Keras 3 finds in such a file.
  const saving::Hdf5Reader file(saving::read_file(path), path);
  const auto config = ordered_json::parse(*file.text("", "model_config"));
  CHECK(config["class_name"] == "Functional");
  CHECK_FALSE(config.contains("module"));
  CHECK(config["config"]["layers"][1]["class_name"] == "Dense");
  const auto training = ordered_json::parse(*file.text("", "training_config"));
  CHECK(training["loss"][0] == "mean_squared_error");
  CHECK(training["loss"][1]["class_name"] == "Huber");
  CHECK(training["optimizer_config"]["class_name"] == "SGD");
}

TEST_CASE("JSON and clones have the same layers with fresh weights", "[models][saving]") {
  Sequential model = small();
  const Model again = models::model_from_json(model.to_json());
  CHECK(again.to_json() == model.to_json());
  CHECK(again.compiled());
  const Model clone = models::clone_model(model);
  CHECK_FALSE(clone.compiled());
  CHECK(clone.get_config() == model.get_config());
  CHECK_FALSE(clone.get_weights()[0] == model.get_weights()[0]);
}

TEST_CASE("Python's words for numbers that are none are read and written", "[saving]") {
  const auto json = saving::parse_json(R"({"a": NaN, "b": [-Infinity, Infinity], "c": "NaN, Infinity"})", "it");
  CHECK(saving::dump_json(json) == R"({"a": NaN, "b": [-Infinity, Infinity], "c": "NaN, Infinity"})");
  CHECK(saving::dump_json({{"text", "ä\n"}, {"number", 1e-7}}) == R"({"text": "\u00e4\n", "number": 1e-07})");
}

namespace {

Sequential large() {
  return Sequential({Input({3}), layers::Embedding(700, 100), layers::Flatten(), layers::Dense(300), layers::Dense(1)});
}

}  // namespace

TEST_CASE("Large weights come from the file, and random numbers go on as after building", "[models][saving]") {
  const TemporaryFolder folder;
  const Array words{{1, 2, 3}, {4, 699, 6}};
  Sequential model = large();
  model.save(folder.file("m.keras"));

  set_random_seed(3);
  Model loaded = models::load_model(folder.file("m.keras"));
  const auto after_loading = large().get_weights();
  set_random_seed(3);
  large();
  const auto after_building = large().get_weights();

  CHECK(loaded.get_weights() == model.get_weights());
  CHECK(loaded.predict(words, {.verbose = 0}) == model.predict(words, {.verbose = 0}));
  CHECK(after_loading == after_building);
}

TEST_CASE("Weights that no file had are drawn after all", "[models][saving]") {
  set_random_seed(5);
  const auto drawn = large().get_weights();
  set_random_seed(5);
  layers::DeferredValues values;
  Sequential model = large();
  const layers::WeightPtr kernel = model->weights()[1];
  kernel->load(at::zeros({300, 300}));

  values.draw_rest();

  CHECK(model.get_weights()[0] == drawn[0]);
  CHECK(model.get_weights()[1] == Array::zeros({300, 300}));
  CHECK(model.get_weights()[3] == drawn[3]);
}
