// Numbers of Keras 3.15.1 and TensorFlow 2.21.0 (TensorFlow backend), by the same calls in Python.

#include "keraslike/layers/lookup.h"

#include <fstream>

#include "data/files.h"
#include "layers/golden.h"

using namespace keraslike;
using layers::IntegerLookup;
using layers::StringLookup;
using test::check_close;
using test::check_layer;

namespace {

const std::vector<std::string> kLetters{"a", "b", "c", "d"};
const Strings kRows{{"a", "c", "d"}, {"m", "z", "b"}};
const Strings kMore{{"a", "c", "d"}, {"m", "z", "b"}, {"a", "a", "zz"}};
const std::vector<int64_t> kNumbers{12, 36, 1138, 42};

using Ids = std::vector<int64_t>;
using Texts = std::vector<std::string>;

Ids ids(const Array& array) {
  CHECK(array.dtype() == DType::Int64);
  return array.to_vector<int64_t>();
}

at::Tensor rows(std::vector<int64_t> values) { return at::tensor(values).reshape({-1, 3}); }

}  // namespace

TEST_CASE("StringLookup gives tokens their indices", "[layers][lookup][golden]") {
  CHECK(ids(StringLookup({.vocabulary = kLetters})(kRows)) == Ids{1, 3, 4, 0, 0, 2});
  CHECK(StringLookup({.vocabulary = kLetters})(kRows).shape() == Shape{2, 3});
  CHECK(ids(StringLookup({.num_oov_indices = 2, .vocabulary = kLetters})(kRows)) == Ids{2, 4, 5, 0, 1, 3});
  CHECK(ids(StringLookup({.mask_token = "", .vocabulary = kLetters})({{"a", ""}, {"z", "d"}})) == Ids{2, 0, 1, 5});
  CHECK(ids(StringLookup({.num_oov_indices = 3, .vocabulary = kLetters, .salt = 7})({{"a", "x", "y", "z", "w"}})) ==
        Ids{3, 0, 2, 0, 0});
}

TEST_CASE("StringLookup marks, counts and weighs tokens", "[layers][lookup][golden]") {
  const Strings rows{{"a", "c", "d", "d"}, {"d", "z", "b", "z"}};
  const auto encoded = [&](layers::StringLookupOptions options, const Strings& texts) {
    options.vocabulary = kLetters;
    return StringLookup(options)(texts).tensor();
  };
  check_close(encoded({.output_mode = "multi_hot"}, rows), {0, 1, 0, 1, 1, 1, 0, 1, 0, 1});
  check_close(encoded({.output_mode = "count"}, rows), {0, 1, 0, 1, 2, 2, 0, 1, 0, 1});
  check_close(encoded({.max_tokens = 8, .output_mode = "count", .pad_to_max_tokens = true}, rows),
              {0, 1, 0, 1, 2, 0, 0, 0, 2, 0, 1, 0, 1, 0, 0, 0});
  check_close(encoded({.mask_token = "m", .output_mode = "multi_hot"}, {{"a", "c", "d", "d"}, {"m", "z", "b", "z"}}),
              {0, 1, 0, 1, 1, 1, 0, 1, 0, 0});
  check_close(encoded({.idf_weights = {.25, .75, .6, .4}, .output_mode = "tf_idf"}, rows),
              {0, 0.25, 0, 0.6, 0.8, 1, 0, 0.75, 0, 0.4});
  check_close(encoded({.output_mode = "multi_hot"}, {"a", "z"}), {1, 1, 0, 0, 0});
  check_close(encoded({.output_mode = "one_hot"}, {"a", "z"}), {0, 1, 0, 0, 0, 1, 0, 0, 0, 0});
}

TEST_CASE("StringLookup learns the most frequent tokens", "[layers][lookup][golden]") {
  const StringLookup lookup;
  lookup.adapt(kMore);
  CHECK(lookup.get_vocabulary() == Texts{"[UNK]", "a", "zz", "z", "m", "d", "c", "b"});
  CHECK(lookup.get_vocabulary(false).front() == "a");
  CHECK(lookup.vocabulary_size() == 8);

  const StringLookup few({.max_tokens = 4, .mask_token = ""});
  few.adapt({"a", "b", "b", "c", "c", "", "[UNK]"});
  CHECK(few.get_vocabulary() == Texts{"", "[UNK]", "c", "b"});
}

