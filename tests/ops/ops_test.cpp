// golden/ops.keras is a graph that Keras wrote, golden/predicted.npz what Keras predicts with it: see make_golden.py.

#include <cmath>

#include "data/files.h"
#include "keraslike/keraslike.h"
#include "keraslike/torch.h"

#include "support/catch.h"
#include "support/check_layer.h"

using namespace keraslike;
using Outputs = std::vector<std::pair<std::string, KerasTensor>>;

namespace {

std::string golden(const char* name) { return std::string(KERASLIKE_SOURCE_DIR) + "/tests/ops/golden/" + name; }

const at::Tensor some_x = test::some_input({2, 4, 6});
const at::Tensor some_i = at::tensor({0, 1, 2, 3, 5, 4, 2, 0}).reshape({2, 4}).to(at::kInt);

void check_equal(const Array& got, const Array& want) {
  REQUIRE(got.shape() == want.shape());
  CHECK(got.dtype() == want.dtype());
  const auto values = got.to_vector<double>();
  const auto wanted = want.to_vector<double>();
  for (size_t i = 0; i < values.size(); ++i) {
    CHECK(std::abs(values[i] - wanted[i]) <= 1e-6 * std::max(1.0, std::abs(wanted[i])));
  }
}

// Each output against Keras' output of that name.
void check_predictions(Model model, size_t outputs) {
  const data::Npz predicted = data::load_npz(golden("predicted.npz"));
  const auto got = model.predict_all(Data::list(some_x, some_i), {.verbose = 0});
  REQUIRE(got.size() == outputs);
  for (size_t i = 0; i < got.size(); ++i) {
    INFO(model.outputs().names()[i]);
    check_equal(got[i], predicted[model.outputs().names()[i]]);
    const Shape& shape = model.outputs()[i].shape();
    CHECK(shape.matches(got[i].shape()));
    CHECK(model.outputs()[i].dtype() == got[i].dtype());
  }
}

Outputs of_two(const KerasTensor& x, const KerasTensor& i) {
  const KerasTensor bits = ops::greater(i, 2);
  return {{"add", x + x},
          {"subtract", 1 - x},
          {"multiply", x * 2},
          {"true_divide", x / 2},
          {"divide", ops::divide(x, 3.0)},
          {"divide_integers", ops::divide(i, 2)},
          {"add_integers", i + 3},
          {"add_float", i + 0.5},
          {"floor_divide", ops::floor_divide(i, 2)},
          {"mod", ops::mod(i, 3)},
          {"power", ops::power(x, 2)},
          {"maximum", ops::maximum(x, 0.1)},
          {"not_equal", ops::not_equal(i, 0)},
          {"greater", ops::greater(x, 0)},
          {"less_equal", ops::less_equal(x, 0.3)},
          {"and", ops::logical_and(bits, ops::less(i, 5))},
          {"where", ops::where(ops::greater(x, 0), x, 0.5)},
          {"where_integers", ops::where(bits, i, -1)},
          {"array", ops::add(x, Array(at::arange(6, at::kFloat)))},
          {"matmul", ops::matmul(x, ops::transpose(x, {0, 2, 1}))},
          {"einsum", ops::einsum("abc,adc->abd", {x, x})}};
}

Outputs of_one(const KerasTensor& x, const KerasTensor& i) {
  return {{"negative", -x},
          {"absolute", ops::abs(x)},
          {"log", ops::log(ops::abs(x) + 1)},
          {"sqrt", ops::sqrt(i)},
          {"not", ops::logical_not(ops::greater(i, 2))},
          {"gelu", ops::gelu(x)},
          {"gelu_exact", ops::gelu(x, false)},
          {"softmax", ops::softmax(x, 1)},
          {"leaky_relu", ops::leaky_relu(x, 0.3)},
          {"elu", ops::elu(x, 0.7)},
          {"cast", ops::cast(i, "float32")},
          {"clip", ops::clip(x, -0.1, 0.2)},
          {"clip_integers", ops::clip(i, 1, 3)},
          {"sum", ops::sum(x, {.axis = 1})},
          {"sum_axes", ops::sum(x, {.axis = {1, 2}, .keepdims = true})},
          {"sum_integers", ops::sum(i, {.axis = -1})},
          {"mean_integers", ops::mean(i, {.axis = 1})},
          {"max", ops::max(x, {.axis = 1})},
          {"var", ops::var(x, {.axis = {1, 2}})},
          {"argmax", ops::argmax(x, {.axis = 2})},
          {"all", ops::all(ops::greater(i, 2), {.axis = 1, .keepdims = true})},
          {"logsumexp", ops::logsumexp(x, {.axis = 1})}};
}

Outputs of_shapes(const KerasTensor& x) {
  const auto thirds = ops::split(x, 3, 2);
  const auto cut = ops::split(x, std::vector<int64_t>{1, 3}, 1);
  return {{"concatenate", ops::concatenate({x, ops::get_item(x, {Slice{}, Slice{.stop = 2}})}, 1)},
          {"stack", ops::stack({x, -x}, 1)},
          {"reshape", ops::reshape(x, {-1, 24})},
          {"expand", ops::expand_dims(x, {1, 2})},
          {"squeeze", ops::squeeze(ops::get_item(x, {Slice{}, Slice{0, 1}}), 1)},
          {"repeat", ops::repeat(x, 2, 1)},
          {"tile", ops::tile(x, {1, 2, 1})},
          {"flip", ops::flip(x, 1)},
          {"pad", ops::pad(x, {{0, 0}, {1, 2}, {0, 1}})},
          {"pad_value", ops::pad(x, {{0, 0}, {1, 0}, {0, 0}}, 0.5)},
          {"swapaxes", ops::swapaxes(x, 1, 2)},
          {"item", ops::get_item(x, {Slice{}, 0})},
          {"items", ops::get_item(x, {Ellipsis{}, Slice{1, 3}})},
          {"new_axis", ops::get_item(x, {Slice{}, none, Slice{}, Slice{.step = 2}})},
          {"last", ops::get_item(x, {Slice{}, -1, Slice{.start = 1}})},
          {"take_one", ops::take(x, 1, 2)},
          {"split_1", thirds[1]},
          {"cut_2", cut[2]}};
}

Outputs of_values(const KerasTensor& x, const KerasTensor& i) {
  return {{"arccos", ops::arccos(x)},
          {"arccosh", ops::arccosh(ops::abs(x) + 1)},
          {"arcsin", ops::arcsin(x)},
          {"arcsinh", ops::arcsinh(x)},
          {"arctan", ops::arctan(x)},
          {"arctan2", ops::arctan2(x, 0.3)},
          {"arctanh", ops::arctanh(x)},
          {"cosh", ops::cosh(x)},
          {"sinh", ops::sinh(x)},
          {"tan", ops::tan(x)},
          {"exp2", ops::exp2(x)},
          {"log2", ops::log2(ops::abs(x) + 1)},
          {"log10", ops::log10(ops::abs(x) + 1)},
          {"erfc", ops::erfc(x)},
          {"isinf", ops::isinf(x)},
          {"trunc", ops::trunc(x * 9)},
          {"round", ops::round(x * 9)},
          {"round_decimals", ops::round(x, 2)},
          {"round_integers", ops::round(i)},
          {"logaddexp", ops::logaddexp(x, 0.2)},
          {"divide_no_nan", ops::divide_no_nan(x, ops::relu(x))},
          {"ones_like", ops::ones_like(x)},
          {"zeros_like", ops::zeros_like(i)},
          {"stop_gradient", ops::stop_gradient(x)},
          {"celu", ops::celu(x, 0.5)},
          {"glu", ops::glu(x)},
          {"hard_sigmoid", ops::hard_sigmoid(x)},
          {"hard_silu", ops::hard_silu(x)},
          {"hard_tanh", ops::hard_tanh(x)},
          {"hard_shrink", ops::hard_shrink(x, 0.3)},
          {"soft_shrink", ops::soft_shrink(x, 0.2)},
          {"sparse_plus", ops::sparse_plus(x)},
          {"sparse_sigmoid", ops::sparse_sigmoid(x)},
          {"sparsemax", ops::sparsemax(x)},
          {"squareplus", ops::squareplus(x, 3)},
          {"tanh_shrink", ops::tanh_shrink(x)},
          {"threshold", ops::threshold(x, 0.1, 7)}};
}

Outputs of_orders(const KerasTensor& x, const KerasTensor& i) {
  const auto top = ops::top_k(x, 2);
  return {{"amin", ops::amin(x, {.axis = 2})},
          {"norm", ops::norm(x, {.axis = -1})},
          {"norm_axes", ops::norm(x, {.axis = {1, 2}, .keepdims = true})},
          {"normalize", ops::normalize(x, 1)},
          {"cumsum", ops::cumsum(x, 1)},
          {"cumsum_integers", ops::cumsum(i, 1)},
          {"cumprod", ops::cumprod(x, 2)},
          {"sort", ops::sort(x, 1)},
          {"argsort", ops::argsort(x, 1)},
          {"one_hot", ops::one_hot(i, 6)},
          {"moveaxis", ops::moveaxis(x, 1, -1)},
          {"roll", ops::roll(x, 2, 1)},
          {"tril", ops::tril(x)},
          {"triu", ops::triu(x, 1)},
          {"take_along", ops::take_along_axis(x, ops::argsort(x, 2), 2)},
          {"top_0", top[0]},
          {"top_1", top[1]}};
}

}  // namespace

