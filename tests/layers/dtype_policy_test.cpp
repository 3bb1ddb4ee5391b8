#include <ATen/ops/linear.h>

#include "keraslike/keraslike.h"
#include "keraslike/torch.h"

#include "data/files.h"
#include "support/check_layer.h"
#include "support/precision.h"
#include "support/catch.h"

using namespace keraslike;

namespace {

at::Tensor bfloat16(const at::Tensor& tensor) { return tensor.to(at::kBFloat16); }

at::ScalarType type_of(const Array& array) { return array.tensor().scalar_type(); }

Layer read_layer(const std::string& class_name, const std::string& config) {
  Layer layer(registry<layers::LayerImpl>().make(class_name));
  saving::read_config(config, class_name, [&](Fields& field) { layer->fields(field); });
  return layer;
}

}  // namespace

TEST_CASE("A policy says what layers compute in and what weights are kept in", "[layers][dtype]") {
  CHECK(DTypePolicy("mixed_bfloat16").compute_dtype() == DType::BFloat16);
  CHECK(DTypePolicy("mixed_bfloat16").variable_dtype() == DType::Float32);
  CHECK(DTypePolicy("mixed_float16").compute_dtype() == DType::Float16);
  CHECK(DTypePolicy("mixed_float16").variable_dtype() == DType::Float32);
  CHECK(DTypePolicy("float64").compute_dtype() == DType::Float64);
  CHECK(DTypePolicy("float64").variable_dtype() == DType::Float64);
  CHECK(DTypePolicy("bfloat16").name() == "bfloat16");
  CHECK_THROWS_WITH(DTypePolicy("mixed_float32"),
                    "Cannot convert 'mixed_float32' to a DTypePolicy. Valid policies include 'mixed_float16', "
                    "'mixed_bfloat16', and the name of any float dtype such as 'float32'.");
}

TEST_CASE("The policy of layers follows floatx until it is set", "[layers][dtype]") {
  const test::Precision back("float32", "float32");
  CHECK(layers::Dense(1).dtype_policy().name() == "float32");

  config::set_dtype_policy("mixed_bfloat16");

  CHECK(config::dtype_policy().name() == "mixed_bfloat16");
  CHECK(config::floatx() == "float32");
  CHECK(layers::Dense(1).dtype_policy().name() == "mixed_bfloat16");
  CHECK(layers::Dense(1, {.dtype = "float64"}).compute_dtype() == DType::Float64);
  CHECK(Input({1}).dtype() == DType::Float32);
  config::set_floatx("float64");
  CHECK(Input({1}).dtype() == DType::Float64);
  CHECK_THROWS_WITH(config::set_floatx("int32"),
                    "Unknown `floatx` value: 'int32'. Expected one of 'bfloat16', 'float16', 'float32', 'float64'.");
}

TEST_CASE("A layer of float64 has weights of it, and its module too", "[layers][dtype]") {
  const layers::Dense dense(2, {.dtype = "float64"});

  const at::Tensor output = dense(at::ones({1, 3}));

  CHECK(output.scalar_type() == at::kDouble);
  CHECK(type_of(dense.get_weights()[0]) == at::kDouble);
  for (const auto& parameter : dense.module().parameters()) CHECK(parameter.scalar_type() == at::kDouble);
}

// The product is rounded, and the sum with the bias once more; LibTorch 1.13 sums in another order where a matrix lies
// the other way round.
TEST_CASE("A mixed policy computes with weights that were rounded", "[layers][dtype]") {
  const layers::Dense dense(4, {.bias_initializer = "glorot_uniform", .dtype = "mixed_bfloat16"});
  const at::Tensor x = test::some_input({3, 5});

  const at::Tensor output = dense(x);

  const auto weights = dense.get_weights();
  CHECK(type_of(weights[0]) == at::kFloat);
  const auto rounded = [](const at::Tensor& tensor) { return bfloat16(tensor).to(at::kDouble); };
  const at::Tensor exact = rounded(x).matmul(rounded(weights[0].tensor())) + rounded(weights[1].tensor());
  CHECK(at::allclose(output.to(at::kDouble), exact, /*rtol=*/2.0 / 256, /*atol=*/0.0));
}

