#include <cmath>

#include "keraslike/saving/built_shapes.h"
#include "keraslike/saving/json.h"
#include "keraslike/saving/named_function.h"

namespace keraslike::saving {

namespace {

// A lone number that JSON has no word for is Python's word, which `dump_json` writes bare.
Json json_of(double value) {
  if (std::isnan(value)) return kNotANumber;
  if (std::isinf(value)) return value > 0 ? kInfinity : kMinusInfinity;
  return value;
}

// An open size is null. (A size of -1 that an argument asks for, as in Reshape's, is a plain list's.)
Json json_of(const Shape& shape) {
  Json sizes = Json::array();
  for (const int64_t size : shape) sizes.push_back(size < 0 ? Json(nullptr) : Json(size));
  return sizes;
}

template <class T>
Json json_of(const T& value) {
  return Json(value);
}

template <class T>
Json json_of(const std::optional<T>& value) {
  return value ? json_of(*value) : Json(nullptr);
}

Json nested(const Shape& shape, size_t axis, const double*& next) {
  if (axis == shape.size()) return json_of(*next++);
  Json list = Json::array();
  for (int64_t i = 0; i < shape[axis]; ++i) list.push_back(nested(shape, axis + 1, next));
  return list;
}

class Writer final : public Fields {
 public:
  bool is_reading() const override { return false; }
  void operator()(std::string_view key, bool& value) override { put(key, value); }
  void operator()(std::string_view key, int64_t& value) override { put(key, value); }
  void operator()(std::string_view key, double& value) override { put(key, json_of(value)); }
  void operator()(std::string_view key, std::string& value) override { put(key, value); }
  void operator()(std::string_view key, std::vector<int64_t>& value) override { put(key, value); }
  void operator()(std::string_view key, std::vector<double>& value) override { put(key, value); }
  void operator()(std::string_view key, std::vector<std::vector<int64_t>>& value) override { put(key, value); }
  void operator()(std::string_view key, Shape& value) override { put(key, json_of(value)); }
  void operator()(std::string_view key, std::optional<bool>& value) override { put(key, json_of(value)); }
  void operator()(std::string_view key, std::optional<int64_t>& value) override { put(key, json_of(value)); }
  void operator()(std::string_view key, std::optional<double>& value) override { put(key, json_of(value)); }
  void operator()(std::string_view key, std::optional<std::string>& value) override { put(key, json_of(value)); }
  void operator()(std::string_view key, std::optional<Shape>& value) override { put(key, json_of(value)); }
  void operator()(std::string_view key, std::optional<std::vector<int64_t>>& value) override {
    put(key, json_of(value));
  }
  void operator()(std::string_view key, std::optional<std::vector<double>>& value) override {
    put(key, json_of(value));
  }
  void operator()(std::string_view key, std::optional<OrderedMap<std::optional<double>>>& value) override {
    if (!value) return put(key, nullptr);
    Json numbers = Json::object();
    for (const auto& [name, number] : *value) numbers[name] = json_of(number);
    put(key, std::move(numbers));
  }

  void operator()(std::string_view key, std::variant<bool, std::string>& value) override {
    std::visit([&](const auto& chosen) { put(key, chosen); }, value);
  }

  void operator()(std::string_view key, Axes& value) override {
    put(key, value.is_list() ? Json(value.values()) : Json(value.values().front()));
  }

  void operator()(std::string_view key, NestedNumbers& value) override {
    const double* next = value.values().data();
    put(key, value ? nested(value.shape(), 0, next) : Json(nullptr));
  }

  void object(std::string_view key, ObjectField& value) override { put(key, write_argument(value)); }

  void objects(std::string_view key, ObjectListField& value) override {
    Json list = Json::array();
    for (size_t i = 0; i < value.size(); ++i) list.push_back(write_argument(*value.item(i)));
    put(key, std::move(list));
  }

  void json(std::string_view key, std::string& text) override {
    if (!text.empty()) put(key, Json::parse(text));
  }

  Json written = Json::object();

 private:
  void put(std::string_view key, Json value) { written[std::string(key)] = std::move(value); }
};

bool is_default(const ObjectField& value) {
  const auto fresh = value.fresh();
  return write_fields([&](Fields& field) { value.object().fields(field); }) ==
         write_fields([&](Fields& field) { fresh->fields(field); });
}

// Null for what is none, and for names that only shapes give a meaning to, as "ce": they make no object.
const NamedFunction* function_of(const ObjectField& value) {
  try {
    return dynamic_cast<const NamedFunction*>(&value.object());
  } catch (const ValueError&) {
    return nullptr;
  }
}

// As Keras writes a function that was registered; null for what is none.
Json function_json(const ObjectField& value) {
  const NamedFunction* function = function_of(value);
  if (function == nullptr || function->registered_name().empty()) return nullptr;
  return {{"module", "builtins"},
          {"class_name", "function"},
          {"config", function->registered_name()},
          {"registered_name", "function"}};
}

// A dict of named inputs, else a list.
Json shapes_json(const BuiltForShapes::NamedShapes& shapes) {
  const bool is_dict = !shapes.front().first.empty();
  Json json = is_dict ? Json::object() : Json::array();
  for (const auto& [name, shape] : shapes) {
    if (is_dict) json[name] = json_of(shape);
    else json.push_back(json_of(shape));
  }
  return json;
}

Json build_json(const Configured& configured) {
  if (const auto shape = configured.build_config()) return {{"input_shape", json_of(*shape)}};
  const auto* several = dynamic_cast<const BuiltForShapes*>(&configured);
  if (several == nullptr || several->built_for().empty()) return nullptr;
  return {{"input_shape", shapes_json(several->built_for())}};
}

}  // namespace

Json write_argument(ObjectField& value) {
  if (value.is_none()) return nullptr;
  if (const auto number = value.number()) return json_of(*number);
  const std::string name = value.identifier();
  if (Json function = function_json(value); !function.is_null()) return function;
  if (!name.empty() && (value.form() == ConfigForm::as_given || !value.has_class())) return name;
  if (value.form() == ConfigForm::name && value.has_class() && is_default(value)) return value.identity().class_name;
  return write_object(value);
}

Json write_fields(const std::function<void(Fields&)>& fields) {
  Writer writer;
  fields(writer);
  return std::move(writer.written);
}

Json write_object(ObjectField& object) {
  Configured& configured = object.object();
  Json config = write_fields([&](Fields& field) { configured.fields(field); });
  const ClassIdentity identity = object.identity();
  if (!configured.unknown_keys().empty()) config.update(Json::parse(configured.unknown_keys()));
  const Json registered = identity.registered_name.empty() ? Json(nullptr) : Json(identity.registered_name);
  Json json{{"module", identity.module},
            {"class_name", identity.class_name},
            {"config", std::move(config)},
            {"registered_name", registered}};
  if (Json built = build_json(configured); !built.is_null()) json["build_config"] = std::move(built);
  if (auto* compilable = dynamic_cast<Compilable*>(&configured)) {
    json["compile_config"] = compilable->has_compile_config()
                                 ? write_fields([&](Fields& field) { compilable->compile_fields(field); })
                                 : Json::object();
  }
  json.update(write_fields([&](Fields& field) { object.fields_beside(field); }));
  return json;
}

}  // namespace keraslike::saving
