#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "keraslike/utils/dtype.h"
#include "keraslike/utils/none.h"
#include "keraslike/utils/shape.h"

namespace keraslike {

// Python's start:stop:step.
struct Slice {
  std::optional<int64_t> start = {};
  std::optional<int64_t> stop = {};
  std::optional<int64_t> step = {};
};

// Python's `...` in an index.
struct Ellipsis {};

// An array of numbers among the arguments of a call in a graph.
struct ConstantArray {
  Shape shape;
  std::vector<double> values;
  DType dtype = DType::Float32;
};

namespace layers {

// A tensor before there is one: its shape with the batch axis, `none` where a size is open, and its dtype.
struct TensorSpec {
  Shape shape;
  DType dtype = DType::Float32;
};

// One argument of a layer's call: a tensor, a constant, or a list or dict of these. `T` is what stands for tensors: a
// TensorSpec, a tensor with its mask, a symbolic tensor.
template <class T>
class Argument {
 public:
  using List = std::vector<Argument>;
  using Dict = std::vector<std::pair<std::string, Argument>>;
  using Value = std::variant<None, bool, int64_t, double, std::string, Slice, Ellipsis, ConstantArray, T, List, Dict>;

  Argument() : value(none) {}
  Argument(Value value) : value(std::move(value)) {}  // NOLINT: implicit by design
  Argument(T tensor) : value(std::move(tensor)) {}    // NOLINT

  bool is_none() const { return std::holds_alternative<None>(value); }

  // The tensors in it, in their order.
  void collect(std::vector<T>& tensors) const {
    if (const T* tensor = std::get_if<T>(&value)) tensors.push_back(*tensor);
    if (const List* list = std::get_if<List>(&value)) {
      for (const Argument& item : *list) item.collect(tensors);
    }
    if (const Dict* dict = std::get_if<Dict>(&value)) {
      for (const auto& [key, item] : *dict) item.collect(tensors);
    }
  }

  // The same argument with something else in the place of each tensor.
  template <class U, class Change>
  Argument<U> map(const Change& change) const {
    return std::visit([&](const auto& held) { return mapped<U>(held, change); }, value);
  }

  Value value;

 private:
  template <class U, class Held, class Change>
  Argument<U> mapped(const Held& held, const Change& change) const {
    if constexpr (std::is_same_v<Held, T>) {
      return Argument<U>(change(held));
    } else if constexpr (std::is_same_v<Held, List>) {
      typename Argument<U>::List list;
      for (const Argument& item : held) list.push_back(item.template map<U>(change));
      return Argument<U>(typename Argument<U>::Value(std::move(list)));
    } else if constexpr (std::is_same_v<Held, Dict>) {
      typename Argument<U>::Dict dict;
      for (const auto& [key, item] : held) dict.emplace_back(key, item.template map<U>(change));
      return Argument<U>(typename Argument<U>::Value(std::move(dict)));
    } else {
      return Argument<U>(typename Argument<U>::Value(held));
    }
  }
};

// The arguments of one call of a layer, under the names that Keras' `call` has for them.
template <class T>
class Call {
 public:
  using Named = std::vector<std::pair<std::string, Argument<T>>>;

  Call() = default;
  Call(T input) { arguments.emplace_back("", std::move(input)); }  // NOLINT: implicit by design
  explicit Call(std::vector<T> inputs) {
    typename Argument<T>::List list(inputs.begin(), inputs.end());
    arguments.emplace_back("", Argument<T>(typename Argument<T>::Value(std::move(list))));
  }

  const Argument<T>* find(const std::string& name) const {
    for (const auto& [known, argument] : arguments) {
      if (known == name) return &argument;
    }
    return nullptr;
  }

  // The tensors of the first argument, of one by name, and of all.
  std::vector<T> inputs() const {
    std::vector<T> tensors;
    if (!arguments.empty()) arguments.front().second.collect(tensors);
    return tensors;
  }
  std::vector<T> tensors(const std::string& name) const {
    std::vector<T> tensors;
    if (const auto* argument = find(name)) argument->collect(tensors);
    return tensors;
  }
  std::vector<T> tensors() const {
    std::vector<T> tensors;
    for (const auto& [name, argument] : arguments) argument.collect(tensors);
    return tensors;
  }

  // The only tensor of the first argument, which must be one; and the one by name, if any.
  const T& input() const { return std::get<T>(arguments.front().second.value); }
  std::optional<T> tensor(const std::string& name) const {
    auto found = tensors(name);
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
  }

  // A constant by name, where one was given.
  template <class Constant>
  std::optional<Constant> constant(const std::string& name) const {
    const auto* argument = find(name);
    const Constant* value = argument == nullptr ? nullptr : std::get_if<Constant>(&argument->value);
    return value == nullptr ? std::nullopt : std::optional<Constant>(*value);
  }

  template <class U, class Change>
  Call<U> map(const Change& change) const {
    Call<U> result;
    result.positional = positional;
    for (const auto& [name, argument] : arguments) {
      result.arguments.emplace_back(name, argument.template map<U>(change));
    }
    return result;
  }

  Named arguments;
  size_t positional = 1;  // how many of the first were given without their names
};

}  // namespace layers
}  // namespace keraslike
