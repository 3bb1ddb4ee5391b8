// Numbers of Keras 3.15.1 (torch backend); weights and inputs are filled as golden.h says.

#include <ATen/ops/tensor.h>

#include "data/files.h"
#include "layers/golden.h"

using namespace keraslike;
using test::check_close;
using test::filled_output;
using test::some_input;

namespace {

std::vector<std::string> names_of(const std::vector<layers::WeightPtr>& weights) {
  std::vector<std::string> names;
  for (const auto& weight : weights) names.push_back(weight->name);
  return names;
}

void check_weights(const Model& model, const std::vector<double>& want) {
  std::vector<double> got;
  for (const Array& weight : model.get_weights()) {
    for (const double number : weight.to_vector<double>()) got.push_back(number);
  }
  check_close(at::tensor(got, at::kDouble), want);
}

}  // namespace

TEST_CASE("With `lora_rank` a product of thin matrices is added to a kernel, and trains", "[layers][lora][golden]") {
  const layers::Dense dense(2, {.lora_rank = 1, .lora_alpha = 3});
  check_close(filled_output(dense, {2, 3}), {0.759544, 0.6407612, 0.1318361, 0.307584});
  CHECK(names_of(dense->weights()) == std::vector<std::string>{"kernel", "bias", "lora_kernel_a", "lora_kernel_b"});
  CHECK(names_of(dense->trainable_weights()) == std::vector<std::string>{"bias", "lora_kernel_a", "lora_kernel_b"});
  CHECK_THAT(dense.get_config(), ContainsSubstring(R"("quantization_config":null,"lora_rank":1,"lora_alpha":1})"));

  check_close(filled_output(layers::EinsumDense("abc,cde->abde", {none, 2, 2},
                                                {.bias_axes = "e", .lora_rank = 1, .lora_alpha = 3}),
                            {1, 2, 2}),
              {0.6436924, 0.8676165, 0.6240656, 0.5465992, 0.635622, 0.5436686, 0.5226358, 0.479817});
  check_close(filled_output(layers::Conv1D(2, 2, {.lora_rank = 1, .lora_alpha = 3}), {1, 3, 2}),
              {1.1430558, 1.0023203, 0.452061, 0.4595915});
  const layers::Embedding embedding(3, 2, {.lora_rank = 1, .lora_alpha = 3});
  test::fill(embedding, {none, 2});
  check_close(embedding(at::tensor({0, 2})), {0.5977539, 0.6459355, -0.449775, -0.1076277});
}

// `keras.utils.set_random_seed(7); layer = Dense(2, lora_rank=2); layer.build((None, 3))`
TEST_CASE("LoRA's first values are drawn after the kernel's", "[layers][lora][golden]") {
  set_random_seed(7);
  const layers::Dense dense(2, {.lora_rank = 2});
  dense.build({none, 3});
  check_close(dense.get_weights()[0].tensor(),
              {-0.3229492, -0.2075239, -0.5346113, -0.3337871, -0.1867127, -0.5130668});
  check_close(dense.get_weights()[2].tensor(), {0.2162892, 0.0733019, -1.1699541, 1.1783777, 0.4522617, -0.1274815});
  check_close(dense.get_weights()[3].tensor(), {0, 0, 0, 0});
}

TEST_CASE("Files hold a kernel with what LoRA added", "[layers][lora][golden]") {
  Sequential model({Input({3}), layers::Dense(2, {.lora_rank = 1}), layers::Dense(1)});
  std::vector<Array> weights;
  for (const Array& weight : model.get_weights()) weights.emplace_back(some_input(weight.shape()));
  model.set_weights(weights);
  model.compile({.optimizer = optimizers::SGD(0.01), .loss = "mse"});
  model.fit(some_input({4, 3}), some_input({4, 1}), {.batch_size = 4, .epochs = 2, .verbose = 0, .shuffle = false});
  check_weights(model, {0.4207355, 0.4546487, 0.07056, -0.3784012, -0.4794621, -0.1397077, 0.4095289, 0.4425337,
                        0.4200223, 0.4542979, 0.0708941, 0.4202576, 0.4541321, 0.4077618, 0.4413803, 0.3938917});
  const tests::TemporaryFolder folder;

  model.save(folder.file("lora.keras"));
  Model loaded = models::load_model(folder.file("lora.keras"));

  check_weights(loaded, {0.5972531, 0.6453943, 0.2614821, -0.17209, -0.4496684, -0.1075125, 0.4095289, 0.4425337, 0, 0,
                         0, 0, 0, 0.4077618, 0.4413803, 0.3938917});
  check_close(loaded.predict(some_input({4, 3}), {.verbose = 0}).tensor(),
              {0.9761808, 0.5738032, 0.8973926, 0.659068});
}

