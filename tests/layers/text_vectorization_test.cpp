// Numbers of Keras 3.15.1 and TensorFlow 2.21.0 (TensorFlow backend), by the same calls in Python.

#include "keraslike/layers/text_vectorization.h"

#include "layers/golden.h"

using namespace keraslike;
using layers::TextVectorization;
using test::check_close;

namespace {

const Strings kTexts{"The quick brown fox.", "the lazy dog, the end!",
                     "\xc3\x84PFEL und Birnen\t\n-- it's  OK"};

using Ids = std::vector<int64_t>;
using Texts = std::vector<std::string>;

TextVectorization adapted(layers::TextVectorizationOptions options) {
  const TextVectorization layer(std::move(options));
  layer.adapt(kTexts);
  return layer;
}

Ids ids(const Array& array) {
  CHECK(array.dtype() == DType::Int64);
  return array.to_vector<int64_t>();
}

}  // namespace

TEST_CASE("TextVectorization gives words their ids", "[layers][text][golden]") {
  const TextVectorization layer = adapted({});
  CHECK(layer.get_vocabulary() == Texts{"", "[UNK]", "the", "\xc3\x84pfel", "und", "quick", "ok", "lazy", "its", "fox",
                                        "end", "dog", "brown", "birnen"});
  const Array found = layer({"the dog", "a quick, quick fox jumps", ""});
  CHECK(found.shape() == Shape{3, 5});
  CHECK(ids(found) == Ids{2, 11, 0, 0, 0, 1, 5, 5, 9, 1, 0, 0, 0, 0, 0});
  CHECK(ids(layer({{"the dog"}, {"fox"}})) == Ids{2, 11, 9, 0});
  CHECK(ids(adapted({.output_sequence_length = 3})({"the dog", "the quick brown fox jumps", ""})) ==
        Ids{2, 11, 0, 2, 5, 12, 0, 0, 0});
}

TEST_CASE("TextVectorization cleans and splits as it is told", "[layers][text][golden]") {
  CHECK(adapted({.standardize = none}).get_vocabulary() == Texts{"", "[UNK]", "the", "\xc3\x84PFEL", "und", "quick",
                                                                 "lazy", "it's", "fox.", "end!", "dog,", "brown", "The",
                                                                 "OK", "Birnen", "--"});
  CHECK(adapted({.standardize = "strip_punctuation"}).get_vocabulary() ==
        Texts{"", "[UNK]", "the", "\xc3\x84PFEL", "und", "quick", "lazy", "its", "fox", "end", "dog", "brown", "The",
              "OK", "Birnen"});
  const TextVectorization letters = adapted({.max_tokens = 12, .standardize = "lower", .split = "character"});
  CHECK(letters.get_vocabulary() == Texts{"", "[UNK]", " ", "e", "n", "t", "o", "i", "h", "d", "u", "r"});
  CHECK(ids(letters({"\xc3\xa4pfel", "the"})) == Ids{1, 1, 1, 3, 1, 5, 8, 3, 0, 0});
  const TextVectorization whole = adapted({.split = none});
  CHECK(whole.get_vocabulary()[3] == "the quick brown fox");
  CHECK(ids(whole({"the quick brown fox", "nothing"})) == Ids{3, 1});
}

TEST_CASE("TextVectorization takes functions for its rules", "[layers][text]") {
  const TextVectorization layer({.standardize = [](const std::string& text) { return text + "-end"; },
                                 .split = [](const std::string& text) { return Texts{text.substr(0, 1), text}; }});
  layer.adapt({"ab"});
  CHECK(layer.get_vocabulary() == Texts{"", "[UNK]", "ab-end", "a"});
  CHECK(ids(layer({"ab", "ac"})) == Ids{3, 2, 3, 1});
  CHECK_THROWS_WITH(layer.get_config(), ContainsSubstring("has no config: nothing could be read back."));
}

TEST_CASE("TextVectorization knows runs of words", "[layers][text][golden]") {
  const TextVectorization up_to_two = adapted({.ngrams = 2});
  CHECK(up_to_two.get_vocabulary() ==
        Texts{"",      "[UNK]",     "the",      "\xc3\x84pfel und", "\xc3\x84pfel", "und birnen",
              "und",   "the quick", "the lazy", "the end",          "quick brown",  "quick",
              "ok",    "lazy dog",  "lazy",     "its ok",           "its",          "fox",
              "end",   "dog the",   "dog",      "brown fox",        "brown",        "birnen its",
              "birnen"});
  CHECK(ids(up_to_two({"the lazy dog"})) == Ids{2, 14, 20, 8, 13});
  const TextVectorization two = adapted({.ngrams = {2}, .output_mode = "count"});
  CHECK(two.vocabulary_size() == 12);
  check_close(two({"the lazy dog"}).tensor(), {0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0});

  const TextVectorization given({.split = none, .ngrams = 2, .output_sequence_length = 5});
  given.adapt({{"a", "b"}, {"b", "c"}});
  CHECK(given.get_vocabulary() == Texts{"", "[UNK]", "b", "c", "b c", "a b", "a"});
  CHECK(ids(given(Strings{{"a", "b", "c"}})) == Ids{6, 2, 3, 5, 4});
}

