#pragma once

// For sources.

#include <string>

#include "keraslike/layers/layer_impl.h"

namespace keraslike::layers {

// What a file calls the place where data enter a model.
class InputLayerImpl final : public LayerImpl {
 public:
  InputLayerImpl() = default;
  InputLayerImpl(Shape batch_shape, std::string dtype, std::string name);

  void fields(Fields& field) override;
  std::optional<Shape> build_config() const override { return std::nullopt; }
  at::Tensor call(const at::Tensor& input, const CallOptions&) override { return input; }
  bool supports_masking() const override { return true; }

  const Shape& batch_shape() const { return batch_shape_; }
  const std::string& dtype() const { return dtype_; }
  bool is_text() const { return dtype_ == "string"; }
  TensorSpec spec() const;

 private:
  Shape batch_shape_;
  std::string dtype_ = "float32";
};

}  // namespace keraslike::layers
