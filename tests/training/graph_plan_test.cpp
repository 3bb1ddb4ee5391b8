// Planned steps of what texts, sequences and graphs are made of.

#include "keraslike/keraslike.h"
#include "keraslike/torch.h"

#include "training/same_training.h"

using namespace keraslike;
using test::check_same;
using test::some_input;
using test::Trial;

namespace {

using Make = std::function<KerasTensors(const KerasTensors&)>;

// Rows of word numbers, of which the last ones of most rows are 0.
at::Tensor words(int64_t rows, int64_t steps, int64_t vocabulary) {
  const at::Tensor numbers = (at::arange(rows * steps, at::kLong) * 7 + 3).remainder(vocabulary).reshape({rows, steps});
  const at::Tensor lengths = at::arange(rows, at::kLong).remainder(steps).add(1).unsqueeze(-1);
  return at::where(at::arange(steps, at::kLong).lt(lengths), numbers, 0).to(at::kFloat);
}

// A model of one input whose last layer has 3 outputs.
Trial of_words(const Make& make) {
  return {.model = [=] {
            const Input input({5});
            return Model({.inputs = input, .outputs = layers::Dense(3)(make(input))});
          },
          .x = {words(11, 5, 9)},
          .y = {some_input({11, 3})}};
}

Trial of_sequences(const Make& make) {
  return {.model = [=] {
            const Input input({5, 4});
            return Model({.inputs = input, .outputs = layers::Dense(3)(make(input))});
          },
          .x = {some_input({11, 5, 4})},
          .y = {some_input({11, 3})}};
}

}  // namespace

TEST_CASE("A planned step trains layers that read texts as autograd does", "[training][plan]") {
  const auto [name, make] = GENERATE(table<std::string, Make>({
      {"embedding",
       [](const auto& x) { return layers::Flatten()(layers::Embedding(9, 4)(x)); }},
      {"penalty on embeddings",
       [](const auto& x) {
         return layers::Flatten()(layers::Embedding(9, 4, {.embeddings_regularizer = "l2"})(x));
       }},
      {"constraint on embeddings",
       [](const auto& x) {
         return layers::Flatten()(layers::Embedding(9, 4, {.embeddings_constraint = "unit_norm"})(x));
       }},
      {"frozen embedding",
       [](const auto& x) {
         return layers::Flatten()(layers::Dense(4)(layers::Embedding(9, 4, {.trainable = false})(x)));
       }},
      {"two embeddings of one layer",
       [](const auto& x) {
         const layers::Embedding embedding(9, 4);
         return layers::Flatten()(layers::Add()({embedding(x), layers::Dense(4)(embedding(x))}));
       }},
      {"mask into LSTM and GRU",
       [](const auto& x) {
         const auto h = layers::Embedding(9, 4, {.mask_zero = true})(x);
         return layers::GRU(4)(layers::LSTM(3, {.return_sequences = true})(layers::Dropout(0.2)(h)));
       }},
      {"mask through dense and normalization",
       [](const auto& x) {
         const auto h = layers::Dense(4, "tanh")(layers::Embedding(9, 4, {.mask_zero = true})(x));
         return layers::GlobalAveragePooling1D()(layers::LayerNormalization()(h));
       }},
      {"mask that a layer loses",
       [](const auto& x) { return layers::Flatten()(layers::Embedding(9, 4, {.mask_zero = true})(x)); }},
      {"bidirectional",
       [](const auto& x) {
         const auto h = layers::Embedding(9, 4, {.mask_zero = true})(x);
         const auto b = layers::Bidirectional(layers::LSTM(3, {.return_sequences = true}))(h);
         return layers::Bidirectional(layers::GRU(3), {.merge_mode = "sum"})(b);
       }},
      {"self-attention",
       [](const auto& x) {
         const auto h = layers::Embedding(9, 4, {.mask_zero = true})(x);
         const auto a = layers::MultiHeadAttention(2, 3)(h, h, {.use_causal_mask = true});
         return layers::GlobalAveragePooling1D()(layers::Add()({h, a}));
       }},
      {"masks that meet",
       [](const auto& x) {
         const auto h = layers::Embedding(9, 4, {.mask_zero = true})(x);
         const auto g = layers::Dense(4, "relu")(h);
         const auto all = layers::Concatenate()({layers::Multiply()({h, g}), layers::Maximum()({h, g}),
                                                 layers::Minimum()({h, g}), layers::Subtract()({h, g}),
                                                 layers::Average()({h, g, h})});
         return layers::LSTM(3)(all);
       }},
  }));
  INFO(name);

  check_same(of_words(make));
}

