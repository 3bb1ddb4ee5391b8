// Numbers of Keras 3.15.1 and TensorFlow 2.21.0 (TensorFlow backend), by the same calls in Python.

#include "keraslike/layers/hashing.h"

#include "keraslike/layers/fingerprints.h"
#include "layers/golden.h"

using namespace keraslike;
using layers::Hashing;
using layers::HashedCrossing;
using test::check_close;
using test::check_layer;

namespace {

std::vector<int64_t> ids(const Array& array) {
  CHECK(array.dtype() == DType::Int64);
  return array.to_vector<int64_t>();
}

at::Tensor column(const std::vector<int64_t>& values) { return at::tensor(values).reshape({-1, 1}); }

}  // namespace

// `tf.strings.to_hash_bucket_fast(texts, 2**62)` and `to_hash_bucket_strong(texts, 2**62, key=[1, 2])`: texts of every
// length that FarmHash treats in a way of its own.
TEST_CASE("Fingerprints are TensorFlow's", "[layers][hashing][golden]") {
  const std::vector<std::string> texts{"", "a", "B", "hello", "Keras f\xc3\xbcr C++",
                                       "the quick brown fox jumps over the lazy dog", "0123456789abcdef",
                                       "0123456789abcdef0", std::string(31, 'x'), std::string(32, 'x'),
                                       std::string(33, 'x'), std::string(64, 'x'), std::string(65, 'x'),
                                       std::string(100, 'y'), std::string(200, 'z')};
  const std::vector<int64_t> fast{1936946117179621455, 3694432073954588131, 4091874029135255624, 3786372426573024488,
                                  286176628218748556,  3200379034145657811, 1493332391325024359, 3308798500642334985,
                                  653807226908884511,  3678204687145032709, 3046993373088323127, 2304502108871267256,
                                  323337772074164025,  3286434551874864643, 4117204190001636188};
  const std::vector<int64_t> strong{443797209252341627,  546566331822570742,  4127458443032950427, 2957200328589801622,
                                    4588200153988647037, 1922187928643153481, 2696401170605352036, 2312682557159051449,
                                    4258031775828252694, 534391209377536699,  1639887484359327584, 3027194603663531933,
                                    784056411441098232,  2092965213266160569, 4323632881856609534};
  for (size_t i = 0; i < texts.size(); ++i) {
    INFO(texts[i]);
    CHECK(layers::hash_bucket(texts[i], int64_t{1} << 62) == fast[i]);
    CHECK(layers::hash_bucket(texts[i], int64_t{1} << 62, layers::HashKey{1, 2}) == strong[i]);
  }
}

TEST_CASE("Hashing keeps what every layer keeps", "[layers][hashing]") {
  check_layer(Hashing(4), {.input = {2, 3}, .output = {2, 3}, .has_gradient = false});
  check_layer(Hashing(4, {.salt = 3, .output_mode = "multi_hot"}),
              {.input = {2, 3}, .output = {2, 4}, .has_gradient = false});
}

TEST_CASE("Hashing gives texts a bin each", "[layers][hashing][golden]") {
  const Strings letters{{"A"}, {"B"}, {"C"}, {"D"}, {"E"}};
  CHECK(Hashing(3)(letters).shape() == Shape{5, 1});
  CHECK(ids(Hashing(3)(letters)) == std::vector<int64_t>{1, 0, 1, 1, 2});
  CHECK(ids(Hashing(3, {.salt = {133, 137}})(letters)) == std::vector<int64_t>{1, 2, 1, 0, 2});
  CHECK(ids(Hashing(3, {.salt = 133})(letters)) == std::vector<int64_t>{0, 0, 2, 1, 0});
  CHECK(ids(Hashing(3, {.mask_value = ""})({"A", "B", "", "C", "D"})) == std::vector<int64_t>{1, 1, 0, 2, 2});
}

TEST_CASE("Hashing gives numbers the bins of their digits", "[layers][hashing][golden]") {
  const at::Tensor whole = at::tensor(std::vector<int64_t>{0, 1, 2, -3, 12345678901});
  CHECK(Hashing(10)(whole).dtype() == at::kLong);
  check_close(Hashing(10)(whole), {5, 9, 9, 9, 2});
  check_close(Hashing(10)(at::tensor({0.0, 1.9, -2.9})), {5, 9, 5});
  check_close(Hashing(10, {.mask_value = 1})(at::tensor({0, 1, 2, -3, 1})), {2, 0, 5, 4, 0});

  const at::Tensor rows = at::tensor({0, 1, 2, 3, 3, 1}).reshape({2, 3});
  check_close(Hashing(4, {.output_mode = "multi_hot"})(rows), {0, 1, 0, 1, 0, 1, 0, 0});
  check_close(Hashing(4, {.output_mode = "count"})(rows), {0, 1, 0, 2, 0, 3, 0, 0});
  check_close(Hashing(4, {.output_mode = "one_hot"})(column({0, 1})), {0, 0, 0, 1, 0, 1, 0, 0});
}