TEST_CASE("Gradients reach the weights in their own type, of every call", "[layers][dtype]") {
  const layers::Dense dense(4, {.use_bias = false, .dtype = "mixed_bfloat16"});
  const at::Tensor x = test::some_input({3, 5});
  dense.build({none, 5});
  const at::Tensor kernel = dense->weights()[0]->tensor;

  const at::Tensor first = dense(x);
  const at::Tensor second = dense(x * 2);
  (first.sum() + second.sum()).to(at::kFloat).backward();

  REQUIRE(kernel.grad().defined());
  CHECK(kernel.grad().scalar_type() == at::kFloat);
  const at::Tensor one = bfloat16(x).to(at::kFloat).sum(0).expand({4, 5});
  CHECK(at::allclose(kernel.grad(), one * 3, 0.01, 0.01));
}

TEST_CASE("A changed weight is rounded anew at the next call", "[layers][dtype]") {
  const layers::Dense dense(1, {.use_bias = false, .dtype = "mixed_bfloat16"});
  dense(at::ones({1, 1}));

  dense.set_weights({Array{{3.0f}}});

  CHECK(dense(at::ones({1, 1})).item<float>() == 3.0f);
}

TEST_CASE("LibTorch sees the weights and not what they are rounded to", "[layers][dtype]") {
  const layers::Conv2D convolution(2, 3, {.dtype = "mixed_bfloat16"});
  convolution.build({none, 5, 5, 1});

  const auto parameters = convolution.module().named_parameters();

  REQUIRE(parameters.size() == 2);
  for (const auto& parameter : parameters) CHECK(parameter.value().scalar_type() == at::kFloat);
  CHECK(parameters.begin()->value().is_same(convolution->weights()[0]->tensor));
}

TEST_CASE("Floating inputs are cast and integers are not", "[layers][dtype]") {
  const layers::Identity half({.dtype = "bfloat16"});

  CHECK(half(at::ones({2}, at::kDouble)).scalar_type() == at::kBFloat16);
  CHECK(half(at::ones({2}, at::kLong)).scalar_type() == at::kLong);
}

// What is near 100 has steps of 0.5 in bfloat16: statistics of it in bfloat16 would be far off.
TEST_CASE("Normalizations of a mixed policy compute in float32 and give bfloat16", "[layers][dtype]") {
  const at::Tensor x = bfloat16(100 + test::some_input({8, 6}) * 4);
  const std::vector<Layer> mixed{layers::BatchNormalization({.dtype = "mixed_bfloat16"}),
                                 layers::LayerNormalization({.dtype = "mixed_bfloat16"}),
                                 layers::GroupNormalization({.groups = 2, .dtype = "mixed_bfloat16"})};
  const std::vector<Layer> full{layers::BatchNormalization(), layers::LayerNormalization(),
                                layers::GroupNormalization({.groups = 2})};
  const size_t i = GENERATE(0, 1, 2);
  INFO(mixed[i].class_name());

  const at::Tensor output = mixed[i](x, {.training = true});

  CHECK(output.scalar_type() == at::kBFloat16);
  CHECK(output.equal(bfloat16(full[i](x.to(at::kFloat), {.training = true}))));
  for (const Array& weight : mixed[i].get_weights()) CHECK(type_of(weight) == at::kFloat);
  CHECK(mixed[i].get_weights() == full[i].get_weights());
}

TEST_CASE("Cells and layers inside have the policy of the layer that makes them", "[layers][dtype]") {
  const layers::LSTM lstm(3, {.dtype = "mixed_bfloat16"});
  const layers::MultiHeadAttention attention(2, 3, {.dtype = "float64"});

  CHECK(lstm(test::some_input({2, 4, 5})).scalar_type() == at::kBFloat16);
  CHECK(type_of(lstm.get_weights()[0]) == at::kFloat);
  const Input x({4, 6}, {.dtype = "float64"});
  CHECK(attention(x, x).dtype() == DType::Float64);
  for (const Array& weight : attention.get_weights()) CHECK(type_of(weight) == at::kDouble);
}