TEST_CASE("A planned step trains layers of sequences as autograd does", "[training][plan]") {
  const auto [name, make] = GENERATE(table<std::string, Make>({
      {"masking",
       [](const auto& x) {
         return layers::LSTM(3, {.go_backwards = true})(layers::Masking(0.5)(layers::Activation("hard_sigmoid")(x)));
       }},
      {"states returned and given",
       [](const auto& x) {
         const auto encoded = layers::LSTM(3, {.return_state = true})(x);
         return layers::LSTM(3)(x, {.initial_state = KerasTensors({encoded[1], encoded[2]})});
       }},
      {"output that nobody reads",
       [](const auto& x) { return layers::GRU(3, {.return_state = true})(x)[1]; }},
      {"bidirectional, each way to merge",
       [](const auto& x) {
         const auto a = layers::Bidirectional(layers::LSTM(3, {.return_sequences = true}), {.merge_mode = "mul"})(x);
         const auto b = layers::Bidirectional(layers::LSTM(3, {.return_sequences = true}), {.merge_mode = "ave"})(x);
         const auto both = layers::Bidirectional(layers::GRU(4, {.dropout = 0.2}), {.merge_mode = none})(x);
         return layers::Concatenate()({layers::LSTM(3)(layers::Concatenate()({a, b})), both[0], both[1]});
       }},
      {"time distributed",
       [](const auto& x) {
         return layers::Flatten()(layers::TimeDistributed(layers::Dense(2, "relu"))(layers::Dropout(0.3)(x)));
       }},
      {"attention",
       [](const auto& x) {
         const auto query = layers::Dense(4)(x);
         const auto seen = layers::Attention({.use_scale = true, .dropout = 0.2})({query, x});
         const auto added = layers::AdditiveAttention()({query, x, seen}, {.use_causal_mask = true});
         return layers::Flatten()(layers::GroupQueryAttention(2, 4, 2)(added, x));
       }},
      {"attention without a mask",
       [](const auto& x) {
         const auto query = layers::Dense(4)(x);
         const auto seen = layers::Attention()({query, x});
         return layers::Flatten()(layers::Attention()({seen, query, x}, {.use_causal_mask = true}));
       }},
      {"scores of attention",
       [](const auto& x) {
         const auto outputs = layers::MultiHeadAttention(2, 3, {.dropout = 0.1})(
             x, layers::Dense(4)(x), {.return_attention_scores = true});
         return layers::Concatenate()({layers::Flatten()(outputs[0]), layers::Flatten()(outputs[1])});
       }},
      {"products of einsum",
       [](const auto& x) {
         const auto heads = layers::EinsumDense("abc,cde->abde", {none, 2, 3}, {.bias_axes = "de"})(x);
         return layers::Flatten()(
             layers::EinsumDense("abde,dec->abc", {none, 3}, {.activation = "relu", .bias_axes = "c"})(heads));
       }},
      {"operators",
       [](const auto& x) {
         const KerasTensor h = layers::Dense(4)(x).only();
         return layers::Flatten()((h + x.only()) * 2.0 - h / 3.0 + ops::exp(-h));
       }},
      {"products and broadcasting",
       [](const auto& x) {
         const auto h = layers::Dense(4, "tanh")(x);
         const auto pooled = layers::GlobalMaxPooling1D()(h);
         return layers::Concatenate()({layers::Dot(1)({pooled, layers::Dense(4)(pooled)}),
                                       layers::Flatten()(layers::Dot({2, 2}, {.normalize = true})({h, x})),
                                       layers::Flatten()(layers::Add()({h, pooled}))});
       }},
      {"penalties on outputs",
       [](const auto& x) {
         const auto h = layers::Dense(4, {.activation = "tanh", .activity_regularizer = "l2"})(x);
         const auto g = layers::TimeDistributed(layers::Dense(3, {.activity_regularizer = "l1"}))(h);
         return layers::ActivityRegularization({.l1 = 0.01})(layers::Flatten()(g));
       }},
      {"preprocessing",
       [](const auto& x) { return layers::Flatten()(layers::Rescaling(2.0, {.offset = 1.0})(x)); }},
  }));
  INFO(name);

  check_same(of_sequences(make));
}

