#include "keraslike/cli/commands.h"
#include "keraslike/models/named_weights.h"
#include "keraslike/models/weights_file.h"
#include "keraslike/saving/files.h"

namespace keraslike::cli {

namespace {

bool is_weights_file(const std::string& path) { return path.ends_with(".weights.h5"); }

saving::NamedTensors weights_in(const std::string& path) {
  if (models::holds_named_weights(path)) return models::read_named_weights(path);
  return models::named_weights(saving::Hdf5Reader(saving::map_file(path), path));
}

void convert_model(const std::string& in, const std::string& out, const std::string& names) {
  const Model model = models::load_model(in);
  if (models::holds_named_weights(out)) return models::export_weights(model, out, {.names = names});
  if (is_weights_file(out)) return model.save_weights(out);
  model.save(out);
}

}  // namespace

void convert(const std::string& in, const std::string& out, const std::string& names) {
  const bool is_weights = is_weights_file(in) || models::holds_named_weights(in);
  if (!is_weights) return convert_model(in, out, names);
  if (names != "keras") throw ValueError("--names {} needs a model: a `.keras` file. Received: {}", names, in);
  if (models::holds_named_weights(out)) return models::write_named_weights(out, weights_in(in));
  if (is_weights_file(out)) return saving::write_file(out, models::named_weights_to_hdf5(weights_in(in), out).view());
  throw ValueError("'{}' holds weights without a model, which become .weights.h5, .npz or .safetensors. Received: {}",
                   in, out);
}

}  // namespace keraslike::cli