TEST_CASE("Graphs know the types of their tensors", "[layers][dtype]") {
  const Input x({4});
  const KerasTensor hidden = layers::Dense(3, {.dtype = "mixed_bfloat16"})(x);
  const KerasTensor output = layers::Dense(2, {.dtype = "float32"})(hidden);

  CHECK(x.dtype() == DType::Float32);
  CHECK(hidden.dtype() == DType::BFloat16);
  CHECK(output.dtype() == DType::Float32);
  CHECK(Model({.inputs = x, .outputs = hidden}).predict(at::ones({1, 4}), {.verbose = 0}).dtype() == DType::BFloat16);
}

TEST_CASE("Configs have the policy as an object, and are read with a bare name too", "[layers][dtype]") {
  const layers::Rescaling layer(2.0, {.dtype = "mixed_bfloat16", .name = "r"});
  CHECK_THAT(layer.get_config(), ContainsSubstring(R"("dtype":{"module":"keras","class_name":"DTypePolicy",)"
                                                   R"("config":{"name":"mixed_bfloat16"},"registered_name":null})"));

  CHECK(read_layer("Rescaling", layer.get_config()).dtype_policy() == layer.dtype_policy());
  CHECK(read_layer("Rescaling", R"({"name":"r","scale":2.0,"dtype":"float64"})").compute_dtype() == DType::Float64);
  const Layer lstm = read_layer("LSTM", R"({"name":"l","units":2,"dtype":"bfloat16"})");
  lstm.build({none, 3, 2});
  CHECK(type_of(lstm.get_weights()[0]) == at::kBFloat16);
  const std::string quantized =
      R"({"name":"r","scale":2.0,"dtype":{"module":"keras","class_name":"QuantizedDTypePolicy","config":{}}})";
  CHECK_THROWS_WITH(read_layer("Rescaling", quantized),
                    ContainsSubstring("Layers know the dtype policies DTypePolicy and DTypePolicyMap; quantized ones "
                                      "are not available. Received: 'QuantizedDTypePolicy'"));
}

TEST_CASE("Weights need a type of floats", "[layers][dtype]") {
  const layers::Dense dense(2, {.dtype = "int32", .name = "d"});

  CHECK_THROWS_WITH(dense.build({none, 3}),
                    "Layer 'd' (of type Dense) has weights, and needs a dtype of floats. Received: dtype='int32'");
}

TEST_CASE("Lora and its weight are rounded together, and saved in full", "[layers][dtype]") {
  const layers::Dense dense(3, {.use_bias = false, .lora_rank = 2, .dtype = "mixed_bfloat16"});
  const at::Tensor x = test::some_input({2, 4});

  const at::Tensor output = dense(x);

  CHECK(output.scalar_type() == at::kBFloat16);
  const auto kernel = dense->weights()[0];
  CHECK(kernel->saved().scalar_type() == at::kFloat);
  CHECK(kernel->effective().scalar_type() == at::kBFloat16);
}

TEST_CASE("A map has a policy for a path, a pattern that fits all of it, and the rest", "[layers][dtype]") {
  const DTypePolicyMap map("float32", {{"encoder/layer_0/dense", "bfloat16"}, {"encoder/.*", "float16"},
                                       {"decoder", "bfloat16"}, {"a.*", "float16"}, {"ab.*", "float64"}});

  CHECK(map.name() == "map_float32");
  CHECK(map.compute_dtype() == DType::Float32);
  CHECK(map.at("encoder/layer_0/dense").name() == "bfloat16");
  CHECK(map.at("encoder/attention/query").name() == "float16");
  CHECK(map.at("decoder/attention").name() == "float32");
  CHECK(DTypePolicy("float64").at("decoder").name() == "float64");
  CHECK_THROWS_WITH(map.at("abc"),
                    "Path 'abc' matches multiple dtype policy specification keys: ['a.*', 'ab.*']. Please make sure "
                    "each path only matches at most one dtype policy specification key in the DTypePolicyMap.");
}

TEST_CASE("A map refuses what Keras' refuses", "[layers][dtype][errors]") {
  const DTypePolicy inside = DTypePolicyMap("float32");
  CHECK_THROWS_WITH(DTypePolicyMap(inside), "`default_policy` cannot be a `DTypePolicyMap`.");
  CHECK_THROWS_WITH(DTypePolicyMap("float32", {{"a", "bfloat16"}, {"a", "float32"}}),
                    "a already exist in the DTypePolicyMap with value bfloat16. Please make sure to not use duplicated "
                    "keys.");
  CHECK_THROWS_WITH(DTypePolicyMap("float32", {{"(", "bfloat16"}}),
                    StartsWith("DTypePolicyMap expects paths or regular expressions as keys. Received: '(' ("));
}

