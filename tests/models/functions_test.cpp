// Functions of the user's own in a model, and in its file.

#include <cmath>

#include "data/files.h"
#include "keraslike/keraslike.h"
#include "keraslike/torch.h"
#include "support/check_layer.h"

using namespace keraslike;
using tests::TemporaryFolder;

namespace {

const std::string golden = KERASLIKE_SOURCE_DIR "/tests/models/golden/";

at::Tensor cube(const at::Tensor& x) { return x * x * x; }
at::Tensor with_squares(const at::Tensor& x) { return torch::cat({x, x * x}, 1); }
at::Tensor largest_error(const at::Tensor& y_true, const at::Tensor& y_pred) {
  return (y_true - y_pred).abs().amax(-1);
}
at::Tensor fourth_power(const at::Tensor& y_true, const at::Tensor& y_pred) { return (y_true - y_pred).pow(4); }

void register_all() {
  register_function<Activation>("tests", "cube", cube);
  register_function<Loss>("tests", "fourth_power", fourth_power);
  register_function<Metric>("tests", "largest_error", largest_error);
  register_function<layers::LambdaFunction>("tests", "with_squares", with_squares);
}

// As make_functions.py has them.
const at::Tensor x = (at::arange(24, at::kFloat) * 0.7 + 1).sin().reshape({8, 3});
const FitOptions once{.batch_size = 4, .epochs = 1, .verbose = 0, .shuffle = false};

std::string refusal(const std::string& file) {
  try {
    models::load_model(golden + file);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

}  // namespace

// Made by golden/make_functions.py.
TEST_CASE("A model with functions goes on where Keras stopped", "[models][functions]") {
  register_all();
  const auto expected = data::load_npz(golden + "functions.npz");
  Model model = models::load_model(golden + "functions.keras");

  const History history = model.fit(x, x, once);

  CHECK(history["loss"][0] == Approx(expected["loss"].item()).epsilon(1e-5));
  CHECK(history["largest_error"][0] == Approx(expected["largest_error"].item()).epsilon(1e-5));
  CHECK(model.predict(x, {.verbose = 0}).tensor().allclose(expected["predicted"].tensor(), 1e-5, 1e-6));
}

TEST_CASE("Functions are given by name or as they are, and files hold what Keras writes", "[models][functions]") {
  register_all();
  const Activation registered = register_function<Activation>("tests", "cube", cube);
  const at::Tensor small = x / 4;  // powers of powers would overflow
  const TemporaryFolder folder;
  Sequential model({Input({3}), layers::Lambda("with_squares"), layers::Dense(4, "tests>cube"),
                    layers::Dense(4, {.activation = registered}), layers::Activation("cube"), layers::Dense(3)});
  model.compile({.optimizer = optimizers::SGD(1e-4), .loss = "fourth_power", .metrics = {"largest_error"}});
  model.fit(small, small, once);
  model.save(folder.file("m.keras"));

  Model loaded = models::load_model(folder.file("m.keras"));

  CHECK(loaded.predict(small, {.verbose = 0}) == model.predict(small, {.verbose = 0}));
  const History history = model.fit(small, small, once);
  CHECK(std::isfinite(history["loss"][0]));
  CHECK(loaded.fit(small, small, once).history() == history.history());
  const std::string function =
      R"({"module":"builtins","class_name":"function","config":"tests>cube","registered_name":"function"})";
  CHECK_THAT(loaded.layers()[1].get_config(), ContainsSubstring("\"activation\":" + function));
  CHECK_THAT(loaded.layers()[2].get_config(), ContainsSubstring("\"activation\":" + function));
  CHECK_THAT(loaded.to_json(), ContainsSubstring("tests>with_squares"));
}

TEST_CASE("A Lambda of Python's code is refused, unless a function stands in for it", "[models][functions][errors]") {
  CHECK_THAT(refusal("python_code.keras"),
             ContainsSubstring("Layer 'twice' is a Lambda with Python's code, which is never executed. Register a "
                               "function that does the same under the layer's name before loading: "
                               "`register_function<layers::LambdaFunction>(\"my_package\", \"twice\", function)`."));

  register_function<layers::LambdaFunction>("tests", "twice", [](const at::Tensor& input) { return input * 2; });
  Model model = models::load_model(golden + "python_code.keras");
  CHECK(model.predict(x, {.verbose = 0}).tensor().equal(x * 2));
  const TemporaryFolder folder;
  model.save(folder.file("m.keras"));
  CHECK(models::load_model(folder.file("m.keras")).predict(x, {.verbose = 0}).tensor().equal(x * 2));
}

TEST_CASE("A Lambda takes one tensor or several, and finds its output's shape", "[layers][lambda]") {
  int runs = 0;
  const layers::Lambda product([&runs](const std::vector<at::Tensor>& inputs) {
    ++runs;
    return torch::bmm(inputs[0], inputs[1]).sum(1);
  });
  const Input a({2, none});
  const Input b({none, 5});
  const auto output = product({a, b});
  CHECK(output.shape() == Shape{none, 5});
  Model model({.inputs = {a, b}, .outputs = output});
  const Data inputs = Data::list(at::ones({6, 2, 3}), at::ones({6, 3, 5}));
  CHECK(model.predict(inputs, {.verbose = 0}).tensor().equal(at::full({6, 5}, 6)));
  const int before = runs;
  model.predict(inputs, {.verbose = 0});
  CHECK(runs == before + 1);

  CHECK(layers::Lambda([](const at::Tensor& x) { return x.sum(-1) > 0; }).compute_output_shape({none, 4, 3}) ==
        Shape{none, 4});
  const layers::Lambda said([](const at::Tensor& x) { return x; }, {.output_shape = Shape{7}});
  CHECK(said.compute_output_shape({none, 3}) == Shape{none, 7});
  at::manual_seed(4);
  const at::Tensor draw = at::rand({3});
  at::manual_seed(4);
  layers::Lambda([](const at::Tensor& x) { return x + at::rand_like(x); }).compute_output_shape({none, 3});
  CHECK(at::rand({3}).equal(draw));
}

TEST_CASE("A Lambda says what is wrong with its function", "[layers][lambda][errors]") {
  const layers::Lambda nameless([](const at::Tensor& x) { return x; }, {.name = "nameless"});
  Sequential model({Input({3}), nameless});
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(model.save(folder.file("m.keras")),
                    ContainsSubstring("The function of a Lambda is saved by its name, and this one has none."));
  CHECK_THROWS_WITH(layers::Lambda("unheard_of"),
                    StartsWith("Could not interpret function of a Lambda identifier: 'unheard_of'."));
  CHECK_THROWS_WITH(nameless({Input({3}), Input({3})}), ContainsSubstring("Lambda has a function of one tensor"));
  const layers::Lambda wrong([](const at::Tensor& x) { return x.reshape({7, 7}); }, {.name = "wrong"});
  CHECK_THROWS_WITH(
      wrong.compute_output_shape({none, 3}),
      StartsWith("Layer 'wrong' (of type Lambda) can not run its function on an input of shape (None, 3): "));
}
