// What users have, made into float32 tensors, against memcpy of the bytes that are read.

#include <cstring>
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

}  // namespace

std::vector<Case> adapter_cases() { return {flat_case<double>("adapter_double"), flat_case<int32_t>("adapter_int32")}; }

}  // namespace keraslike::benchmarks