TEST_CASE("StringLookup learns how rare tokens are", "[layers][lookup][golden]") {
  const StringLookup lookup({.output_mode = "tf_idf"});
  lookup.adapt(kMore);
  check_close(lookup(Strings{{"a", "zz", "q"}}).tensor(),
              {0.8844131231307983, 0.6931471824645996, 0.9162907600402832, 0, 0, 0, 0, 0});

  const StringLookup padded({.max_tokens = 8, .output_mode = "tf_idf", .pad_to_max_tokens = true});
  padded.adapt({"a", "b", "b"});
  check_close(padded(Strings{{"a", "b", "q"}}).tensor(),
              {0.8047189712524414, 0.6931471824645996, 0.9162907600402832, 0, 0, 0, 0, 0});
  const StringLookup given({.max_tokens = 5, .output_mode = "tf_idf", .pad_to_max_tokens = true});
  given.set_vocabulary({"[UNK]", "a", "b"}, {.5, .1, .2});
  check_close(given(Strings{{"a", "b", "q"}}).tensor(), {0.5, 0.1, 0.2, 0, 0});
  CHECK(given.get_vocabulary() == Texts{"[UNK]", "a", "b"});
}

TEST_CASE("StringLookup gives tokens for indices", "[layers][lookup][golden]") {
  const StringLookup plain({.vocabulary = kLetters, .invert = true});
  CHECK(plain.to_strings({{1, 3, 4}, {4, 0, 2}}) == Strings{{"a", "c", "d"}, {"d", "[UNK]", "b"}});
  const StringLookup with_mask({.mask_token = "", .vocabulary = kLetters, .invert = true});
  CHECK(with_mask.to_strings({{0, 1, 2}}) == Strings{{"", "[UNK]", "a"}});
}

TEST_CASE("A vocabulary comes from a file too", "[layers][lookup]") {
  const tests::TemporaryFolder folder;
  const std::string path = folder.file("vocabulary.txt");
  std::ofstream(path) << "x\ny z\n";
  const StringLookup lookup;
  lookup.set_vocabulary(path);
  CHECK(lookup.get_vocabulary() == Texts{"[UNK]", "x", "y z"});
  std::ofstream(path) << "7\n-3\n";
  const IntegerLookup numbers;
  numbers.set_vocabulary(path);
  CHECK(numbers.get_vocabulary() == Ids{-1, 7, -3});
  std::ofstream(path) << "7\nseven\n";
  CHECK_THROWS_WITH(numbers.set_vocabulary(path), ContainsSubstring("Received: 'seven'"));
  CHECK_THROWS_WITH(lookup.set_vocabulary(folder.file("none.txt")), ContainsSubstring("does not exist."));
}

TEST_CASE("IntegerLookup keeps what every layer keeps", "[layers][lookup]") {
  check_layer(IntegerLookup({.vocabulary = kNumbers}), {.input = {2, 3}, .output = {2, 3}, .has_gradient = false});
  check_layer(IntegerLookup({.vocabulary = {0, 1}, .idf_weights = {0.5, 0.25}, .output_mode = "tf_idf"}),
              {.input = {2, 3}, .output = {2, 3}, .has_gradient = false});
}

