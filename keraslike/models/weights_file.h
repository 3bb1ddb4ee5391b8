#pragma once

// For sources.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "keraslike/models/model.h"
#include "keraslike/saving/hdf5.h"

namespace keraslike::models {

// Where the weights of a model are: in one file, or in several. Paths are those of `.weights.h5`.
class StoredWeights {
 public:
  virtual ~StoredWeights() = default;
  virtual std::string subject() const = 0;  // begins messages
  virtual bool contains(const std::string& group) const = 0;
  virtual size_t count(const std::string& group) const = 0;  // of its variables, which have numbers
  virtual Shape shape(const std::string& group, size_t index) const = 0;
  // For `Weight::load`: the values may lie in the file's own bytes.
  virtual at::Tensor read(const std::string& group, size_t index) const = 0;
  virtual std::optional<at::Tensor> named(const std::string& group, const std::string& name) const = 0;
};

// How many of a group's datasets have a number for a name.
size_t count_numbered(const std::vector<std::string>& datasets);

class WeightsInFile final : public StoredWeights {
 public:
  WeightsInFile(saving::Bytes bytes, const std::string& subject)
      : file_(std::move(bytes), subject), subject_("'" + subject + "'") {}

  std::string subject() const override { return subject_; }
  bool contains(const std::string& group) const override { return file_.contains(group); }
  size_t count(const std::string& group) const override;
  Shape shape(const std::string& group, size_t index) const override;
  at::Tensor read(const std::string& group, size_t index) const override;
  std::optional<at::Tensor> named(const std::string& group, const std::string& name) const override;

 private:
  saving::Hdf5Reader file_;
  std::string subject_;
};

// The bytes of a `.weights.h5`: all weights, and the optimizer's state.
saving::Bytes weights_to_hdf5(const Model& model, const std::string& subject);

// The bytes of a file beside the weights, "assets/layers/integer_lookup/vocabulary.txt", where there is one.
using AssetFiles = std::function<std::optional<std::string>(const std::string& path)>;

// Fills the weights and, where both sides have it, the optimizer's state; and the vocabularies that layers keep. All is
// checked first: where something does not fit, a ValueError says what, and the model is as it was; with `skip_mismatch`
// only those objects are.
void load_stored(const Model& model, const StoredWeights& weights, bool skip_mismatch, const AssetFiles& files = {});

}  // namespace keraslike::models