TEST_CASE("LoRA refuses constraints, and quantized layers are refused", "[layers][lora][errors]") {
  CHECK_THROWS_WITH(layers::Dense(2, {.kernel_constraint = "non_neg", .lora_rank = 1}),
                    Equals("Lora is incompatible with kernel constraints. In order to enable lora on this layer, "
                           "remove the `kernel_constraint` argument."));
  CHECK_THROWS_WITH(layers::Dense(2, {.lora_rank = -1}), ContainsSubstring("Received: lora_rank=-1"));
  const Layer dense(registry<layers::LayerImpl>().make("Dense"));
  CHECK_THROWS_WITH(saving::read_config(R"({"units":2,"quantization_config":{"class_name":"Int8QuantizationConfig"}})",
                                        "Dense", [&](Fields& field) { dense->fields(field); }),
                    ContainsSubstring("quantized layers are not available."));
}

TEST_CASE("SpectralNormalization divides a kernel by its greatest stretch", "[layers][golden]") {
  const layers::SpectralNormalization dense(layers::Dense(2), {.power_iterations = 2});
  test::fill(dense, {none, 3});
  check_close(dense(some_input({2, 3}), {.training = true}), {0.6427649, 0.4665433, 0.2610511, 0.4912691});
  check_close(dense.get_weights()[0].tensor(), {0.532989, 0.5759503, 0.0893856, -0.4793598, -0.607384, -0.1769822});
  check_close(dense.get_weights()[1].tensor(), {0.7350035, 0.6780632});
  CHECK(names_of(dense->weights()) == std::vector<std::string>{"kernel", "vector_u", "bias"});
  CHECK(names_of(dense->trainable_weights()) == std::vector<std::string>{"kernel", "bias"});

  const layers::SpectralNormalization conv(layers::Conv1D(2, 2));
  test::fill(conv, {none, 3, 2});
  check_close(conv(some_input({1, 3, 2}), {.training = true}), {0.4726497, 0.2735404, 0.611195, 0.6310141});
  CHECK(test::copied(conv).get_config() == conv.get_config());

  const layers::SpectralNormalization embedding(layers::Embedding(3, 2));
  test::fill(embedding, {none});
  const at::Tensor indices = at::tensor({2, 0});  // the output has their type, as Keras'
  CHECK(embedding(indices.to(at::kFloat)).equal(embedding.get_weights()[0].tensor().index_select(0, indices)));

  CHECK_THROWS_WITH(layers::SpectralNormalization(layers::Flatten())(at::zeros({1, 2})),
                    StartsWith("Flatten object has no attribute 'kernel' nor 'embeddings'"));
  CHECK_THROWS_WITH(layers::SpectralNormalization(layers::Dense(1), {.power_iterations = 0}),
                    Equals("`power_iterations` should be greater than zero. Received: `power_iterations=0`"));
}

TEST_CASE("ReversibleEmbedding goes back to logits", "[layers][golden]") {
  const Input words({2});
  const Input hidden({2, 2});
  const auto filled = [](const KerasTensors& inputs, const KerasTensors& outputs, const Data& data) {
    Model model({.inputs = inputs, .outputs = outputs});
    std::vector<Array> weights;
    for (const Array& weight : model.get_weights()) weights.emplace_back(some_input(weight.shape()));
    model.set_weights(weights);
    return model.predict_all(data, {.verbose = 0});
  };
  const layers::ReversibleEmbedding both(4, 2, {.tie_weights = false, .mask_zero = true, .logit_soft_cap = 0.2});
  const auto outputs =
      filled({words, hidden}, {both(words), both(hidden, {.reverse = true})},
             Data::list(at::tensor({1, 2, 0, 0}).reshape({2, 2}), some_input({2, 2, 2})));
  check_close(outputs[0].tensor(), {0.07056, -0.3784012, -0.4794621, -0.1397077, 0.4207355, 0.4546487, 0.4207355,
                                    0.4546487});
  check_close(outputs[1].tensor(), {-0.0404049, 0.1128225, 0.1427886, 0.063433, 0.1567933, 0.0801812, -0.1069277,
                                    -0.1578497, -0.1174831, -0.1516719, -0.0757534, 0.1018317, -0.0916124, 0.0761938,
                                    0.1459681, 0.1076979});
  const layers::ReversibleEmbedding tied(4, 2);
  check_close(filled(hidden, tied(hidden, {.reverse = true}), some_input({2, 2, 2}))[0].tensor(),
              {0.3837238, -0.1423525, -0.2652447, 0.363114, -0.1423525, 0.1481662, 0.0190347, -0.1640087, -0.2652447,
               0.0190347, 0.2494022, -0.2266106, 0.363114, -0.1640087, -0.2266106, 0.3526153});
  CHECK_THAT(tied.get_config(), ContainsSubstring(R"("quantization_config":null,"tie_weights":true,)"
                                                  R"("reverse_dtype":null,"logit_soft_cap":null})"));
}