TEST_CASE("Hashing writes Keras' config", "[layers][hashing][golden]") {
  const Hashing layer(4, {.mask_value = 1, .salt = 3, .output_mode = "count", .name = "h"});
  CHECK(layer.get_config() ==
        R"({"name":"h","trainable":true,"dtype":{"module":"keras","class_name":"DTypePolicy","config":{"name":)"
        R"("float32"},"registered_name":null},"num_bins":4,"salt":[3,3],"mask_value":1,"output_mode":"count",)"
        R"("sparse":false})");
  CHECK_THAT(Hashing(4).get_config(), ContainsSubstring(R"("config":{"name":"int64"})"));
  CHECK(test::copied(layer).get_config() == layer.get_config());
}

TEST_CASE("HashedCrossing gives combinations a bin each", "[layers][hashing][golden]") {
  const Array first{1, 2, 3};
  const Array second{5, 6, 7};
  CHECK(ids(HashedCrossing(5)({first, second})) == std::vector<int64_t>{3, 1, 3});
  CHECK(ids(HashedCrossing(5)({Strings{"a", "b", "c"}, second})) == std::vector<int64_t>{3, 4, 1});
  CHECK(ids(HashedCrossing(5)({Strings{"a", "b", "c"}, Strings{"d", "e", "f"}})) == std::vector<int64_t>{2, 1, 3});
  CHECK(ids(HashedCrossing(1000)({first, second, Array{8, 9, 10}})) == std::vector<int64_t>{961, 815, 710});
  check_close(HashedCrossing(5, {.output_mode = "one_hot"})({Array{1, 2}, Array{5, 6}}).tensor(),
              {0, 0, 0, 1, 0, 0, 1, 0, 0, 0});
}

TEST_CASE("HashedCrossing stands in a model", "[layers][hashing][golden]") {
  const Input first({1}, {.dtype = "int64"});
  const Input second({1}, {.dtype = "int64"});
  Model model({.inputs = {first, second}, .outputs = HashedCrossing(5)({first, second})});
  const Array out = model.predict({column({1, 2, 3, -4}), column({5, 6, 7, 8})}, {.verbose = 0});
  CHECK(out.to_vector<int64_t>() == std::vector<int64_t>{3, 1, 3, 3});
  CHECK_THAT(HashedCrossing(5).get_config(),
             StartsWith(R"({"num_bins":5,"output_mode":"int","sparse":false,"name":"hashed_crossing)"));
  CHECK(HashedCrossing(5).get_config().ends_with(R"("dtype":"int64"})"));
}

TEST_CASE("What hashing layers can not use is told", "[layers][hashing][errors]") {
  CHECK_THROWS_WITH(Hashing(0), "The `num_bins` for `Hashing` cannot be `None` or non-positive values. Received: "
                                "num_bins=0.");
  CHECK_THROWS_WITH(
      Hashing(2, {.output_mode = "x"}),
      "Invalid value for argument `output_mode`. Expected one of ('int', 'one_hot', 'multi_hot', 'count'). "
      "Received: output_mode=x");
  CHECK_THROWS_WITH(Hashing(2, {.sparse = true}), ContainsSubstring("`sparse` may only be true if `output_mode` is"));
  CHECK_THROWS_WITH(Hashing(2, {.mask_value = ""})(at::tensor({1})), ContainsSubstring("call layer"));
  CHECK_THROWS_WITH(Hashing(2, {.mask_value = 1})({"a"}), ContainsSubstring("expects numbers"));
  CHECK_THROWS_WITH(
      HashedCrossing(2, {.output_mode = "count"}),
      "Unknown value for `output_mode` argument of HashedCrossing. Allowed values are: ('int', 'one_hot'). "
      "Received: output_mode=count");
  CHECK_THROWS_WITH(HashedCrossing(2)(std::vector<layers::Feature>{Array{1}}),
                    ContainsSubstring("should be called on at least two inputs."));
  CHECK_THROWS_WITH(HashedCrossing(2)({Array{1, 2}, Array{{5}, {6}}}), ContainsSubstring("should have equal shape."));
  CHECK_THROWS_WITH(HashedCrossing(2)({Array{1.5, 2.5}, Array{5, 6}}), ContainsSubstring("integer or string dtype."));
  CHECK_THROWS_WITH(Strings(std::vector<std::vector<std::string>>{{"a"}, {"b", "c"}}),
                    ContainsSubstring("rows of one length"));
}
