// Numbers of Keras 3.15.1 (torch backend); weights and inputs are filled as golden.h says, values in reverse order.

#include <ATen/ops/tensor.h>

#include "layers/golden.h"

using namespace keraslike;
using test::check_close;
using test::some_input;

namespace {

const Input query({2, 3}, {.name = "query"});
const Input value({3, 3}, {.name = "value"});
const Input words({3}, {.name = "words"});
const Array some_words(at::tensor({1, 2, 0, 0, 0, 0}).reshape({2, 3}));

// What a model with filled weights predicts.
std::vector<Array> filled(const KerasTensors& inputs, const KerasTensors& outputs, const Data& data) {
  Model model({.inputs = inputs, .outputs = outputs});
  std::vector<Array> weights;
  for (const Array& weight : model.get_weights()) weights.emplace_back(some_input(weight.shape()));
  model.set_weights(weights);
  return model.predict_all(data, {.verbose = 0});
}

std::vector<Array> of_two(const KerasTensors& outputs) {
  return filled({query, value}, outputs, Data::list(some_input({2, 2, 3}), some_input({2, 3, 3}).flip(1)));
}

KerasTensors embedded() { return layers::Embedding(3, 2, {.mask_zero = true})(words); }

}  // namespace

TEST_CASE("Attention shares values out by the products of queries and keys", "[layers][attention][golden]") {
  const auto outputs = of_two(layers::Attention()({query, value}, {.return_attention_scores = true}));
  check_close(outputs[0].tensor(), {0.2332927, 0.295247, 0.0857526, -0.0184328, -0.0234161, -0.0068707, 0.0082978,
                                    0.0185544, 0.0117521, -0.1304463, -0.3066435, -0.200914});
  check_close(outputs[1].tensor(), {0.4037824, 0.1879491, 0.4082685, 0.2386097, 0.5220113, 0.239379, 0.2454499,
                                    0.5162401, 0.2383099, 0.4035827, 0.1864405, 0.4099768});
  const layers::Attention sums({.use_scale = true, .score_mode = "concat"});
  check_close(of_two(sums({query, value}, {.use_causal_mask = true}))[0].tensor(),
              {0.3284933, 0.4946791, 0.2060592, 0.0355131, 0.0909356, 0.0627523, -0.1439517, -0.4806987, -0.3754936,
               0.0634562, 0.0910822, 0.0349677});
  check_close(of_two(layers::AdditiveAttention()({query, value, value}))[0].tensor(),
              {0.2154235, 0.2728275, 0.0793952, 0.2155147, 0.2727315, 0.0792002, -0.0138711, -0.0347685, -0.0236998,
               -0.0137463, -0.0339808, -0.0229735});
}

TEST_CASE("Attention heeds the masks of its inputs", "[layers][attention][mask][golden]") {
  const KerasTensors steps = embedded();
  check_close(filled(words, layers::Attention()({steps, steps}, {.use_causal_mask = true}), some_words)[0].tensor(),
              {0.07056, -0.3784012, -0.2359885, -0.2453682, 0, 0, 0, 0, 0, 0, 0, 0});
  const layers::MultiHeadAttention heads(1, 2);
  check_close(filled(words, heads(steps, steps), some_words)[0].tensor(),
              {0.5924551, 0.4228768, 0.5892052, 0.4237654, 0.6305954, 0.4702643, 0.7191671, 0.561679, 0.7191671,
               0.561679, 0.7191671, 0.561679});
  const layers::MultiHeadAttention dropping(1, 2, {.dropout = 0.1});
  check_close(filled(words, dropping(steps, steps), some_words)[0].tensor(),
              {0.592455, 0.4228768, 0.5892051, 0.4237653, 0.4207355, 0.4546487, 0.4207355, 0.4546487, 0.4207355,
               0.4546487, 0.4207355, 0.4546487});
}