TEST_CASE("IntegerLookup gives numbers their indices", "[layers][lookup][golden]") {
  const at::Tensor x = rows({12, 1138, 42, 42, 1000, 36});
  const at::Tensor others = rows({12, 1138, 42, 37, 1000, -35});
  const auto found = [](layers::IntegerLookupOptions options, const at::Tensor& numbers) {
    options.vocabulary = kNumbers;
    return ids(Array(IntegerLookup(options)(numbers)));
  };
  CHECK(found({}, x) == Ids{1, 3, 4, 4, 0, 2});
  CHECK(found({.num_oov_indices = 2}, others) == Ids{2, 4, 5, 1, 0, 1});
  CHECK(found({.num_oov_indices = 3, .oov_method = "farmhash"}, others) == Ids{3, 5, 6, 2, 2, 0});
  CHECK(found({.num_oov_indices = 3, .oov_method = "farmhash", .salt = {1, 2}}, others) == Ids{3, 5, 6, 0, 1, 1});
  CHECK(found({.mask_token = 0}, rows({12, 0, 5})) == Ids{2, 0, 1});
  CHECK(found({}, at::tensor({12.7, 36.0, 5.0})) == Ids{1, 2, 0});
  CHECK(found({.invert = true}, rows({0, 1, 2, 9, 9, 9})) == Ids{-1, 12, 36, -1, -1, -1});

  const IntegerLookup learned({.num_oov_indices = 2, .output_mode = "count"});
  learned.adapt(x);
  CHECK(learned.get_vocabulary() == Ids{-1, -1, 42, 1138, 1000, 36, 12});
  check_close(learned(x), {0, 0, 1, 1, 0, 0, 1, 0, 0, 1, 0, 1, 1, 0});
  CHECK(learned.compute_output_shape({none, 3}) == Shape{none, 7});
}

TEST_CASE("Lookups write Keras' configs", "[layers][lookup][golden]") {
  const std::string head = R"("trainable":true,"dtype":{"module":"keras","class_name":"DTypePolicy","config":{"name":)"
                           R"("float32"},"registered_name":null},)";
  const StringLookup texts(
      {.vocabulary = {"a"}, .idf_weights = {0.5}, .output_mode = "tf_idf", .salt = 3, .name = "s"});
  CHECK(
      texts.get_config() ==
      R"({"name":"s",)" + head +
          R"("invert":false,"max_tokens":null,"num_oov_indices":1,"oov_token":"[UNK]","mask_token":null,"output_mode":)"
          R"("tf_idf","sparse":false,"pad_to_max_tokens":false,"idf_weights":[0.5],"vocabulary":["a"],)"
          R"("vocabulary_size":2,"oov_method":"floormod","salt":[3,3],"encoding":"utf-8"})");
  const IntegerLookup numbers({.num_oov_indices = 2, .mask_token = 0, .vocabulary = {12, 36}, .oov_method = "farmhash",
                               .salt = {1, 2}, .name = "i"});
  CHECK(numbers.get_config() ==
        R"({"name":"i",)" + head +
            R"("invert":false,"max_tokens":null,"num_oov_indices":2,"oov_token":-1,"mask_token":0,"output_mode":"int",)"
            R"("sparse":false,"pad_to_max_tokens":false,"vocabulary_dtype":"int64","idf_weights":null,)"
            R"("vocabulary":[12,36],"vocabulary_size":5,"oov_method":"farmhash","salt":[1,2]})");
  CHECK(test::copied(texts).get_config() == texts.get_config());
  CHECK(IntegerLookup().get_config().find(R"("vocabulary":null,"vocabulary_size":null)") != std::string::npos);
}