TEST_CASE("TextVectorization marks, counts and weighs words", "[layers][text][golden]") {
  const Strings texts{"the dog and the cat", "fox", ""};
  const auto encoded = [&](const std::string& mode) {
    return adapted({.max_tokens = 8, .output_mode = mode})(texts).tensor();
  };
  check_close(encoded("multi_hot"), {1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  check_close(encoded("count"), {3, 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  check_close(encoded("tf_idf"), {2.6532392501831055, 1.3862943649291992, 0, 0, 0, 0, 0, 0,
                                  0.8844131231307983, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  const Array padded = adapted({.max_tokens = 20, .output_mode = "count", .pad_to_max_tokens = true})({"the dog"});
  check_close(padded.tensor(), {0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  CHECK(adapted({.output_mode = "one_hot"})({"the dog", "fox"}).shape() == Shape{2, 2, 13});
}

TEST_CASE("TextVectorization prepares what a model is trained on", "[layers][text]") {
  const TextVectorization words({.output_sequence_length = 4});
  const std::vector<std::string> texts{"good", "very good", "bad", "so bad"};
  words.adapt(texts);
  Sequential model({Input({4}, {.dtype = "int64"}), layers::Embedding(words.vocabulary_size(), 2),
                    layers::GlobalAveragePooling1D(), layers::Dense(1, "sigmoid")});
  model.compile({.loss = "binary_crossentropy"});
  const History history = model.fit(words(texts), {1, 1, 0, 0}, {.epochs = 3, .verbose = 0});
  CHECK(history["loss"].back() < history["loss"].front());
}

TEST_CASE("TextVectorization writes Keras' config", "[layers][text][golden]") {
  const std::string head = R"("trainable":true,"dtype":{"module":"keras","class_name":"DTypePolicy","config":{"name":)"
                           R"("float32"},"registered_name":null},)";
  const TextVectorization layer({.ngrams = {1, 3}, .output_sequence_length = 4, .vocabulary = {"a", "b"}, .name = "t"});
  CHECK(layer.get_config() ==
        R"({"name":"t",)" + head +
            R"("max_tokens":null,"standardize":"lower_and_strip_punctuation","split":"whitespace","ngrams":[1,3],)"
            R"("output_mode":"int","output_sequence_length":4,"pad_to_max_tokens":false,"sparse":false,"ragged":false,)"
            R"("vocabulary":["a","b"],"idf_weights":null,"encoding":"utf-8","vocabulary_size":4})");
  CHECK(test::copied(layer).get_config() == layer.get_config());
}

TEST_CASE("What TextVectorization can not use is told", "[layers][text][errors]") {
  CHECK_THROWS_WITH(TextVectorization({.standardize = "x"}),
                    "Unknown value for `standardize` argument of TextVectorization. Allowed values are: "
                    "('lower_and_strip_punctuation', 'lower', 'strip_punctuation'). Received: standardize=x");
  CHECK_THROWS_WITH(TextVectorization({.split = "x"}), ContainsSubstring("('whitespace', 'character')"));
  CHECK_THROWS_WITH(TextVectorization({.output_mode = "count", .output_sequence_length = 3}),
                    "`output_sequence_length` must not be set if `output_mode` is not 'int'. Received "
                    "output_sequence_length=3.");
  CHECK_THROWS_WITH(TextVectorization({.ragged = true}), ContainsSubstring("`ragged=True` can only be used with"));
  CHECK_THROWS_WITH(TextVectorization({.vocabulary = {"a"}})({{"a", "b"}}),
                    "When using `TextVectorization` to tokenize strings, the input rank must be 1 or the last shape "
                    "dimension must be 1. Received: inputs.shape=(1, 2) with rank=2");
  CHECK_THROWS_WITH(TextVectorization()({"a"}),
                    ContainsSubstring("you must set the layer's vocabulary before calling it"));
  CHECK_THROWS_WITH(TextVectorization({.name = "words"})(Input({1})),
                    StartsWith("Layer 'words' (of type TextVectorization) takes texts"));
}