TEST_CASE("MultiHeadAttention attends in each head", "[layers][attention][golden]") {
  check_close(of_two(layers::MultiHeadAttention(2, 2)(query, value))[0].tensor(),
              {0.5444556, 0.6438999, 0.1513456, 0.5443439, 0.6437153, 0.1512578, 0.5613145, 0.6654816, 0.1578081,
               0.561479, 0.66573, 0.1579118});
  const layers::MultiHeadAttention narrow(2, 2, {.value_dim = 3, .use_bias = false, .output_shape = Shape{2}});
  check_close(of_two(narrow(query, value, {.use_causal_mask = true}))[0].tensor(),
              {0.0170094, 0.0048405, 0.0003149, 0.0006627, -0.0142203, -0.0104606, 0.0004841, -0.0007829});
  const layers::MultiHeadAttention gated(2, 2, {.sliding_window = 1, .use_gate = true});
  const auto outputs = of_two(gated(query, value, {.key = value, .return_attention_scores = true}));
  check_close(outputs[0].tensor(), {0.4602714, 0.5146606, 0.0958733, 0.4922577, 0.5478681, 0.0997711, 0.4865764,
                                    0.5483647, 0.105989, 0.4635395, 0.5139374, 0.0918237});
  check_close(outputs[1].tensor(), {1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0});
}

TEST_CASE("MultiHeadAttention takes masks by hand and inputs of more axes", "[layers][attention][golden]") {
  const Input mask({2, 3}, {.dtype = "bool"});
  const at::Tensor seen = at::tensor({1, 0, 1, 0, 1, 1, 1, 1, 0, 1, 0, 0}).reshape({2, 2, 3}).to(at::kBool);
  check_close(filled({query, value, mask}, layers::MultiHeadAttention(2, 2)(query, value, {.attention_mask = mask}),
                     Data::list(some_input({2, 2, 3}), some_input({2, 3, 3}).flip(1), seen))[0]
                  .tensor(),
              {0.5311062, 0.6292493, 0.1488634, 0.5521965, 0.6538234, 0.1543281, 0.5530775, 0.6548083, 0.1545114,
               0.5803872, 0.6953585, 0.1710204});
  const Input image({2, 2, 2});
  const auto over = [&](std::optional<std::vector<int64_t>> axes) {
    const layers::MultiHeadAttention layer(1, 2, {.attention_axes = std::move(axes)});
    return filled(image, layer(image, image), some_input({1, 2, 2, 2}))[0].tensor();
  };
  check_close(over({}), {0.6545761, 0.497874, 0.6533468, 0.4962653, 0.6506242, 0.4954085, 0.6541362, 0.4977347});
  check_close(over({{2}}), {0.6820601, 0.4868144, 0.6811658, 0.4850102, 0.6181211, 0.5061773, 0.6230539, 0.5098367});
}

TEST_CASE("GroupQueryAttention shares keys and values among heads", "[layers][attention][golden]") {
  const layers::GroupQueryAttention layer(2, 4, 2);
  CHECK_THAT(layer.name(), StartsWith("grouped_query_attention"));
  check_close(of_two(layer(query, value))[0].tensor(),
              {0.5002893, 0.8039252, 0.3684359, 0.4991462, 0.8015289, 0.3669896, 0.5259516, 0.8412784, 0.3831378,
               0.5262866, 0.841911, 0.3834864});
  const layers::GroupQueryAttention gated(2, 2, 1, {.use_gate = true});
  const auto outputs =
      of_two(gated(query, value, {.use_causal_mask = true, .return_attention_scores = true}));
  check_close(outputs[0].tensor(), {0.4974784, 0.5249956, 0.0698342, 0.4422701, 0.4514578, 0.0455773, 0.4186136,
                                    0.4089949, 0.0233482, 0.4510355, 0.4606938, 0.0467924});
  check_close(outputs[1].tensor(), {1, 0, 0, 0.5098394, 0.4901606, 0, 1, 0, 0, 0.5057936, 0.4942063, 0,
                                    1, 0, 0, 0.5358348, 0.4641652, 0, 1, 0, 0, 0.4760557, 0.5239442, 0});
}

// `keras.utils.set_random_seed(42); layer = MultiHeadAttention(2, 2, dropout=0.5); layer.build((None, 2, 3), (None, 3,
// 3)); layer(query, value, training=True)`
TEST_CASE("MultiHeadAttention draws its weights and its dropout as Keras does", "[layers][attention][golden]") {
  set_random_seed(42);
  const layers::MultiHeadAttention layer(2, 2, {.dropout = 0.5});
  layer(query, value);
  check_close(layer.get_weights()[0].tensor(), {-0.8873897, -0.7770819, 0.7766757, -0.0728472, -0.1232016, 0.6872802,
                                                -0.678323, 0.6495564, -0.197679, 0.8932633, 0.2321517, -0.34864});
  check_close(layer.get_weights()[6].tensor(), {0.6742545, 0.6078089, -0.4655738, 0.1387802, 0.4196786, 0.7597443,
                                                -0.8436187, -0.2666588, 0.8718308, 0.5179812, 0.6027555, 0.1484919});
  layers::Call<layers::Value> call;
  call.arguments = {{"query", layers::Value{some_input({2, 2, 3})}},
                    {"value", layers::Value{some_input({2, 3, 3}).flip(1)}}};
  check_close(layer->run_all(call, {.training = true})[0].tensor,
              {0.2193948, 0.2119351, -0.0530969, 0.2777753, 0.2708779, -0.1071695, -0.2088739, -0.1977756, 0.0853939,
               0.1739599, 0.1891277, -0.0556813});
}

