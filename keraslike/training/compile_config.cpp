#include "keraslike/training/compile_config.h"

#include "keraslike/optimizers/optimizer_impl.h"
#include "keraslike/saving/json.h"
#include "keraslike/utils/errors.h"

namespace keraslike::training {

namespace {

using saving::Json;

template <class Object>
Json written(const NameOr<Object>& value) {
  NameOr<Object> copy = value;
  saving::NameOrField<Object> field(copy);
  return saving::write_argument(field);
}

template <class Object>
NameOr<Object> object_from(const Json& json, const std::string& where) {
  NameOr<Object> value = none;
  saving::NameOrField<Object> field(value);
  saving::read_argument(json, where, {.keep_unknown_keys = true}, field);
  return value;
}

bool is_dict(const Json& json) { return json.is_object() && !json.contains("class_name"); }

std::string place(const std::string& where, size_t index) { return fmt::format("{}[{}]", where, index); }

// `write_item` and `read_item` are between one output's item and JSON.
template <class Item, class Write>
Json per_output_json(const PerOutput<Item>& items, const Write& write_item) {
  using Form = typename PerOutput<Item>::Form;
  if (items.form() == Form::None) return nullptr;
  if (items.form() == Form::One) return write_item(items.entries().front().item);
  Json json = items.form() == Form::Dict ? Json::object() : Json::array();
  for (const auto& entry : items.entries()) {
    if (items.form() == Form::Dict) json[entry.output] = write_item(entry.item);
    if (items.form() == Form::List) json.push_back(write_item(entry.item));
  }
  return json;
}

template <class Item, class Read>
PerOutput<Item> per_output_from(const Json& json, const std::string& where, const Read& read_item) {
  if (json.is_null()) return none;
  std::vector<typename PerOutput<Item>::Entry> entries;
  if (json.is_array()) {
    for (size_t i = 0; i < json.size(); ++i) entries.emplace_back(read_item(json[i], place(where, i)));
  } else if (is_dict(json)) {
    for (const auto& [name, item] : json.items()) entries.emplace_back(name, read_item(item, where + "." + name));
  } else {
    return read_item(json, where);
  }
  return PerOutput<Item>(std::move(entries));
}

Json metrics_json(const MetricsPerOutput& metrics) {
  if (metrics.empty()) return nullptr;
  Json list = Json::array();
  Json dict = Json::object();
  for (const auto& entry : metrics.entries()) {
    Json own = Json::array();
    for (const auto& metric : entry.metrics) own.push_back(written(metric));
    if (!entry.output.empty()) {
      dict[entry.output] = std::move(own);
    } else {
      list.push_back(own.size() == 1 ? own.front() : own);
    }
  }
  return dict.empty() ? list : dict;
}

// A lone metric stands for a list of one.
MetricsPerOutput::List metric_list(const Json& json, const std::string& where) {
  if (!json.is_array()) return {object_from<Metric>(json, where)};
  MetricsPerOutput::List metrics;
  for (size_t i = 0; i < json.size(); ++i) metrics.push_back(object_from<Metric>(json[i], place(where, i)));
  return metrics;
}

MetricsPerOutput metrics_from(const Json& json, const std::string& where) {
  std::vector<MetricsPerOutput::Entry> entries;
  if (json.is_null()) return {};
  if (is_dict(json)) {
    for (const auto& [name, item] : json.items()) entries.emplace_back(name, metric_list(item, where + "." + name));
  } else if (json.is_array()) {
    for (size_t i = 0; i < json.size(); ++i) entries.emplace_back(metric_list(json[i], place(where, i)));
  } else {
    entries.emplace_back(metric_list(json, where));
  }
  return MetricsPerOutput(std::move(entries));
}

// Goes through JSON text, as `Fields` knows neither lists nor dicts of either.
template <class Value, class Write, class Read>
void json_field(Fields& field, const char* key, Value& value, const Write& write, const Read& read) {
  std::string text;
  if (!field.is_reading()) text = write(value).dump();
  field.json(key, text);
  if (field.is_reading() && !text.empty()) value = read(Json::parse(text), key);
}

void metrics_field(Fields& field, const char* key, MetricsPerOutput& metrics) {
  json_field(field, key, metrics, metrics_json, metrics_from);
}

double number_from(const Json& json, const std::string& where) {
  if (json.is_number()) return json.get<double>();
  throw ValueError("{}: expected a number. Received: {}", where, saving::dump_json(json).substr(0, 80));
}

void loss_fields(Fields& field, CompileOptions& options) {
  json_field(
      field, "loss", options.loss, [](const auto& losses) { return per_output_json(losses, written<Loss>); },
      [](const Json& json, const char* key) { return per_output_from<NameOr<Loss>>(json, key, object_from<Loss>); });
  json_field(
      field, "loss_weights", options.loss_weights,
      [](const auto& weights) { return per_output_json(weights, [](double weight) { return Json(weight); }); },
      [](const Json& json, const char* key) { return per_output_from<double>(json, key, number_from); });
}

// Keras' backends write whether they would compile; here "auto" says the same, as there is one set of numbers.
void jit_field(Fields& field, JitCompile& jit_compile) {
  std::variant<bool, std::string> choice = "auto";
  if (jit_compile.on()) choice = *jit_compile.on();
  field("jit_compile", choice);
  if (field.is_reading()) jit_compile = choice == std::variant<bool, std::string>(false) ? JitCompile(false) : "auto";
}

}  // namespace

void compile_fields(Fields& field, CompileOptions& options) {
  field("optimizer", options.optimizer);
  loss_fields(field, options);
  metrics_field(field, "metrics", options.metrics);
  metrics_field(field, "weighted_metrics", options.weighted_metrics);
  field("run_eagerly", options.run_eagerly);
  field("steps_per_execution", options.steps_per_execution);
  jit_field(field, options.jit_compile);
}

}  // namespace keraslike::training