TEST_CASE("What a vocabulary can not be is told", "[layers][lookup][errors]") {
  const auto refused = [](const layers::StringLookupOptions& options) {
    try {
      StringLookup{options};
    } catch (const ValueError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refused({.vocabulary = {"a", "b", "a"}}) ==
        "The passed vocabulary has at least one repeated term. Please uniquify your dataset. The repeated terms are: "
        "['a']");
  CHECK_THAT(refused({.mask_token = "a", .vocabulary = {"b", "a"}}),
             StartsWith("Found reserved mask token at unexpected location in `vocabulary`.") &&
                 ContainsSubstring("in precisely this order: ['a', '[UNK]']. Received: mask_token=a"));
  CHECK_THAT(refused({.vocabulary = {"b", "[UNK]"}, .invert = true}), StartsWith("Found reserved OOV token"));
  CHECK(refused({.max_tokens = 3, .vocabulary = kLetters}) ==
        "Attempted to set a vocabulary larger than the maximum vocab size. Received vocabulary size is 5; `max_tokens` "
        "is "
        "3.");
  CHECK(refused({.vocabulary = kLetters, .idf_weights = {1.0}, .output_mode = "tf_idf"}) ==
        "`idf_weights` must be the same length as vocabulary. len(idf_weights) is 1; len(vocabulary) is 4");
  CHECK_THAT(refused({.vocabulary = kLetters, .output_mode = "tf_idf"}),
             ContainsSubstring("the `idf_weights` argument must also be provided."));
  CHECK_THROWS_WITH(StringLookup().set_vocabulary(Texts{}), ContainsSubstring("Cannot set an empty vocabulary."));
  CHECK_THROWS_WITH(StringLookup().set_vocabulary({"a"}, {1.0}),
                    ContainsSubstring("should only be set if output_mode"));
}

TEST_CASE("What a lookup can not use is told", "[layers][lookup][errors]") {
  CHECK_THROWS_WITH(StringLookup({.max_tokens = 1}),
                    "If set, `max_tokens` must be greater than 1. Received: max_tokens=1");
  CHECK_THROWS_WITH(IntegerLookup({.max_tokens = 1}), ContainsSubstring("If `max_tokens` is set for `IntegerLookup`"));
  CHECK_THROWS_WITH(StringLookup({.output_mode = "x"}),
                    "Unknown value for `output_mode` argument of StringLookup. Allowed values are: ('int', 'one_hot', "
                    "'multi_hot', 'count', 'tf_idf'). Received: output_mode=x");
  CHECK_THROWS_WITH(IntegerLookup({.salt = 1}), "`salt` can only be used when `oov_method='farmhash'`. Received: "
                                                "oov_method=floormod");
  CHECK_THROWS_WITH(StringLookup({.pad_to_max_tokens = true}),
                    "If pad_to_max_tokens is True, must set `max_tokens`. Received: max_tokens=None");
  CHECK_THROWS_WITH(StringLookup({.num_oov_indices = -1}), ContainsSubstring("must be greater than or equal to 0."));
  CHECK_THROWS_WITH(StringLookup({.encoding = "latin-1"}), ContainsSubstring("UTF-8 only"));
  CHECK_THROWS_WITH(StringLookup({.output_mode = "count", .sparse = true}), ContainsSubstring("`sparse=True`"));

  const StringLookup strict({.num_oov_indices = 0, .vocabulary = kLetters, .name = "strict"});
  CHECK_THROWS_WITH(strict({"z", "a", "y"}),
                    "When `num_oov_indices=0` all inputs should be in vocabulary, found OOV values "
                    "['z', 'y'], consider setting `num_oov_indices=1`.");
  CHECK_THROWS_WITH(strict.adapt({"a"}),
                    "Cannot adapt layer 'strict' after setting a static vocabulary via `vocabulary` "
                    "argument or `set_vocabulary()` method.");
  CHECK_THROWS_WITH(StringLookup({.output_mode = "count"})({"a"}), ContainsSubstring("or call `adapt`"));
  const StringLookup twice({.output_mode = "count"});
  twice.adapt({"a"});
  CHECK_THROWS_WITH(twice.adapt({"a", "b"}), ContainsSubstring("Old vocab size is 2, new vocab size is 3"));
  CHECK(twice.get_vocabulary() == Texts{"[UNK]", "a"});
}

TEST_CASE("Texts are no numbers", "[layers][lookup][errors]") {
  const StringLookup lookup({.vocabulary = kLetters, .name = "words"});
  CHECK_THROWS_WITH(lookup(Input({3})),
                    StartsWith("Layer 'words' (of type StringLookup) takes texts, and received numbers."));
  CHECK_THROWS_WITH(lookup(at::zeros({1, 3})), ContainsSubstring("begin the model with an input of texts"));
  CHECK_THROWS_WITH(lookup.to_strings({1}), ContainsSubstring("`.invert = true`"));
}
