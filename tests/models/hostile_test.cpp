// 2,000 files that are damaged or mean harm: each is refused with a FileError, or loaded, and never more than that.

#include <sys/resource.h>

#include <filesystem>
#include <functional>
#include <random>

#include <nlohmann/json.hpp>

#include "keraslike/keraslike.h"
#include "keraslike/saving/files.h"
#include "keraslike/saving/zip_file.h"

#include "support/captured.h"
#include "support/catch.h"

using namespace keraslike;
using nlohmann::ordered_json;
using Random = std::mt19937;

namespace {

struct Members {
  std::string metadata, config, weights;
};

std::string archive_of(const Members& members) {
  saving::ZipWriter writer("hostile.keras");
  writer.add("metadata.json", members.metadata);
  writer.add("config.json", members.config);
  writer.add("model.weights.h5", members.weights);
  return writer.finish();
}

size_t below(Random& random, size_t count) { return random() % std::max<size_t>(count, 1); }

void flip_bits(std::string& bytes, Random& random) {
  for (size_t i = 0; i <= below(random, 4); ++i) {
    bytes[below(random, bytes.size())] ^= static_cast<char>(1 << below(random, 8));
  }
}

// A number of the config becomes one that nobody would write.
void change_number(ordered_json& json, Random& random) {
  std::vector<ordered_json*> numbers;
  const std::function<void(ordered_json&)> collect = [&](ordered_json& item) {
    if (item.is_number()) numbers.push_back(&item);
    if (item.is_structured()) {
      for (auto& inner : item) collect(inner);
    }
  };
  collect(json);
  const std::vector<ordered_json> values{-1, 0, 1 << 20, 9223372036854775807LL, 1e300, "x", nullptr, true, {{}}};
  *numbers[below(random, numbers.size())] = values[below(random, values.size())];
}

// A member that is not what its name says, or that lacks a part.
void swap_parts(Members& members, Random& random) {
  switch (below(random, 4)) {
    case 0: std::swap(members.config, members.weights); break;
    case 1: members.weights.resize(below(random, members.weights.size())); break;
    case 2: members.config.resize(below(random, members.config.size())); break;
    default: members.config.insert(below(random, members.config.size()), std::string(below(random, 5000), '[')); break;
  }
}

std::string hostile(const Members& good, Random& random) {
  Members members = good;
  std::string archive;
  switch (below(random, 5)) {
    case 0: flip_bits(members.weights, random); break;
    case 1: flip_bits(members.config, random); break;
    case 2: swap_parts(members, random); break;
    case 3: {
      auto json = ordered_json::parse(members.config);
      change_number(json, random);
      members.config = json.dump();
      break;
    }
    default:
      archive = archive_of(members);
      if (below(random, 2) == 0) archive.resize(below(random, archive.size()));
      if (!archive.empty()) flip_bits(archive, random);
      return archive;
  }
  return archive_of(members);
}

int64_t peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

// Loads so many files that were made from this model's; returns how many were refused.
int attack(const Model& model, int files, unsigned seed) {
  const std::string path = (std::filesystem::temp_directory_path() / "keraslike_hostile_test.keras").string();
  const CapturedWarnings warnings;
  model.save(path);
  const saving::ZipReader archive(path);
  const Members good{archive.read("metadata.json"), archive.read("config.json"), archive.read("model.weights.h5")};
  Random random(seed);
  int refused = 0;
  for (int i = 0; i < files; ++i) {
    INFO("file " << i);
    saving::write_file(path, hostile(good, random));
    try {
      models::load_model(path);
    } catch (const FileError& error) {
      ++refused;
      CHECK(std::string(error.what()).size() < 600);
    }
  }
  std::filesystem::remove(path);
  return refused;
}

}  // namespace

TEST_CASE("Hostile files do no harm", "[models][saving][hostile]") {
  Sequential model({Input({4, 4, 1}), layers::Conv2D(2, 2), layers::BatchNormalization(), layers::Flatten(),
                    layers::Dense(3, "softmax")});
  model.compile({.optimizer = "adam", .loss = "mse"});
  CHECK(attack(model, 2000, 1) > 1000);
  CHECK(peak_megabytes() < 1024);
}

TEST_CASE("Hostile graphs do no harm", "[models][saving][hostile]") {
  const Input left({4, 3}, {.name = "left"});
  const Input right({4, 3}, {.name = "right"});
  const layers::LSTM shared(2, {.return_sequences = true});
  const auto joined = layers::Concatenate()({shared(left), shared(right)});
  const KerasTensor seen = layers::MultiHeadAttention(1, 2)(joined, joined, {.use_causal_mask = true});
  const KerasTensor part = ops::get_item(joined + seen * 2.0, {Slice{}, 0});
  Model model({.inputs = {left, right}, .outputs = {layers::Dense(1)(part), layers::Dense(2)(part)}});
  model.compile({.optimizer = "sgd", .loss = {"mse", "mae"}});
  CHECK(attack(model, 1000, 2) > 400);
  CHECK(peak_megabytes() < 1024);
}

TEST_CASE("Hostile maps of optimizers and policies do no harm", "[models][saving][hostile]") {
  const optimizers::OptimizerMap map(optimizers::Adam(), {{"(.*/)?head/.*", optimizers::SGD({.momentum = 0.9})}});
  const DTypePolicyMap policies("float32", {{".*/attention/(query|key)", "float64"}});
  const Input input({4, 3});
  const auto seen = layers::MultiHeadAttention(1, 2, {.dtype = policies, .name = "attention"})(input, input);
  const auto scaled = layers::Rescaling({0.5, 1.0, 2.0})(seen);
  Model model({.inputs = input, .outputs = layers::Dense(1, {.name = "head"})(layers::Flatten()(scaled))});
  model.compile({.optimizer = optimizers::MultiOptimizer(map), .loss = "mse"});
  model.train_on_batch(Array::ones({2, 4, 3}), Array::ones({2, 1}), {});
  CHECK(attack(model, 1000, 3) > 400);
  CHECK(peak_megabytes() < 1024);
}