TEST_CASE("A planned step sums the gradients of layers that are called more than once", "[training][plan]") {
  check_same({.model = [] {
                const Input left({6});
                const Input right({6});
                const layers::Dense shared(5, {.activation = "tanh", .kernel_regularizer = "l2"});
                const Sequential tower({layers::Dense(4, "relu"), layers::Dropout(0.2), layers::Dense(4)});
                const auto a = tower(shared(left));
                const auto b = tower(shared(right));
                return Model({.inputs = {left, right},
                              .outputs = {layers::Dense(3)(layers::Concatenate()({a, b})), layers::Dot(1)({a, b})}});
              },
              .x = {some_input({11, 6}), some_input({11, 6}).cos()},
              .y = {some_input({11, 3}), some_input({11, 1})}});
}

TEST_CASE("A planned step runs models inside models", "[training][plan]") {
  check_same({.model = [] {
                const Input inner({4});
                const auto h = layers::Dense(3, "tanh")(inner);
                const Model both({.inputs = inner, .outputs = {h, layers::Dense(2)(h), inner}});
                const Input input({4});
                const auto made = both(input);
                const auto again = both(made[2]);
                return Model({.inputs = input,
                              .outputs = layers::Dense(3)(layers::Concatenate()({made[0], again[1], made[2]}))});
              },
              .x = {some_input({11, 4})},
              .y = {some_input({11, 3})}});
}

TEST_CASE("A planned step takes whole numbers as they are", "[training][plan]") {
  check_same({.model = [] {
                const Input input({5}, {.dtype = "int32"});
                const auto h = layers::Embedding(9, 4, {.mask_zero = true})(input);
                return Model({.inputs = input, .outputs = layers::Dense(3)(layers::GRU(4)(h))});
              },
              .x = {words(11, 5, 9).to(at::kLong)},
              .y = {some_input({11, 3})}});
}

TEST_CASE("A planned step takes masked steps out of losses and metrics", "[training][plan]") {
  const bool weighted = GENERATE(false, true);
  const std::string reduction = GENERATE("sum_over_batch_size", "sum", "mean_with_sample_weight");
  INFO(reduction << (weighted ? ", weighted" : ""));

  check_same({.model = [] {
                const Input input({5});
                const auto h = layers::Embedding(9, 4, {.mask_zero = true})(input);
                return Model({.inputs = input,
                              .outputs = layers::Dense(3)(layers::LSTM(4, {.return_sequences = true})(h))});
              },
              .x = {words(11, 5, 9)},
              .y = {some_input({11, 5, 3})},
              .loss = losses::MeanSquaredError({.reduction = reduction}),
              .sample_weight = weighted ? Data(some_input({11}).abs()) : Data()});
}

// LibTorch's fused function, the one by hand of a plan, and the sums of products that show their scores.
TEST_CASE("Attention takes one course, whichever way it is computed", "[training][plan][attention]") {
  const bool is_causal = GENERATE(false, true);
  const auto trial = [=](bool with_scores) {
    Trial made = of_sequences([=](const KerasTensors& x) -> KerasTensors {
      const auto h = layers::Masking()(x);
      const layers::MultiHeadAttention attention(2, 3);
      const CallArguments call{.use_causal_mask = is_causal, .return_attention_scores = with_scores};
      const KerasTensor seen = attention(h, h, call)[0];
      const layers::Attention plain;
      return layers::Flatten()(plain(KerasTensors({seen, h.only()}), call)[0]);
    });
    made.x = {some_input({11, 5, 4}) * words(11, 5, 9).ne(0).unsqueeze(-1)};
    made.x[0].select(1, 0).fill_(0.5);
    return made;
  };

  const test::Course fused = test::course_of(trial(false), false);
  for (const auto& other : {test::course_of(trial(false), true), test::course_of(trial(true), true),
                            test::course_of(trial(true), false)}) {
    test::check_close(other.losses, fused.losses);
    test::check_close(other.weights, fused.weights);
    test::check_close(other.predictions, fused.predictions);
  }
}

TEST_CASE("A planned step keeps the states of a stateful layer", "[training][plan]") {
  check_same({.model = [] {
                const Input input({5, 4}, {.batch_size = 4});
                return Model({.inputs = input, .outputs = layers::Dense(3)(layers::LSTM(3, {.stateful = true})(input))});
              },
              .x = {some_input({4, 5, 4})},
              .y = {some_input({4, 3})},
              .predict_batch_size = 4});
}
