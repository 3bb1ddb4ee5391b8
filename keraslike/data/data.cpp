#include "keraslike/data/data.h"

#include <algorithm>
#include <optional>

#include <ATen/core/Tensor.h>

#include "keraslike/data/texts.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/registry.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike {

// Either one source, or several arrays and perhaps their names.
struct Data::Part {
  std::optional<data::Source> source;
  std::vector<Data> arrays;
  std::vector<std::string> names;
};

Data::Data(const Array& array) : Data(data::Source(array.tensor())) {}

Data::Data(const at::Tensor& tensor) : Data(data::Source(tensor)) {}

Data::Data(const Strings& texts) : Data(data::Source::of(texts)) {}

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

bool Data::is_text() const { return is_single() && part_->source->is_text(); }

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

const data::Source& Data::source(const std::string& argument) const {
  if (!is_single()) {
    throw ValueError("`{}` is expected to be one array. Received: {}.", argument,
                     is_none() ? std::string("none") : fmt::format("{} arrays", count()));
  }
  part_->source->check(argument);
  return *part_->source;
}

const at::Tensor& Data::tensor(const std::string& argument) const { return data::source_of(*this, argument).tensor(); }

const data::Source& data::source_of(const Data& data, const std::string& argument) {
  const Source& source = data.source(argument);
  if (!source.is_text()) return source;
  throw ValueError("`{}` holds texts where numbers are expected. A model takes texts through an input of dtype "
                   "\"string\", `Input({{1}}, {{.dtype = \"string\"}})`, with StringLookup, TextVectorization or "
                   "Hashing behind it.", argument);
}

const at::Tensor& Data::texts(const std::string& argument) const {
  const at::Tensor& tensor = source(argument).tensor();
  if (is_text()) return tensor;
  throw ValueError("`{}` holds numbers where texts are expected, as the model's input has dtype \"string\". Pass "
                   "Strings, or a vector of std::string.", argument);
}

Shape Data::shape(const std::string& argument) const { return source(argument).shape(); }

DType Data::dtype(const std::string& argument) const {
  return utils::dtype_of(tensor(argument).scalar_type(), "`" + argument + "`");
}

Array Data::to_array(const std::string& argument) const { return Array(tensor(argument)); }

}  // namespace keraslike
