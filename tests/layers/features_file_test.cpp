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

// golden/texts.keras and texts.npz are by golden/make_texts.py.
TEST_CASE("A model that takes texts goes on where Keras stopped", "[layers][text][saving][golden]") {
  const std::string golden = std::string(KERASLIKE_SOURCE_DIR) + "/tests/layers/golden/texts";
  const auto expected = data::load_npz(golden + ".npz");
  const Strings reviews{{"A good, GOOD film"}, {"bad film"}, {"not good"}, {"an awful bad bad film"}, {"good"},
                        {"a film"}};
  const std::vector<std::string> kinds{"drama", "crime", "drama", "war", "crime", "opera"};
  const Data inputs = Data::named({{"kind", kinds}, {"review", reviews}});
  const std::vector<float> y{1, 0, 0, 0, 1, 0.5F};
  Model model = models::load_model(golden + ".keras");
  const auto predicted = [&](Model of) { return of.predict(inputs, {.verbose = 0}).tensor(); };

  CHECK(predicted(model).allclose(expected["before"].tensor(), 1e-5, 1e-6));
  const History history = model.fit(inputs, y, {.batch_size = 4, .epochs = 2, .verbose = 0, .shuffle = false});
  for (size_t epoch = 0; epoch < 2; ++epoch) {
    CHECK(history["loss"][epoch] == Approx(expected["loss"].to_vector<double>()[epoch]).epsilon(1e-5));
  }
  CHECK(predicted(model).allclose(expected["after"].tensor(), 1e-5, 1e-6));
  CHECK(model.evaluate(inputs, y, {.verbose = 0}).loss() < history["loss"][1]);

  const tests::TemporaryFolder folder;
  CHECK_THROWS_WITH(model.save(folder.file("m.keras"), {.check_on = inputs}),
                    StartsWith("`check_on` keeps rows of numbers in the file, and model 'texts' takes texts."));
  model.save(folder.file("m.keras"));
  CHECK(predicted(models::load_model(folder.file("m.keras"))).equal(predicted(model)));
}

TEST_CASE("Texts are shuffled, split and validated as numbers are", "[layers][text]") {
  set_random_seed(2);
  const layers::TextVectorization words({.output_sequence_length = 3, .vocabulary = {"good", "bad", "film"}});
  Sequential model({Input({}, {.dtype = "string"}), words, layers::Embedding(5, 2), layers::Flatten(),
                    layers::Dense(1)});
  model.compile({.optimizer = optimizers::Adam(0.05), .loss = "mse"});
  std::vector<std::string> texts;
  std::vector<double> y;
  for (int i = 0; i < 40; ++i) {
    texts.push_back(i % 3 == 0 ? "good film" : i % 3 == 1 ? "bad film" : "Bad, bad...");
    y.push_back(i % 3 == 0 ? 1 : 0);
  }
  const History history = model.fit(texts, y, {.batch_size = 7, .epochs = 30, .verbose = 0, .validation_split = 0.25});
  CHECK(history["val_loss"].back() < 0.05);
  const Array one = model.predict(Strings{"good film"}, {.verbose = 0});
  CHECK(one.item() == Approx(1.0).margin(0.3));
  CHECK(model.predict(std::vector<std::string>{"bad film"}, {.verbose = 0}).item() < 0.4);
  CHECK(words({"good film"}).to_vector<int64_t>() == std::vector<int64_t>{2, 4, 0});
}

TEST_CASE("Hashes and lookups of texts are the same in a model and before it", "[layers][text]") {
  const Strings texts{{"a", "bb"}, {"", "c"}};
  const layers::StringLookup lookup({.vocabulary = {"a", "c"}, .output_mode = "multi_hot"});
  const layers::Hashing hashing(7, {.mask_value = ""});
  const Input input({2}, {.dtype = "string"});
  Model model({.inputs = input, .outputs = {lookup(input), hashing(input)}});
  const auto [looked_up, hashed] = model.predict<2>(texts, {.verbose = 0});
  CHECK(looked_up == lookup(texts));
  CHECK(hashed.tensor().to(at::kLong).equal(hashing(texts).tensor()));
  CHECK(model.outputs()[0].shape() == Shape{none, 3});
  CHECK(model.predict_all_on_batch(Strings{{"c", "c"}})[0].shape() == Shape{1, 3});
}

TEST_CASE("Texts and numbers are told apart before anything changes", "[layers][text][errors]") {
  const Input input({1}, {.dtype = "string"});
  CHECK_THROWS_WITH(layers::Dense(2, {.name = "dense"})(input),
                    StartsWith("Layer 'dense' (of type Dense) takes numbers, and received texts."));
  CHECK_THROWS_WITH(Sequential({Input({1}, {.dtype = "string"}), layers::Dense(2)}),
                    ContainsSubstring("received texts"));
  CHECK_THROWS_WITH(Sequential({Input({1}), layers::StringLookup()}),
                    ContainsSubstring("takes texts, and received numbers"));
  CHECK_THROWS_WITH(Sequential({layers::TextVectorization()}),
                    ContainsSubstring("begin the model with an input of texts"));
  CHECK_THROWS_WITH(layers::StringLookup({.vocabulary = {"a"}, .invert = true})(input),
                    ContainsSubstring("gives texts for indices"));
  Model model({.inputs = input, .outputs = layers::Hashing(3, {.output_mode = "one_hot"})(input)});
  CHECK_THROWS_WITH(model.predict({{1.0}}), StartsWith("`x` holds numbers where texts are expected"));
  CHECK_THROWS_WITH(model.predict(Strings{{"a", "b"}}), ContainsSubstring("expects `x` of shape (None, 1)"));
  Sequential numbers({Input({1}), layers::Dense(1)});
  CHECK_THROWS_WITH(numbers.predict(Strings{"a"}), StartsWith("`x` holds texts where numbers are expected."));
  numbers.compile({.loss = "mse"});
  CHECK_THROWS_WITH(numbers.fit({{1.0}}, Strings{"a"}), StartsWith("`y` holds texts where numbers are expected."));
}
