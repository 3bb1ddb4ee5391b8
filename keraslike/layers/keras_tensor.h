#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keraslike/layers/call.h"
#include "keraslike/utils/dtype.h"
#include "keraslike/utils/handle.h"
#include "keraslike/utils/shape.h"

namespace keraslike {

namespace layers {
class KerasTensorImpl;
}  // namespace layers

// A tensor of a graph that is being put together: it has a shape and a dtype but no values, and knows the call that
// makes it. `Input` makes the first ones, layers called on them the others. A copy is the same tensor.
class KerasTensor : public Handle<layers::KerasTensorImpl> {
 public:
  using Handle::Handle;

  const Shape& shape() const;  // with the batch axis
  DType dtype() const;
  const std::string& name() const;  // of the layer that makes it
};

// Several of them: what a layer takes and gives. One alone converts both ways. `named` is a dict, for models.
class KerasTensors : public std::vector<KerasTensor> {
 public:
  enum class Structure { Single, List, Dict };

  KerasTensors() = default;
  KerasTensors(KerasTensor tensor) : std::vector<KerasTensor>{std::move(tensor)} {}  // NOLINT: implicit by design
  KerasTensors(std::initializer_list<KerasTensor> tensors)
      : std::vector<KerasTensor>(tensors), structure_(Structure::List) {}
  KerasTensors(std::vector<KerasTensor> tensors)  // NOLINT
      : std::vector<KerasTensor>(std::move(tensors)), structure_(Structure::List) {}
  static KerasTensors named(std::vector<std::pair<std::string, KerasTensor>> tensors);

  // The only one; throws ValueError where there are several, or none.
  const KerasTensor& only() const;
  operator const KerasTensor&() const { return only(); }  // NOLINT
  const Shape& shape() const { return only().shape(); }
  DType dtype() const { return only().dtype(); }
  const std::string& name() const { return only().name(); }

  Structure structure() const { return structure_; }
  const std::vector<std::string>& names() const { return names_; }  // of a dict

 private:
  Structure structure_ = Structure::Single;
  std::vector<std::string> names_;
};

// What a layer is called with beside its input. Each layer takes those that Keras' `call` of it has; another one is a
// ValueError.
struct CallArguments {
  KerasTensors mask = {};
  KerasTensors initial_state = {};    // of recurrent layers
  KerasTensors key = {};              // of attention, as the rest
  KerasTensors query_mask = {};
  KerasTensors value_mask = {};
  KerasTensors key_mask = {};
  KerasTensors attention_mask = {};
  std::optional<bool> use_causal_mask = {};
  std::optional<bool> return_attention_scores = {};
  std::optional<bool> reverse = {};  // of ReversibleEmbedding
};

}  // namespace keraslike
