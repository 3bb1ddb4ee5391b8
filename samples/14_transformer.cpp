// Lesson 14: a small transformer. Handwritten digits of 8 x 8 pixels, read as eight rows that look at each other.
//
// Attention does not know which row is which: an Embedding of each row's number is added to what the row holds. Then
// come attention and a dense network, each added to its own input (the residual path) and normalized: `block` below,
// twice. torch::nn has a TransformerEncoderLayer for it; here it is a function of layers, to be changed where you like.

#include <filesystem>

#include <fmt/format.h>

#include <keraslike/keraslike.h>

using namespace keraslike;

namespace {

constexpr int64_t kRows = 8;
constexpr int64_t kWidth = 32;

// The numbers 0 to 7 for each image.
Array row_numbers(int64_t images) {
  return Array(std::vector<std::vector<int64_t>>(static_cast<size_t>(images), {0, 1, 2, 3, 4, 5, 6, 7}));
}

KerasTensors block(const KerasTensors& x) {
  const auto seen = layers::MultiHeadAttention(4, kWidth / 4)(x, x);
  const auto attended = layers::LayerNormalization()(layers::Add()({x, seen}));
  const auto thought = layers::Dense(kWidth)(layers::Dense(2 * kWidth, "relu")(attended));
  return layers::LayerNormalization()(layers::Add()({attended, thought}));
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2 || !std::filesystem::exists(arguments[1])) {
    fmt::print("SKIPPED: usage: {} FILE, where FILE is digits.csv\n", arguments[0]);
    return 77;
  }
  set_random_seed(14);
  const data::Table table = data::read_csv(arguments[1]);
  const auto pixels = table.except("label").to_vector<float>();
  const auto labels = table["label"].to_vector<int64_t>();
  const int64_t trained = 1500;
  const int64_t tested = table.rows() - trained;
  const Array x_train(pixels.data(), {trained, kRows, kRows});
  const Array y_train(labels.data(), {trained});
  const Array x_test(pixels.data() + trained * kRows * kRows, {tested, kRows, kRows});
  const Array y_test(labels.data() + trained, {tested});

  const Input rows({kRows, kRows});
  const Input numbers({kRows}, {.dtype = "int32"});
  const auto content = layers::Dense(kWidth)(layers::Rescaling(1.0 / 16)(rows));
  const auto place = layers::Embedding(kRows, kWidth)(numbers);
  const auto blocks = block(block(layers::Add()({content, place})));
  const auto pooled = layers::GlobalAveragePooling1D()(blocks);
  Model model({.inputs = {rows, numbers}, .outputs = layers::Dense(10, "softmax")(pooled)});

  model.compile({.optimizer = optimizers::Adam(0.003),
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"accuracy"}});
  model.fit({x_train, row_numbers(trained)}, y_train, {.batch_size = 64, .epochs = 20, .verbose = 0});

  const Scores scores = model.evaluate({x_test, row_numbers(tested)}, y_test, {.verbose = 0});
  fmt::print("{} digits it has not seen, at least 90 % right: {}\n", tested, scores["accuracy"] >= 0.9);
}

// Prints:
// 297 digits it has not seen, at least 90 % right: true