TEST_CASE("Attentions write Keras' configs", "[layers][attention]") {
  const layers::MultiHeadAttention layer(2, 3, {.name = "heads"});
  layer(query, query);
  const std::string config = layer.get_config();
  CHECK_THAT(config, ContainsSubstring(R"("num_heads":2,"key_dim":3,"value_dim":3,"dropout":0.0,"use_bias":true,)"
                                       R"("use_gate":false,"output_shape":null,"attention_axes":[1],)"
                                       R"("sliding_window":null,"kernel_initializer":)"));
  CHECK(test::copied(layer).get_config() == config);
  const layers::GroupQueryAttention groups(3, 4, 2);
  CHECK_THAT(groups.get_config(), ContainsSubstring(R"("head_dim":3,"num_query_heads":4,"num_key_value_heads":2,)"
                                                    R"("use_bias":true,"use_gate":false,"sliding_window":null,)"
                                                    R"("dropout":0.0,"kernel_initializer":)"));
  CHECK(test::copied(groups).get_config() == groups.get_config());
  CHECK_THAT(layers::Attention().get_config(),
             ContainsSubstring(R"("use_scale":false,"score_mode":"dot","dropout":0.0,"seed":null})"));
  CHECK_THAT(layers::AdditiveAttention({.seed = 3}).get_config(),
             ContainsSubstring(R"("use_scale":true,"dropout":0.0,"seed":3})"));
}

TEST_CASE("Attentions refuse in the words of Keras", "[layers][attention][errors]") {
  using layers::Attention;
  using layers::GroupQueryAttention;
  using layers::MultiHeadAttention;
  CHECK_THROWS_WITH(Attention()(query), StartsWith("Attention layer must be called on a list of inputs, namely [query, "
                                                   "value] or [query, value, key]."));
  CHECK_THROWS_WITH(Attention()({query, value, value, value}), ContainsSubstring("Received length: 4."));
  CHECK_THROWS_WITH(Attention({.score_mode = "sum"}),
                    Equals("Invalid value for argument score_mode. Expected one of {'dot', 'concat'}. Received: "
                           "score_mode=sum"));
  CHECK_THROWS_WITH(MultiHeadAttention(0, 2), Equals("Received an invalid value for argument `num_heads`, expected a "
                                                     "positive integer. Received: num_heads=0"));
  CHECK_THROWS_WITH(MultiHeadAttention(1, 2, {.value_dim = 0}),
                    ContainsSubstring("expected a positive integer or `None`. Received: value_dim=0"));
  CHECK_THROWS_WITH(MultiHeadAttention(1, 2, {.sliding_window = 0}),
                    ContainsSubstring("must be `None` or a positive integer. Received: sliding_window=0"));
  CHECK_THROWS_WITH(MultiHeadAttention(1, 2, {.dropout = 0.1, .flash_attention = true}),
                    StartsWith("Dropout is not supported when flash attention is enabled."));
  CHECK_THROWS_WITH(
      MultiHeadAttention(1, 2, {.flash_attention = true})(query, value, {.return_attention_scores = true}),
      StartsWith("Returning attention scores is not supported"));
  CHECK_THROWS_WITH(MultiHeadAttention(1, 2)(query, value, {.key = query}),
                    ContainsSubstring("must be equal. Received: value_shape=(None, 3, 3) and key_shape=(None, 2, 3)"));
  CHECK_THROWS_WITH(static_cast<const Layer&>(MultiHeadAttention(1, 2))(query),
                    StartsWith("MultiHeadAttention expects a query and a value"));
  CHECK_THROWS_WITH(GroupQueryAttention(2, 3, 2),
                    StartsWith("`num_query_heads` must be divisible by `num_key_value_heads`."));
}
