#include "keraslike/models/summary.h"

#include <algorithm>
#include <regex>

#include <fmt/ranges.h>

#include "keraslike/models/model_impl.h"
#include "keraslike/optimizers/optimizer_impl.h"
#include "keraslike/utils/console.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/number_format.h"
#include "keraslike/utils/table.h"

namespace keraslike {

namespace models {

namespace {

using Rows = std::vector<std::vector<std::string>>;

struct Size {
  int64_t count = 0;
  double bytes = 0;

  std::string text() const {
    return fmt::format("{} ({})", utils::with_thousands(count), utils::readable_memory_size(bytes));
  }
  friend Size operator+(Size a, Size b) { return {a.count + b.count, a.bytes + b.bytes}; }
};

Size size_of(const std::vector<layers::WeightPtr>& weights) {
  Size size;
  for (const auto& weight : weights) {
    size.count += weight->tensor.numel();
    size.bytes += static_cast<double>(weight->tensor.numel()) * static_cast<double>(weight->tensor.element_size());
  }
  return size;
}

std::string output_shape_of(const Layer& layer) {
  std::string text;
  for (const auto& output : layer->built_outputs()) text += (text.empty() ? "" : ", ") + output.shape.to_string();
  if (!layer.built() || text.empty()) return "?";
  return layer->built_outputs().size() == 1 ? text : "[" + text + "]";
}

// `connection` is empty where the layers stand in a row.
std::vector<std::string> cells_of(const Layer& layer, const std::string& prefix, const std::string& connection,
                                  bool show_trainable) {
  std::vector<std::string> cells{
      fmt::format("{}{} ({})", prefix, layer.name(), layer.class_name()), output_shape_of(layer),
      layer.built() ? utils::with_thousands(layer.count_params()) : "0 (unbuilt)"};
  if (!connection.empty()) cells.push_back(connection);
  if (show_trainable) cells.push_back(layer->weights().empty() ? "-" : layer.trainable() ? "Y" : "N");
  return cells;
}

void add_rows(Rows& rows, const Layer& layer, const std::string& connection, const SummaryOptions& options,
              size_t level) {
  std::string prefix;
  for (size_t i = 0; i < level; ++i) prefix += "   ";
  rows.push_back(cells_of(layer, level > 0 ? prefix + "└ " : "", connection, options.show_trainable));
  const auto* model = dynamic_cast<const ModelImpl*>(layer.impl().get());
  if (!options.expand_nested || model == nullptr) return;
  for (const Layer& inner : model->layers()) add_rows(rows, inner, connection.empty() ? "" : "-", options, level + 1);
}

// Keras takes names or regular expressions: the first match of the one, the last of the other.
std::pair<size_t, size_t> rows_in_range(const std::vector<Layer>& layers, const std::vector<std::string>& range) {
  if (range.empty()) return {0, layers.size()};
  if (range.size() != 2) {
    throw ValueError("`layer_range` expects the names of the first and the last layer to show. Received {} names.",
                     range.size());
  }
  const auto matches = [&](const std::string& name) {
    const std::regex pattern(name);
    return [pattern](const Layer& layer) {
      return std::regex_search(layer.name(), pattern, std::regex_constants::match_continuous);
    };
  };
  const auto first = std::find_if(layers.begin(), layers.end(), matches(range[0]));
  const auto last = std::find_if(layers.rbegin(), layers.rend(), matches(range[1]));
  if (first == layers.end() || last == layers.rend() || last.base() <= first) {
    throw ValueError("`layer_range` names no layers of this model in their order. Received: layer_range=['{}', '{}']",
                     range[0], range[1]);
  }
  return {static_cast<size_t>(first - layers.begin()), static_cast<size_t>(last.base() - layers.begin())};
}

std::vector<utils::TableColumn> columns_for(const SummaryOptions& options, bool has_connections) {
  const std::vector<double> defaults =
      has_connections ? std::vector<double>{0.3, 0.56, 0.74, 1.0} : std::vector<double>{0.45, 0.80, 1.0};
  std::vector<double> positions = options.positions.empty() ? defaults : options.positions;
  if (positions.size() != defaults.size()) {
    throw ValueError("`positions` expects {} shares of the line, such as {{{{{}}}}}. Received {} of them.",
                     defaults.size(), fmt::join(defaults, ", "), positions.size());
  }
  if (options.show_trainable) {
    for (double& position : positions) position *= 0.90;
  }
  std::vector<utils::TableColumn> columns{{"Layer (type)", positions[0]},
                                          {"Output Shape", positions[1]},
                                          {"Param #", positions[2], utils::Align::Right}};
  if (has_connections) columns.push_back({"Connected to", positions[3]});
  if (options.show_trainable) columns.push_back({"Trainable", 1.0, utils::Align::Center});
  return columns;
}

}  // namespace

std::string summary_text(const Model& model, const SummaryOptions& options) {
  const auto operations = model->operations();
  const auto connections = model->connections();
  const int64_t widest = (connections.empty() ? 88 : 108) + (options.show_trainable ? 12 : 0);
  const int64_t line_length = options.line_length.value_or(std::min(widest, utils::terminal_columns() - 4));
  Rows rows;
  const auto [first, end] = rows_in_range(operations, options.layer_range);
  for (size_t i = first; i < end; ++i) {
    add_rows(rows, operations[i], connections.empty() ? "" : connections[i], options, 0);
  }
  const auto trainable = model->trainable_weights();
  const Size all = size_of(model->weights());
  const Size train = size_of(trainable);
  const Size frozen{all.count - train.count, all.bytes - train.bytes};
  const bool has_slots = model.compiled() && model.optimizer()->built();
  const Size slots = has_slots ? size_of(model.optimizer()->variables()) : Size{};
  std::string text = fmt::format("Model: \"{}\"\n", model.name());
  text += utils::render_table(columns_for(options, !connections.empty()), rows, line_length);
  text += fmt::format(" Total params: {}\n", (all + slots).text());
  text += fmt::format(" Trainable params: {}\n", train.text());
  text += fmt::format(" Non-trainable params: {}\n", frozen.text());
  if (has_slots) text += fmt::format(" Optimizer params: {}\n", slots.text());
  return text;
}

}  // namespace models

void Model::summary(SummaryOptions options) const {
  const std::string text = models::summary_text(*this, options);
  if (options.print_fn) {
    options.print_fn(text);
  } else if (const Console here = utils::console(); here.write) {
    here.write(text);
  }
}

}  // namespace keraslike
