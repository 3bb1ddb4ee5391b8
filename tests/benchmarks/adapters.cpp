// What users have, made into float32 tensors, against memcpy of the bytes that are read.

#include <cstring>
#include <filesystem>
#include <memory>
#include <random>

#include <torch/torch.h>

#include "keraslike/keraslike.h"
#include "keraslike/torch.h"
#include "report.h"

namespace keraslike::benchmarks {

namespace {

constexpr size_t kRows = 400'000;
constexpr size_t kColumns = 10;

template <class Number>
std::shared_ptr<std::vector<Number>> numbers() {
  auto values = std::make_shared<std::vector<Number>>(kRows * kColumns);
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform;
  for (auto& value : *values) value = static_cast<Number>(uniform(random));
  return values;
}

// The time of `memcpy` for this many bytes, into memory that was touched before.
std::function<void()> copy_of(const void* from, size_t bytes) {
  auto to = std::make_shared<std::vector<char>>(bytes);
  return [=] { std::memcpy(to->data(), from, bytes); };
}

template <class Number>
Case flat_case(const std::string& name) {
  const auto values = numbers<Number>();
  const size_t bytes = values->size() * sizeof(Number);
  return {.name = name,
          .unit = "MB",
          .units = static_cast<double>(bytes) / 1e6,
          .reference_name = "memcpy",
          .reference = copy_of(values->data(), bytes),
          .keraslike =
              [values] {
                const Array array(values->data(), {static_cast<int64_t>(kRows), static_cast<int64_t>(kColumns)});
                array.astype(DType::Float32);
              }};
}

Case nested_case() {
  const auto rows = std::make_shared<std::vector<std::vector<double>>>(kRows, std::vector<double>(kColumns, 0.5));
  const auto flat = numbers<double>();
  const size_t bytes = flat->size() * sizeof(double);
  const auto copy = copy_of(flat->data(), bytes);
  return {.name = "adapter_nested",
          .unit = "MB",
          .units = static_cast<double>(bytes) / 1e6,
          .reference_name = "memcpy",
          .reference = [copy, flat] { copy(); },
          .keraslike = [rows] { Array(*rows).astype(DType::Float32); }};
}

// Columns of a matrix that lies transposed.
Case strided_case() {
  Case result = flat_case<float>("adapter_strided");
  const auto values = numbers<float>();
  result.keraslike = [values] {
    const Array array(values->data(), {static_cast<int64_t>(kRows), static_cast<int64_t>(kColumns)},
                      {1, static_cast<int64_t>(kRows)});
    array.astype(DType::Float32).tensor().contiguous();
  };
  return result;
}

Case npy_case() {
  Case result = flat_case<float>("adapter_npy");
  const auto values = numbers<float>();
  const std::string path = (std::filesystem::temp_directory_path() / "keraslike_benchmark.npy").string();
  data::save_npy(path, Array(values->data(), {static_cast<int64_t>(kRows), static_cast<int64_t>(kColumns)}));
  result.keraslike = [path] { data::load_npy(path); };
  return result;
}

}  // namespace

std::vector<Case> adapter_cases() {
  return {flat_case<double>("adapter_double"), flat_case<int32_t>("adapter_int32"), nested_case(), strided_case(),
          npy_case()};
}

}  // namespace keraslike::benchmarks