TEST_CASE("A map without a default follows the policy that is set", "[layers][dtype]") {
  const DTypePolicyMap map({}, {{"q", "float64"}});
  const test::Precision back("float32", "float32");

  config::set_dtype_policy("mixed_bfloat16");

  CHECK(map.at("other").name() == "mixed_bfloat16");
  CHECK(map.at("q").name() == "float64");
}

// [(l.path, l.compute_dtype) for l in layer._flatten_layers()] of the same layers in Keras 3.15.1.
TEST_CASE("Layers find their policy in a map by their path", "[layers][dtype]") {
  const DTypePolicyMap map("float32", {{"l/lstm_cell", "float64"}, {"b/.*", "mixed_bfloat16"}, {"t/d", "float64"},
                                       {"activation", "float64"}, {"flatten", "float64"}, {"s/.*", "float64"},
                                       {"mha/(key|value)", "float64"}});
  const Input x({4, 6});
  const layers::MultiHeadAttention attention(2, 3, {.dtype = map, .name = "mha"});
  const layers::LSTM inside(2, {.dtype = map, .name = "x"});
  const layers::Bidirectional both(inside, {.dtype = map, .name = "b"});
  const layers::Activation activation("relu", {.dtype = map, .name = "activation"});
  const layers::Flatten flatten({.dtype = map, .name = "flatten"});

  const KerasTensor seen = attention(x, x);
  CHECK(seen.dtype() == DType::Float32);
  CHECK(attention.compute_dtype() == DType::Float32);
  std::vector<at::ScalarType> types;
  for (const auto& weight : attention->weights()) types.push_back(weight->tensor.scalar_type());
  CHECK(types == std::vector<at::ScalarType>{at::kFloat, at::kFloat, at::kDouble, at::kDouble, at::kDouble, at::kDouble,
                                             at::kFloat, at::kFloat});
  both.build({none, 4, 6});
  CHECK(both.compute_dtype() == DType::Float32);
  for (const Layer& layer : both->sublayers()) CHECK(layer.compute_dtype() == DType::BFloat16);
  CHECK(activation(x).only().dtype() == DType::Float32);  // Keras gives it no path
  CHECK(flatten(x).only().dtype() == DType::Float64);
  const Layer one = layers::Dense(2, {.dtype = map, .name = "one"});
  const Sequential model({Input({3}), one, layers::Dense(2)}, {.name = "s"});
  CHECK(model->trainable_weights()[0]->tensor.scalar_type() == at::kDouble);
}

TEST_CASE("TimeDistributed gives its own dtype, whatever the layer inside computes in", "[layers][dtype]") {
  const layers::Dense inside(2, {.dtype = "float64"});
  const layers::TimeDistributed steps(inside);
  const at::Tensor x = test::some_input({2, 3, 4});

  const at::Tensor output = steps(x);

  CHECK(output.scalar_type() == at::kFloat);
  CHECK(output.select(1, 1).equal(inside(x.select(1, 1)).to(at::kFloat)));
}

TEST_CASE("A layer that is built by its first call computes by its path at once", "[layers][dtype]") {
  const layers::Dense dense(2, {.dtype = DTypePolicyMap("bfloat16", {{"d", "float64"}}), .name = "d"});
  const at::Tensor x = test::some_input({2, 3}).to(at::kDouble);

  const at::Tensor first = dense(x);

  CHECK(first.scalar_type() == at::kDouble);
  CHECK(first.equal(dense(x)));
}