TEST_CASE("Operations in Keras' files compute what Keras computes, and are written back", "[ops][golden]") {
  const Model model = models::load_model(golden("ops.keras"));
  check_predictions(model, model.outputs().size());
  const tests::TemporaryFolder folder;
  const std::string path = folder.file("again.keras");

  model.save(path);

  const Model again = models::load_model(path);
  CHECK(again.to_json() == model.to_json());
  check_predictions(again, model.outputs().size());
}

TEST_CASE("Functions on tensors of a graph are those of keras.ops", "[ops][golden]") {
  const Input x({4, 6}, {.name = "x"});
  const Input i({4}, {.dtype = "int32", .name = "i"});
  for (const Outputs& outputs : {of_two(x, i), of_one(x, i), of_shapes(x), of_values(x, i), of_orders(x, i)}) {
    check_predictions(Model({.inputs = {x, i}, .outputs = KerasTensors::named(outputs)}), outputs.size());
  }
}

TEST_CASE("Operations stand between layers, train, and are no layers of the model", "[ops]") {
  const Input x({3}, {.name = "x"});
  const KerasTensors hidden = layers::Dense(4, {.name = "first"})(x);
  Model model({.inputs = x, .outputs = layers::Dense(1, {.name = "last"})(ops::tanh(hidden) * 2.0 + hidden)});
  model.compile({.optimizer = "sgd", .loss = "mse"});

  const History history = model.fit(test::some_input({8, 3}), test::some_input({8, 1}), {.epochs = 3, .verbose = 0});

  CHECK(history["loss"].back() < history["loss"].front());
  CHECK(model.layers().size() == 3);
  CHECK_THAT(model.to_json(), ContainsSubstring(R"("keras.src.ops.numpy", "class_name": "Tanh", "config": {"name": )"));
}

