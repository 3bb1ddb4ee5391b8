// Layers of features in Keras' files. golden/features.keras was written, and its numbers printed, by
// golden/make_features.py.

#include "keraslike/saving/zip_file.h"

#include "data/files.h"
#include "layers/golden.h"

using namespace keraslike;
using test::check_close;

namespace {

const std::string kGolden = std::string(KERASLIKE_SOURCE_DIR) + "/tests/layers/golden/features.keras";
const std::vector<std::vector<int64_t>> kRows{{12, 42, 0}, {7, 1000, 36}};

void check_numbers(Model model) {
  const auto outputs = model.predict_all(kRows, {.verbose = 0});
  REQUIRE(outputs.size() == 7);
  check_close(outputs[0].tensor(), {0.6566828489303589, 0.5108256340026855, 0, 0, 0, 0.6931471824645996,  //
                                    0.6566828489303589, 0, 0, 0.6931471824645996, 0.6931471824645996, 0});
  check_close(outputs[1].tensor(), {1, 2, 0, 1, 4, 1});
  check_close(outputs[2].tensor(), {0, 2, 0, 1, 0, 3});
  check_close(outputs[3].tensor(), {0, 2, 0, 0, 2, 1});
  check_close(outputs[4].tensor(), {5, 0, 2, 5, 6, 6});
  check_close(outputs[5].tensor(), {1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 2});
  check_close(outputs[6].tensor(), {8, 1});
}

}  // namespace

TEST_CASE("Layers of features come from Keras' files with what they have learned", "[layers][saving][golden]") {
  check_numbers(models::load_model(kGolden));
}

TEST_CASE("Layers of features keep their vocabularies where Keras does", "[layers][saving]") {
  const tests::TemporaryFolder folder;
  const std::string path = folder.file("m.keras");
  models::load_model(kGolden).save(path);
  const saving::ZipReader archive(path);
  const saving::ZipReader keras(kGolden);
  const std::vector<std::string> assets{"assets/layers/integer_lookup/vocabulary.txt",
                                        "assets/layers/integer_lookup_1/vocabulary.txt"};
  for (const std::string& name : assets) CHECK(archive.read(name) == keras.read(name));
  CHECK(archive.names().size() == 5);
  check_numbers(models::load_model(path));
}

TEST_CASE("Weights alone bring the weights of tokens along", "[layers][saving]") {
  const tests::TemporaryFolder folder;
  const auto make = [](double first) {
    const Input input({2}, {.dtype = "int64"});
    const layers::IntegerLookup lookup({.vocabulary = {1, 2}, .idf_weights = {first, 0.5}, .output_mode = "tf_idf"});
    return Model({.inputs = input, .outputs = lookup(input)});
  };
  make(0.25).save_weights(folder.file("w.weights.h5"));
  Model other = make(9.0);
  other.load_weights(folder.file("w.weights.h5"));
  check_close(other.predict({{1, 2}}, {.verbose = 0}).tensor(), {0, 0.25, 0.5});
}

TEST_CASE("A model that takes texts is refused with what to do", "[layers][saving][errors]") {
  CHECK_THROWS_WITH(Input({1}, {.dtype = "string"}),
                    ContainsSubstring("Call TextVectorization, StringLookup or Hashing on "
                                      "Strings before the model"));
}
