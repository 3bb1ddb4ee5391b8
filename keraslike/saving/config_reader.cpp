#include <limits>
#include <set>

#include <fmt/format.h>

#include "keraslike/saving/built_shapes.h"
#include "keraslike/saving/json.h"
#include "keraslike/utils/errors.h"

namespace keraslike::saving {

namespace {

// An error that says already where in the config it is.
struct PlacedError : ValueError {
  using ValueError::ValueError;
};

template <class Action>
void at_place(const std::string& where, Action action) {
  try {
    action();
  } catch (const PlacedError&) {
    throw;
  } catch (const ValueError& error) {
    throw PlacedError(fmt::format("{}: {}", where, error.what()));
  }
}

std::optional<double> python_number(const Json& json) {
  if (json == kNotANumber) return std::numeric_limits<double>::quiet_NaN();
  if (json == kInfinity) return std::numeric_limits<double>::infinity();
  if (json == kMinusInfinity) return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

class Reader final : public Fields {
 public:
  Reader(const Json& json, std::string where, const ReadOptions& options)
      : json_(json), where_(std::move(where)), options_(options) {
    if (!json_.is_object()) throw PlacedError(fmt::format("{}: expected a JSON object.", where_));
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
    for (const Json& item : *json) value.push_back(converted<std::vector<int64_t>>(key, item));
  }
  void operator()(std::string_view key, Shape& value) override { get(key, value); }
  void operator()(std::string_view key, std::optional<bool>& value) override { get_optional(key, value); }
  void operator()(std::string_view key, std::optional<int64_t>& value) override { get_optional(key, value); }
  void operator()(std::string_view key, std::optional<double>& value) override { get_optional(key, value); }
  void operator()(std::string_view key, std::optional<std::string>& value) override { get_optional(key, value); }
  void operator()(std::string_view key, std::optional<Shape>& value) override { get_optional(key, value); }
  void operator()(std::string_view key, std::optional<std::vector<int64_t>>& value) override {
    get_optional(key, value);
  }
  void operator()(std::string_view key, std::optional<std::vector<double>>& value) override {
    get_optional(key, value);
  }
  void operator()(std::string_view key, std::optional<OrderedMap<std::optional<double>>>& value) override {
    const Json* json = find(key);
    if (json == nullptr) return;
    if (json->is_null()) return value.reset();
    if (!json->is_object()) fail(key, *json);
    value.emplace();
    for (const auto& [name, item] : json->items()) {
      std::optional<double>& number = value->set(name, std::nullopt);
      if (!item.is_null()) number = converted<double>(key, item);
    }
  }

  void operator()(std::string_view key, std::variant<bool, std::string>& value) override {
    const Json* json = find(key);
    if (json != nullptr && json->is_boolean()) value = json->get<bool>();
    if (json != nullptr && !json->is_boolean()) value = converted<std::string>(key, *json);
  }

  void operator()(std::string_view key, Axes& value) override {
    const Json* json = find(key);
    if (json == nullptr) return;
    if (json->is_null()) return void(value = none);
    if (!json->is_array()) return void(value = converted<int64_t>(key, *json));
    value = converted<std::vector<int64_t>>(key, *json);
  }

  void operator()(std::string_view key, NestedNumbers& value) override {
    const Json* json = find(key);
    if (json == nullptr) return;
    json = &listed(*json);
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
    if (const Json* json = find(key)) argument(key, *json, value);
  }

  // A lone object stands for a list of one, and so does a list in a list; null for none at all.
  void objects(std::string_view key, ObjectListField& value) override {
    const Json* json = find(key);
    if (json == nullptr) return;
    value.clear();
    if (json->is_null()) return;
    Json list = json->is_array() ? *json : Json::array({*json});
    if (list.size() == 1 && list[0].is_array()) list = Json(list[0]);
    for (size_t i = 0; i < list.size(); ++i) {
      value.append();
      argument(fmt::format("{}[{}]", key, i), list[i], *value.item(i));
    }
  }

  void json(std::string_view key, std::string& text) override {
    const Json* json = find(key);
    text = json == nullptr ? std::string() : json->dump();
  }

  // The keys that nobody asked for.
  Json rest() const {
    Json rest = Json::object();
    for (const auto& [key, value] : json_.items()) {
      if (known_.count(key) == 0) rest[key] = value;
    }
    if (rest.empty() || options_.keep_unknown_keys) return rest;
    throw PlacedError(fmt::format("{}: the key '{}' is not known here.", where_, rest.begin().key()));
  }

 private:
  const Json* find(std::string_view key) {
    known_.emplace(key);
    const auto found = json_.find(std::string(key));
    return found == json_.end() ? nullptr : &*found;
  }

  std::string place(std::string_view key) const { return fmt::format("{}.{}", where_, key); }

  [[noreturn]] void fail(std::string_view key, const Json& json) const {
    throw PlacedError(
        fmt::format("{}: a value of the wrong kind. Received: {}={}", where_, key, dump_json(json).substr(0, 80)));
  }

  void argument(std::string_view key, const Json& json, ObjectField& value) const {
    read_argument(json, place(key), options_, value);
  }

  template <class T>
  void get(std::string_view key, T& value) {
    if (const Json* json = find(key)) value = converted<T>(key, *json);
  }

  template <class T>
  void get_optional(std::string_view key, std::optional<T>& value) {
    const Json* json = find(key);
    if (json == nullptr) return;
    if (json->is_null()) return value.reset();
    value = converted<T>(key, *json);
  }

  // An array of NumPy's, or a tensor, stands in files with its type beside its values.
  static const Json& listed(const Json& json) {
    if (!json.is_object()) return json;
    const auto name = json.find("class_name");
    const auto config = json.find("config");
    const bool is_array = name != json.end() && (*name == "__numpy__" || *name == "__tensor__");
    if (!is_array || config == json.end() || !config->is_object() || !config->contains("value")) return json;
    return (*config)["value"];
  }

  // Lists of different lengths side by side are no array.
  void read_nested(std::string_view key, const Json& json, const Shape& shape, size_t axis,
                   std::vector<double>& values) const {
    if (axis == shape.size()) return values.push_back(converted<double>(key, json));
    if (!json.is_array() || static_cast<int64_t>(json.size()) != shape[axis]) fail(key, json);
    for (const Json& item : json) read_nested(key, item, shape, axis + 1, values);
  }

  template <class T>
  T converted(std::string_view key, const Json& json) const {
    if constexpr (std::is_same_v<T, bool>) {
      if (json.is_boolean()) return json.get<bool>();
    } else if constexpr (std::is_same_v<T, int64_t>) {
      if (json.is_number_integer()) return json.get<int64_t>();
    } else if constexpr (std::is_same_v<T, double>) {
      if (json.is_number()) return json.get<double>();
      if (const auto number = python_number(json)) return *number;
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (json.is_string()) return json.get<std::string>();
    } else {
      return converted_list<T>(key, json);
    }
    fail(key, json);
  }

  // Keras writes a lone number as it was given, where a list of one means the same; null is an open size of a shape.
  template <class List>
  List converted_list(std::string_view key, const Json& json) const {
    using Item = typename List::value_type;
    List list;
    if (json.is_number()) return {converted<Item>(key, json)};
    if (!json.is_array()) fail(key, json);
    for (const Json& item : json) {
      const bool is_open = std::is_same_v<List, Shape> && item.is_null();
      list.push_back(is_open ? Item{-1} : converted<Item>(key, item));
    }
    return list;
  }

  const Json& json_;
  std::string where_;
  ReadOptions options_;
  std::set<std::string> known_;
};

const Json* member(const Json& json, const char* name) {
  if (!json.is_object()) return nullptr;
  const auto found = json.find(name);
  return found == json.end() || found->is_null() ? nullptr : &*found;
}

// A function of the user's own is known by the name that it was registered under.
bool is_function(const Json& json) {
  const Json* registered = member(json, "registered_name");
  return registered != nullptr && *registered == "function" && json.contains("config") && json["config"].is_string();
}

// With the name that the object has, which helps more than its place.
std::string with_name(const Json& json, const std::string& where) {
  constexpr size_t kMostCharacters = 40;
  const Json* config = member(json, "config");
  const Json* name = config != nullptr && config->is_object() ? member(*config, "name") : nullptr;
  if (name == nullptr || !name->is_string()) return where;
  return fmt::format("{} '{}'", where, name->get<std::string>().substr(0, kMostCharacters));
}

// Keras' functions on tensors, which stand among the layers of a graph and share names with some.
bool is_operation(const Json& json) {
  const Json* module = member(json, "module");
  return module != nullptr && module->is_string() && module->get<std::string>().starts_with("keras.src.ops");
}

bool is_shape(const Json& sizes) { return sizes.is_array() && (sizes.empty() || !sizes.front().is_array()); }

// Of several inputs, in a dict or a list.
BuiltForShapes::NamedShapes read_shapes(const Json& shapes, const std::string& where) {
  BuiltForShapes::NamedShapes result;
  for (const auto& [key, sizes] : shapes.items()) {
    Shape shape;
    const Json one{{"shape", sizes}};
    read_fields(one, where, {}, [&](Fields& field) { field("shape", shape); });
    result.emplace_back(shapes.is_object() ? key : "", std::move(shape));
  }
  return result;
}

void build(const Json& json, const std::string& where, Configured& object) {
  const Json* config = member(json, "build_config");
  const Json* sizes = config == nullptr ? nullptr : member(*config, "input_shape");
  if (sizes == nullptr) return;
  const std::string place = where + ".build_config";
  if (is_shape(*sizes)) {
    std::optional<Shape> shape;
    read_fields(*config, place, {.keep_unknown_keys = true}, [&](Fields& field) { field("input_shape", shape); });
    if (shape) object.build_from_config(*shape);
  } else if (auto* several = dynamic_cast<BuiltForShapes*>(&object)) {
    several->build_for(read_shapes(*sizes, place));
  }
}

void compile(const Json& json, const std::string& where, const ReadOptions& options, Configured& object) {
  auto* compilable = dynamic_cast<Compilable*>(&object);
  const Json* config = member(json, "compile_config");
  if (compilable == nullptr || config == nullptr || config->empty() || !options.compile) return;
  read_fields(*config, where + ".compile_config", options, [&](Fields& field) { compilable->compile_fields(field); });
}

}  // namespace

Json read_fields(const Json& json, const std::string& where, const ReadOptions& options,
                 const std::function<void(Fields&)>& fields) {
  Reader reader(json, where, options);
  at_place(where, [&] { fields(reader); });
  return reader.rest();
}

void read_argument(const Json& json, const std::string& where, const ReadOptions& options, ObjectField& value) {
  at_place(where, [&] {
    if (json.is_null()) return value.set_none();
    if (json.is_number() && value.set_number(json.get<double>())) return;
    if (json.is_string()) return value.set_identifier(json.get<std::string>());
    if (json.is_object()) return read_object(json, where, options, value);
    throw ValueError("a value of the wrong kind. Received: {}", dump_json(json).substr(0, 80));
  });
}

void read_object(const Json& json, const std::string& place, const ReadOptions& options, ObjectField& object) {
  const std::string where = with_name(json, place);
  at_place(where, [&] {
    if (is_function(json)) return object.set_identifier(json["config"].get<std::string>());
    const Json* class_name = member(json, "class_name");
    if (class_name == nullptr || !class_name->is_string()) {
      throw ValueError("expected an object with a `class_name`. Received: {}", dump_json(json).substr(0, 80));
    }
    // A user's class goes by its registered name, where that has a package.
    const Json* registered = member(json, "registered_name");
    const bool is_custom = registered != nullptr && registered->is_string() &&
                           registered->get<std::string>().find('>') != std::string::npos;
    const auto name = (is_custom ? *registered : *class_name).get<std::string>();
    object.create(is_operation(json) ? "ops." + name : name);
    Configured& configured = object.object();
    const Json* config = member(json, "config");
    const Json rest = read_fields(config ? *config : Json::object(), where + ".config", options,
                                  [&](Fields& field) { configured.fields(field); });
    if (!rest.empty()) configured.keep_unknown_keys(rest.dump());
    read_fields(json, where, {.keep_unknown_keys = true}, [&](Fields& field) { object.fields_beside(field); });
    object.finish();
    build(json, where, configured);
    compile(json, where, options, configured);
  });
}

}  // namespace keraslike::saving
