// What users have, made into the float32 tensor that a model computes with, against memcpy of the bytes that are read
// into memory that was touched before. `memcpy_fresh` is memcpy into new memory, which every result is.

#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>

#include <fmt/format.h>
#include <torch/torch.h>

#include "keraslike/data/conversion.h"
#include "keraslike/keraslike.h"
#include "keraslike/torch.h"
#include "keraslike/utils/large_memory.h"
#include "report.h"

namespace keraslike::benchmarks {

namespace {

constexpr int64_t kRows = 400'000;
constexpr int64_t kColumns = 10;

template <class Number>
using Numbers = std::shared_ptr<const std::vector<Number>>;

template <class Number>
Numbers<Number> numbers() {
  auto values = std::make_shared<std::vector<Number>>(kRows * kColumns);
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform(0, 100);
  for (auto& value : *values) value = static_cast<Number>(uniform(random));
  return values;
}

std::string place(const char* name) { return (std::filesystem::temp_directory_path() / name).string(); }

// `convert` against memcpy of as many bytes as `values` has.
template <class Number>
Case against_memcpy(const std::string& name, const Numbers<Number>& values, std::function<void()> convert) {
  const size_t bytes = values->size() * sizeof(Number);
  const auto to = std::make_shared<std::vector<char>>(bytes);
  return {.name = name,
          .unit = "MB",
          .units = static_cast<double>(bytes) / 1e6,
          .reference_name = "memcpy",
          .reference = [=] { std::memcpy(to->data(), values->data(), bytes); },
          .keraslike = std::move(convert)};
}

void convert(const Data& data) { data::to_tensor(data, "x", data::Want::Floats); }

template <class Number>
Case flat_case(const std::string& name) {
  const auto values = numbers<Number>();
  return against_memcpy(name, values, [=] { convert({values->data(), {kRows, kColumns}}); });
}

template <class Number>
Case nested_case(const std::string& name) {
  const auto rows = std::make_shared<std::vector<std::vector<Number>>>(kRows, std::vector<Number>(kColumns));
  const auto values = numbers<Number>();
  auto next = values->begin();
  for (auto& row : *rows) {
    for (auto& number : row) number = *next++;
  }
  return against_memcpy(name, values, [=] { convert(*rows); });
}

// The columns of a table lie one after the other.
template <class Number>
Case strided_case(const std::string& name) {
  const auto values = numbers<Number>();
  return against_memcpy(name, values, [=] { convert({values->data(), {kRows, kColumns}, {1, kRows}}); });
}

Case fresh_case() {
  const auto values = numbers<double>();
  return against_memcpy("memcpy_fresh", values, [=] {
    const at::Tensor to = utils::empty_large({kRows, kColumns}, at::kDouble);
    std::memcpy(to.data_ptr(), values->data(), to.nbytes());
  });
}

Case npy_case() {
  const auto values = numbers<float>();
  data::save_npy(place("keraslike_benchmark.npy"), {values->data(), {kRows, kColumns}});
  return against_memcpy("adapter_npy", values, [] { data::load_npy(place("keraslike_benchmark.npy")); });
}

// Every number by std::from_chars, one after the other into memory that was touched before: what a parser that checks
// nothing needs on one thread.
void parse_by_hand(const std::string& text, std::vector<double>& numbers) {
  const char* at = text.data();
  const char* end = at + text.size();
  for (double& number : numbers) at = std::from_chars(at, end, number).ptr + 1;
}

Case csv_case() {
  const auto values = numbers<double>();
  const auto text = std::make_shared<std::string>();
  for (size_t i = 0; i < values->size(); ++i) {
    fmt::format_to(std::back_inserter(*text), "{:.6g}{}", (*values)[i], (i + 1) % kColumns == 0 ? '\n' : ',');
  }
  std::ofstream(place("keraslike_benchmark.csv")) << *text;
  const auto parsed = std::make_shared<std::vector<double>>(values->size());
  return {.name = "adapter_csv",
          .unit = "MB",
          .units = static_cast<double>(text->size()) / 1e6,
          .reference_name = "std::from_chars",
          .reference = [=] { parse_by_hand(*text, *parsed); },
          .keraslike = [] { data::read_csv(place("keraslike_benchmark.csv"), {.header = false}).to_array(); }};
}

}  // namespace

std::vector<Case> adapter_cases() {
  return {fresh_case(),
          flat_case<double>("adapter_double"),
          flat_case<int64_t>("adapter_int64"),
          flat_case<int32_t>("adapter_int32"),
          flat_case<uint8_t>("adapter_uint8"),
          nested_case<double>("adapter_nested_double"),
          nested_case<float>("adapter_nested_float"),
          strided_case<double>("adapter_strided_double"),
          strided_case<float>("adapter_strided_float"),
          npy_case(),
          csv_case()};
}

}  // namespace keraslike::benchmarks