TEST_CASE("Open sizes stay open where an operation keeps them", "[ops]") {
  const Input x({none, 4});
  CHECK(ops::add(x, 1).shape() == Shape{none, none, 4});
  CHECK(ops::reshape(x, {-1, 8}).shape() == Shape{none, 8});
  CHECK(ops::sum(x, {.axis = 1}).shape() == Shape{none, 4});
  CHECK(ops::sum(x).shape() == Shape{});
  CHECK(ops::transpose(x).shape() == Shape{4, none, none});
  CHECK(ops::concatenate({x, x}, 1).shape() == Shape{none, none, 4});
  CHECK(ops::get_item(x, {Slice{}, 7}).shape() == Shape{none, 4});
  CHECK(ops::split(x, 2, 1)[0].shape() == Shape{none, none, 4});
  CHECK((x + Input({5, 4})).shape() == Shape{none, 5, 4});
}

TEST_CASE("Operations refuse what they can not do", "[ops][errors]") {
  const Input x({4, 6}, {.name = "x"});
  const Input y({5, 6}, {.name = "y"});
  CHECK_THROWS_WITH(x + y, ContainsSubstring("which cannot be broadcasted to"));
  CHECK_THROWS_WITH(ops::add(1, 2), Equals("Add expects at least one tensor of a graph."));
  CHECK_THROWS_WITH(ops::reshape(Input({4, 6}, {.batch_size = 2}), {-1, 5, 5}),
                    ContainsSubstring("The total size of the tensor must be unchanged."));
  CHECK_THROWS_WITH(ops::matmul(x, y), ContainsSubstring("(of type Matmul) can not be applied to: (None, 4, 6), "
                                                         "(None, 5, 6)."));
  CHECK_THROWS_WITH(ops::split(x, 3, 1), ContainsSubstring("a multiple of the number of sections"));
  CHECK_THROWS_WITH(ops::squeeze(x, 1), ContainsSubstring("Cannot squeeze axis=1, because the dimension is not 1."));
  CHECK_THROWS_WITH(ops::sum(x, {.axis = 3}), ContainsSubstring("Sum expects `axis` in [-3, 3)"));
  CHECK_THROWS_WITH(ops::cast(x, "float31"), ContainsSubstring("Unknown dtype: 'float31'"));
  CHECK_THROWS_WITH(ops::get_item(x, {0, 0, 0, 0}), ContainsSubstring("Too many indices"));
  CHECK_THROWS_WITH(ops::get_item(x, {Slice{.step = -1}}), ContainsSubstring("A slice of a tensor goes forward."));
  CHECK_THROWS_WITH(ops::argmax(x, {.axis = {1, 2}}), ContainsSubstring("Argmax goes along one axis"));
}
