#include "keraslike/saving/config.h"

#include <set>

#include <nlohmann/json.hpp>

#include "keraslike/utils/errors.h"

namespace keraslike::saving {

namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json to_json(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

class Writer final : public Fields {
 public:
  bool is_reading() const override { return false; }
  void operator()(std::string_view key, bool& value) override { put(key, value); }
  void operator()(std::string_view key, int64_t& value) override { put(key, value); }
  void operator()(std::string_view key, double& value) override { put(key, value); }
  void operator()(std::string_view key, std::string& value) override { put(key, value); }
  void operator()(std::string_view key, std::vector<int64_t>& value) override { put(key, value); }
  void operator()(std::string_view key, std::vector<double>& value) override { put(key, value); }
  void operator()(std::string_view key, std::vector<std::vector<int64_t>>& value) override { put(key, value); }
  void operator()(std::string_view key, Shape& value) override { put(key, sizes_of(value)); }
  void operator()(std::string_view key, std::optional<bool>& value) override { put(key, to_json(value)); }
  void operator()(std::string_view key, std::optional<int64_t>& value) override { put(key, to_json(value)); }
  void operator()(std::string_view key, std::optional<double>& value) override { put(key, to_json(value)); }
  void operator()(std::string_view key, std::optional<std::string>& value) override { put(key, to_json(value)); }
  void operator()(std::string_view key, std::optional<Shape>& value) override {
    put(key, value ? sizes_of(*value) : Json(nullptr));
  }
  void operator()(std::string_view key, std::optional<std::vector<int64_t>>& value) override {
    put(key, to_json(value));
  }
  void operator()(std::string_view key, std::optional<std::vector<double>>& value) override {
    put(key, to_json(value));
  }
  void operator()(std::string_view key, std::optional<OrderedMap<std::optional<double>>>& value) override {
    if (!value) return put(key, nullptr);
    Json numbers = Json::object();
    for (const auto& [name, number] : *value) numbers[name] = to_json(number);
    put(key, std::move(numbers));
  }

  void operator()(std::string_view key, Axes& value) override {
    put(key, value.is_list() ? Json(value.values()) : Json(value.values().front()));
  }

  void operator()(std::string_view key, NestedNumbers& value) override {
    const double* next = value.values().data();
    put(key, value ? nested(value.shape(), 0, next) : Json(nullptr));
  }

  void object(std::string_view key, ObjectField& value) override {
    if (value.is_none()) return put(key, nullptr);
    if (const auto number = value.number()) return put(key, *number);
    const std::string name = value.identifier();
    if (!name.empty() && (value.form() == ConfigForm::as_given || !value.has_class())) return put(key, name);
    Writer nested;
    value.fields(nested);
    if (value.form() == ConfigForm::name && value.has_class() && nested.json == defaults_of(value)) {
      return put(key, value.class_name());
    }
    put(key, Json{{"module", value.module()},
                  {"class_name", value.class_name()},
                  {"config", nested.json},
                  {"registered_name", nullptr}});
  }

  Json json = Json::object();

 private:
  static Json sizes_of(const Shape& shape) {
    Json sizes = Json::array();
    for (const int64_t size : shape) sizes.push_back(size == none ? Json(nullptr) : Json(size));
    return sizes;
  }

  static Json defaults_of(const ObjectField& value) {
    Writer defaults;
    value.default_fields(defaults);
    return defaults.json;
  }

  static Json nested(const Shape& shape, size_t axis, const double*& next) {
    if (axis == shape.size()) return *next++;
    Json list = Json::array();
    for (int64_t i = 0; i < shape[axis]; ++i) list.push_back(nested(shape, axis + 1, next));
    return list;
  }

  void put(std::string_view key, Json value) { json[std::string(key)] = std::move(value); }
};

class Reader final : public Fields {
 public:
  Reader(const Json& json, std::string owner) : json_(json), owner_(std::move(owner)) {
    if (!json_.is_object()) throw ValueError("The config of {} is not a JSON object.", owner_);
  }

  bool is_reading() const override { return true; }
  void operator()(std::string_view key, bool& value) override { get(key, value); }
  void operator()(std::string_view key, int64_t& value) override { get(key, value); }
  void operator()(std::string_view key, double& value) override { get(key, value); }
  void operator()(std::string_view key, std::string& value) override { get(key, value); }
  void operator()(std::string_view key, std::vector<int64_t>& value) override { get(key, value); }
  void operator()(std::string_view key, std::vector<double>& value) override { get(key, value); }
  void operator()(std::string_view key, std::vector<std::vector<int64_t>>& value) override {
    const Json* json = find(key);
    if (json == nullptr) return;
    if (!json->is_array()) fail(key, *json);
    value.clear();
    for (const Json& item : *json) convert(key, item, value.emplace_back());
  }
  void operator()(std::string_view key, Shape& value) override {
    if (const Json* json = find(key)) value = read_sizes(key, *json);
  }
  void operator()(std::string_view key, std::optional<bool>& value) override { get_optional(key, value); }
  void operator()(std::string_view key, std::optional<int64_t>& value) override { get_optional(key, value); }
  void operator()(std::string_view key, std::optional<double>& value) override { get_optional(key, value); }
  void operator()(std::string_view key, std::optional<std::string>& value) override { get_optional(key, value); }
  void operator()(std::string_view key, std::optional<Shape>& value) override {
    const Json* json = find(key);
    if (json == nullptr) return;
    if (json->is_null()) return value.reset();
    value = read_sizes(key, *json);
  }
  void operator()(std::string_view key, std::optional<std::vector<int64_t>>& value) override {
    get_optional_list(key, value);
  }
  void operator()(std::string_view key, std::optional<std::vector<double>>& value) override {
    get_optional_list(key, value);
  }

  void operator()(std::string_view key, std::optional<OrderedMap<std::optional<double>>>& value) override {
    const Json* json = find(key);
    if (json == nullptr) return;
    if (json->is_null()) return value.reset();
    if (!json->is_object()) fail(key, *json);
    value.emplace();
    for (const auto& [name, item] : json->items()) {
      std::optional<double>& number = value->set(name, std::nullopt);
      if (!item.is_null()) convert(key, item, number.emplace());
    }
  }

  void operator()(std::string_view key, Axes& value) override {
    const Json* json = find(key);
    if (json == nullptr) return;
    const auto read_axis = [&](const Json& item) {
      int64_t axis = 0;
      convert(key, item, axis);
      return axis;
    };
    if (!json->is_array()) return void(value = read_axis(*json));
    std::vector<int64_t> axes;
    for (const Json& item : *json) axes.push_back(read_axis(item));
    value = std::move(axes);
  }

  void operator()(std::string_view key, NestedNumbers& value) override {
    const Json* json = find(key);
    if (json == nullptr) return;
    if (json->is_null()) return void(value = none);
    Shape shape;
    for (const Json* list = json; list->is_array(); list = &list->front()) {
      shape.push_back(static_cast<int64_t>(list->size()));
      if (list->empty()) break;
    }
    std::vector<double> values;
    read_nested(key, *json, shape, 0, values);
    value = NestedNumbers(std::move(shape), std::move(values));
  }

  void object(std::string_view key, ObjectField& value) override {
    const Json* json = find(key);
    if (json == nullptr) return;
    if (json->is_null()) return value.set_none();
    if (json->is_number() && value.set_number(json->get<double>())) return;
    if (json->is_string()) return value.set_identifier(json->get<std::string>());
    if (!json->is_object() || !json->contains("class_name") || !(*json)["class_name"].is_string()) fail(key, *json);
    const auto class_name = (*json)["class_name"].get<std::string>();
    value.create(class_name);
    const Json nested_json = json->value("config", Json::object());
    Reader nested(nested_json, class_name);
    value.fields(nested);
    nested.finish();
  }

  void finish() const {
    for (const auto& [key, value] : json_.items()) {
      if (known_.count(key) == 0) {
        throw ValueError("The config of {} has a key that it does not know: '{}'.", owner_, key);
      }
    }
  }

 private:
  const Json* find(std::string_view key) {
    known_.emplace(key);
    const auto found = json_.find(std::string(key));
    return found == json_.end() ? nullptr : &*found;
  }

  [[noreturn]] void fail(std::string_view key, const Json& json) const {
    throw ValueError("The config of {} has a value of the wrong kind. Received: {}={}", owner_, key,
                     json.dump().substr(0, 80));
  }

  // A lone number is a list of one, and null an open size.
  Shape read_sizes(std::string_view key, const Json& json) const {
    Shape sizes;
    const auto add = [&](const Json& item) {
      int64_t size = Dimension(none).value;
      if (!item.is_null()) convert(key, item, size);
      sizes.push_back(size);
    };
    if (!json.is_array()) {
      add(json);
    } else {
      for (const Json& item : json) add(item);
    }
    return sizes;
  }

  // Lists of different lengths side by side are no array.
  void read_nested(std::string_view key, const Json& json, const Shape& shape, size_t axis,
                   std::vector<double>& values) const {
    if (axis == shape.size()) return convert(key, json, values.emplace_back());
    if (!json.is_array() || static_cast<int64_t>(json.size()) != shape[axis]) fail(key, json);
    for (const Json& item : json) read_nested(key, item, shape, axis + 1, values);
  }

  template <class T>
  void get(std::string_view key, T& value) {
    if (const Json* json = find(key)) convert(key, *json, value);
  }

  template <class T>
  void get_optional(std::string_view key, std::optional<T>& value) {
    const Json* json = find(key);
    if (json == nullptr) return;
    if (json->is_null()) return value.reset();
    T read{};
    convert(key, *json, read);
    value = std::move(read);
  }

  // Keras writes a lone number as it was given, where a list of one means the same.
  template <class T>
  void get_optional_list(std::string_view key, std::optional<std::vector<T>>& value) {
    const Json* json = find(key);
    if (json == nullptr || !json->is_number()) return get_optional(key, value);
    T number{};
    convert(key, *json, number);
    value = {number};
  }

  template <class T>
  void convert(std::string_view key, const Json& json, T& value) const {
    const bool number_for_bool = std::is_same_v<T, bool> != json.is_boolean();
    const bool fraction_for_int = std::is_same_v<T, int64_t> && json.is_number_float();
    if (number_for_bool || fraction_for_int) fail(key, json);
    try {
      value = json.get<T>();
    } catch (const nlohmann::json::exception&) {
      fail(key, json);
    }
  }

  const Json& json_;
  std::string owner_;
  std::set<std::string> known_;
};

}  // namespace

std::string write_config(const std::function<void(Fields&)>& fields) {
  Writer writer;
  fields(writer);
  return writer.json.dump();
}

void read_config(const std::string& json, const std::string& owner, const std::function<void(Fields&)>& fields) {
  Json parsed;
  try {
    parsed = Json::parse(json);
  } catch (const nlohmann::json::exception& error) {
    throw ValueError("The config of {} is not valid JSON: {}", owner, error.what());
  }
  Reader reader(parsed, owner);
  fields(reader);
  reader.finish();
}

}  // namespace keraslike::saving

namespace keraslike {

void Fields::refuse_sizes(std::string_view key, const std::vector<int64_t>& sizes, std::size_t expected) {
  throw ValueError("The `{}` argument must be a tuple of {} integers. Received {}={}", key, expected, key,
                   saving::Json(sizes).dump());
}

}  // namespace keraslike
