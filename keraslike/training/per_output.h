#pragma once

#include <algorithm>
#include <concepts>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "keraslike/losses/loss.h"
#include "keraslike/metrics/metric.h"
#include "keraslike/utils/none.h"

namespace keraslike {

// An argument of `compile` that each output of a model may have its own of: one for all, a list in the order of the
// outputs, or pairs of an output's name and what it gets.
template <class Item>
class PerOutput {
 public:
  enum class Form { None, One, List, Dict };

  // An element of a list, with the name of its output or without.
  class Entry {
   public:
    template <class Value>
      requires(std::convertible_to<Value, Item> && !std::same_as<std::remove_cvref_t<Value>, Entry>)
    Entry(Value&& item) : item(std::forward<Value>(item)) {}  // NOLINT: the conversions are the purpose
    Entry(std::string output, Item item) : output(std::move(output)), item(std::move(item)) {}

    std::string output = {};
    Item item;
  };

  PerOutput() = default;
  PerOutput(None) {}  // NOLINT: the conversions are the purpose of this class
  template <class Value>
    requires(std::convertible_to<Value, Item> && !std::same_as<std::remove_cvref_t<Value>, PerOutput> &&
             !std::same_as<std::remove_cvref_t<Value>, None>)
  PerOutput(Value&& item) : form_(Form::One), entries_{Entry(std::forward<Value>(item))} {}  // NOLINT
  PerOutput(std::initializer_list<Entry> entries) : PerOutput(std::vector<Entry>(entries)) {}
  explicit PerOutput(std::vector<Entry> entries) : entries_(std::move(entries)) {
    const bool is_named = std::any_of(entries_.begin(), entries_.end(), [](const Entry& e) { return !e.output.empty(); });
    form_ = entries_.empty() ? Form::None : is_named ? Form::Dict : Form::List;
  }

  Form form() const { return form_; }
  bool empty() const { return form_ == Form::None; }
  explicit operator bool() const { return !empty(); }
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  Form form_ = Form::None;
  std::vector<Entry> entries_;
};

using LossPerOutput = PerOutput<NameOr<Loss>>;
using LossWeights = PerOutput<double>;

// The metrics of each output. For a model with one output a list of metrics: `{"mae", metrics::AUC()}`. For several a
// list with the metrics of each, `{{"mae", "mse"}, {"accuracy"}}`, or by name: `{{"price", {"mae"}}}`.
class MetricsPerOutput {
 public:
  using List = std::vector<NameOr<Metric>>;

  class Entry {
   public:
    template <class Value>
      requires(std::convertible_to<Value, NameOr<Metric>> && !std::same_as<std::remove_cvref_t<Value>, Entry>)
    Entry(Value&& metric) : metrics{NameOr<Metric>(std::forward<Value>(metric))} {}  // NOLINT: as above
    template <class First, class Second, class... Rest>
      requires(std::convertible_to<First, NameOr<Metric>> && std::convertible_to<Second, NameOr<Metric>> &&
               (std::convertible_to<Rest, NameOr<Metric>> && ...))
    Entry(First&& first, Second&& second, Rest&&... rest)
        : metrics{NameOr<Metric>(std::forward<First>(first)), NameOr<Metric>(std::forward<Second>(second)),
                  NameOr<Metric>(std::forward<Rest>(rest))...} {}
    explicit Entry(List list) : metrics(std::move(list)) {}
    Entry(std::string output, List list) : output(std::move(output)), metrics(std::move(list)) {}

    std::string output = {};
    List metrics;
  };

  MetricsPerOutput() = default;
  MetricsPerOutput(std::initializer_list<Entry> entries) : entries_(entries) {}
  MetricsPerOutput(const List& metrics) : entries_(metrics.begin(), metrics.end()) {}  // NOLINT
  explicit MetricsPerOutput(std::vector<Entry> entries) : entries_(std::move(entries)) {}

  bool empty() const { return entries_.empty(); }
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

}  // namespace keraslike