// What keras.saving.serialize_keras_object writes of Dense(2, dtype=DTypePolicyMap("float32", {...})), but that Keras
// leaves a default that was given as a name what it is. Without one it forgets the names of the others.
TEST_CASE("Configs have maps, and are read with Keras' own", "[layers][dtype]") {
  const layers::Rescaling layer(
      2.0, {.dtype = DTypePolicyMap("float32", {{"dense", "bfloat16"}, {"a.*", "float16"}}), .name = "r"});
  CHECK_THAT(layer.get_config(),
             ContainsSubstring(R"("dtype":{"module":"keras.dtype_policies","class_name":"DTypePolicyMap","config":)"
                               R"({"default_policy":{"module":"keras","class_name":"DTypePolicy","config":)"
                               R"({"name":"float32"},"registered_name":null},"policy_map":{"dense":{"module":"keras",)"
                               R"("class_name":"DTypePolicy","config":{"name":"bfloat16"},"registered_name":null},)"));
  CHECK(read_layer("Rescaling", layer.get_config()).dtype_policy() == layer.dtype_policy());
  CHECK(read_layer("Rescaling", layer.get_config()).get_config() == layer.get_config());

  const std::string keras = R"({"name":"r","scale":2.0,"dtype":{"class_name":"DTypePolicyMap","config":{)"
                            R"("default_policy":null,"policy_map":{"q":"float64","p":{"class_name":"DTypePolicy",)"
                            R"("config":{"name":null}}}}}})";
  const Layer read = read_layer("Rescaling", keras);
  CHECK(read.dtype_policy() == DTypePolicyMap({}, {{"q", "float64"}, {"p", "float32"}}));
  CHECK_THAT(read.get_config(), ContainsSubstring(R"("default_policy":null)"));
}

TEST_CASE("A model with policies by path is saved and predicts the same", "[layers][dtype][saving]") {
  const tests::TemporaryFolder folder;
  const DTypePolicyMap map("float32", {{"(.*/)?one", "mixed_bfloat16"}, {"(.*/)?two", "float64"}});
  Sequential model({Input({3}), layers::Dense(4, {.dtype = map, .name = "one"}),
                    layers::Dense(2, {.dtype = map, .name = "two"})});
  const at::Tensor x = test::some_input({5, 3});
  model.save(folder.file("m.keras"));

  Model loaded = models::load_model(folder.file("m.keras"));

  CHECK(loaded.predict(x, {.verbose = 0}) == model.predict(x, {.verbose = 0}));
  CHECK(loaded.predict(x, {.verbose = 0}).dtype() == DType::Float64);
  CHECK(loaded.get_weights() == model.get_weights());
}

TEST_CASE("Lambda and TorchModule have a dtype as other layers do", "[layers][dtype]") {
  const layers::Lambda half([](const at::Tensor& x) { return x * 2; }, {.dtype = "bfloat16"});
  const layers::TorchModule wide(torch::nn::Linear(3, 2), {.dtype = "float64"});
  const Input x({3});

  CHECK(half(x).only().dtype() == DType::BFloat16);
  CHECK(half(at::ones({2, 3})).scalar_type() == at::kBFloat16);
  CHECK(half.compute_output_shape({none, 3}) == Shape{none, 3});
  CHECK(wide(x).only().dtype() == DType::Float64);
  CHECK(wide(x).only().shape() == Shape{none, 2});
  CHECK(wide(at::ones({2, 3})).scalar_type() == at::kDouble);
  CHECK(type_of(wide.get_weights()[0]) == at::kDouble);
  CHECK_THROWS_WITH(layers::TorchModule(torch::nn::Linear(3, 2), {.dtype = "mixed_bfloat16", .name = "m"}),
                    "Layer 'm' holds a LibTorch module, whose weights can not be cast at each call: say `.dtype = "
                    "\"float32\"`, for example. Received: dtype='mixed_bfloat16'");
}

TEST_CASE("The dtype of a Lambda and of a TorchModule is in files", "[layers][dtype][saving]") {
  register_function<layers::LambdaFunction>("dtypes", "twice_as_wide", [](const at::Tensor& x) { return x * 2; });
  register_function<layers::ModuleFactory>("dtypes", "linear", [] { return torch::nn::Linear(3, 2); });
  const tests::TemporaryFolder folder;
  Sequential model({Input({3}), layers::Lambda("twice_as_wide", {.dtype = "bfloat16"}),
                    layers::TorchModule("linear", {.dtype = "float64"})});
  const at::Tensor x = test::some_input({4, 3});
  model.save(folder.file("m.keras"));

  Model loaded = models::load_model(folder.file("m.keras"));

  CHECK(loaded.layers()[0].compute_dtype() == DType::BFloat16);
  CHECK(type_of(loaded.get_weights()[0]) == at::kDouble);
  CHECK(loaded.predict(x, {.verbose = 0}) == model.predict(x, {.verbose = 0}));
}
