#include "keraslike/data/data.h"

#include <algorithm>
#include <optional>

#include <ATen/core/Tensor.h>

#include "keraslike/utils/tensor_types.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/registry.h"

namespace keraslike {

// Either one source, or several arrays and perhaps their names.
struct Data::Part {
  std::optional<data::Source> source;
  std::vector<Data> arrays;
  std::vector<std::string> names;
};

Data::Data(const Array& array) : Data(data::Source(array.tensor())) {}

Data::Data(const at::Tensor& tensor) : Data(data::Source(tensor)) {}

Data::Data(data::Source source) : part_(std::make_shared<const Part>(Part{std::move(source), {}, {}})) {}

Data::Data(std::vector<Data> arrays, std::vector<std::string> names) {
  for (const Data& array : arrays) {
    if (!array.is_single()) {
      throw ValueError("A list of arrays expects each to be one array. Received: a list or none.");
    }
  }
  part_ = std::make_shared<const Part>(Part{std::nullopt, std::move(arrays), std::move(names)});
}

Data Data::named(std::vector<std::pair<std::string, Data>> named_arrays) {
  std::vector<Data> arrays;
  std::vector<std::string> names;
  for (auto& [name, array] : named_arrays) {
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      throw ValueError("Data.named expects each name once. Received '{}' twice.", name);
    }
    names.push_back(name);
    arrays.push_back(std::move(array));
  }
  return Data(std::move(arrays), std::move(names));
}

bool Data::is_single() const { return part_ && part_->source; }

bool Data::is_list() const { return part_ && !part_->source && part_->names.empty(); }

bool Data::is_named() const { return part_ && !part_->names.empty(); }

int64_t Data::count() const {
  if (!part_) return 0;
  return part_->source ? 1 : static_cast<int64_t>(part_->arrays.size());
}

const Data& Data::operator[](int64_t index) const {
  if (index < 0 || index >= count()) throw ValueError("There are {} arrays. Received: index={}.", count(), index);
  return part_->source ? *this : part_->arrays[static_cast<size_t>(index)];
}

const Data& Data::operator[](const std::string& name) const {
  const auto& known = names();
  const auto found = std::find(known.begin(), known.end(), name);
  if (found != known.end()) return part_->arrays[static_cast<size_t>(found - known.begin())];
  throw ValueError("There is no array named '{}'. {}", name, utils::describe_names(name, known));
}

const std::vector<std::string>& Data::names() const {
  static const std::vector<std::string> nameless;
  return part_ ? part_->names : nameless;
}

const at::Tensor& Data::tensor(const std::string& argument) const {
  if (!is_single()) {
    throw ValueError("`{}` is expected to be one array. Received: {}.", argument,
                     is_none() ? std::string("none") : fmt::format("{} arrays", count()));
  }
  part_->source->check(argument);
  return part_->source->tensor();
}

Shape Data::shape(const std::string& argument) const {
  const auto sizes = tensor(argument).sizes();
  return Shape(sizes.begin(), sizes.end());
}

DType Data::dtype(const std::string& argument) const {
  return utils::dtype_of(tensor(argument).scalar_type(), "`" + argument + "`");
}

Array Data::to_array(const std::string& argument) const { return Array(tensor(argument)); }

}  // namespace keraslike
