// Activations as nodes of a graph.

#include "keraslike/activations/activations.h"
#include "keraslike/ops/operation.h"

namespace keraslike::ops {

namespace {

class ActivationOperationImpl : public OperationImpl {
 public:
  explicit ActivationOperationImpl(Activation start) : activation(std::move(start)) {}

  std::vector<std::string> parameters() const override { return {"x"}; }

  Activation activation;

 protected:
  Tensors compute(const layers::Call<at::Tensor>& call) const override { return {activation(operand(call, "x"))}; }
};

// `make` gives the activation with the defaults of keras.ops.
template <auto make>
class PlainImpl final : public ActivationOperationImpl {
 public:
  PlainImpl() : ActivationOperationImpl(make()) {}
};

// Its arguments are those of the activation.
template <auto make>
class WithArgumentsImpl final : public ActivationOperationImpl {
 public:
  WithArgumentsImpl() : ActivationOperationImpl(make()) {}

 protected:
  void arguments(Fields& field) override { activation->fields(field); }
};

void register_plain() {
  add<PlainImpl<[] { return activations::HardSigmoid(); }>>("nn", "HardSigmoid");
  add<PlainImpl<[] { return activations::HardSilu(); }>>("nn", "HardSilu");
  add<PlainImpl<[] { return activations::HardTanh(); }>>("nn", "HardTanh");
  add<PlainImpl<[] { return activations::LogSigmoid(); }>>("nn", "LogSigmoid");
  add<PlainImpl<[] { return activations::Relu(); }>>("nn", "Relu");
  add<PlainImpl<[] { return activations::Relu6(); }>>("nn", "Relu6");
  add<PlainImpl<[] { return activations::Selu(); }>>("nn", "Selu");
  add<PlainImpl<[] { return activations::Sigmoid(); }>>("nn", "Sigmoid");
  add<PlainImpl<[] { return activations::Silu(); }>>("nn", "Silu");
  add<PlainImpl<[] { return activations::Softplus(); }>>("nn", "Softplus");
  add<PlainImpl<[] { return activations::Softsign(); }>>("nn", "Softsign");
  add<PlainImpl<[] { return activations::SparsePlus(); }>>("nn", "SparsePlus");
  add<PlainImpl<[] { return activations::SparseSigmoid(); }>>("nn", "SparseSigmoid");
  add<PlainImpl<[] { return activations::TanhShrink(); }>>("nn", "TanhShrink");
}

void register_with_arguments() {
  add<WithArgumentsImpl<[] { return activations::Celu(); }>>("nn", "Celu");
  add<WithArgumentsImpl<[] { return activations::Elu(); }>>("nn", "Elu");
  add<WithArgumentsImpl<[] { return activations::Gelu({.approximate = true}); }>>("nn", "Gelu");
  add<WithArgumentsImpl<[] { return activations::Glu(); }>>("nn", "Glu");
  add<WithArgumentsImpl<[] { return activations::HardShrink(); }>>("nn", "HardShrink");
  add<WithArgumentsImpl<[] { return activations::LeakyRelu(); }>>("nn", "LeakyRelu");
  add<WithArgumentsImpl<[] { return activations::LogSoftmax(); }>>("nn", "LogSoftmax");
  add<WithArgumentsImpl<[] { return activations::SoftShrink(); }>>("nn", "SoftShrink");
  add<WithArgumentsImpl<[] { return activations::Softmax(); }>>("nn", "Softmax");
  add<WithArgumentsImpl<[] { return activations::Sparsemax(); }>>("nn", "Sparsemax");
  add<WithArgumentsImpl<[] { return activations::Squareplus(); }>>("nn", "Squareplus");
  add<WithArgumentsImpl<[] { return activations::Threshold(0.0, 0.0); }>>("nn", "Threshold");
}

KerasTensor activated(const char* class_name, const KerasTensor& x) { return called(made(class_name), {Argument(x)}); }

KerasTensor activated(const char* class_name, const KerasTensor& x, Activation activation) {
  const auto operation = made<ActivationOperationImpl>(class_name);
  operation->activation = std::move(activation);
  return called(operation, {Argument(x)});
}

}  // namespace

void register_nn() {
  register_plain();
  register_with_arguments();
}

KerasTensor celu(const KerasTensor& x, double alpha) {
  return activated("Celu", x, activations::Celu({.alpha = alpha}));
}
KerasTensor elu(const KerasTensor& x, double alpha) { return activated("Elu", x, activations::Elu({.alpha = alpha})); }
KerasTensor gelu(const KerasTensor& x, bool approximate) {
  return activated("Gelu", x, activations::Gelu({.approximate = approximate}));
}
KerasTensor glu(const KerasTensor& x, int64_t axis) { return activated("Glu", x, activations::Glu({.axis = axis})); }
KerasTensor hard_shrink(const KerasTensor& x, double threshold) {
  return activated("HardShrink", x, activations::HardShrink({.threshold = threshold}));
}
KerasTensor hard_sigmoid(const KerasTensor& x) { return activated("HardSigmoid", x); }
KerasTensor hard_silu(const KerasTensor& x) { return activated("HardSilu", x); }
KerasTensor hard_tanh(const KerasTensor& x) { return activated("HardTanh", x); }
KerasTensor leaky_relu(const KerasTensor& x, double negative_slope) {
  return activated("LeakyRelu", x, activations::LeakyRelu({.negative_slope = negative_slope}));
}
KerasTensor log_sigmoid(const KerasTensor& x) { return activated("LogSigmoid", x); }
KerasTensor log_softmax(const KerasTensor& x, Axes axis) {
  return activated("LogSoftmax", x, activations::LogSoftmax({.axis = std::move(axis)}));
}
KerasTensor relu(const KerasTensor& x) { return activated("Relu", x); }
KerasTensor relu6(const KerasTensor& x) { return activated("Relu6", x); }
KerasTensor selu(const KerasTensor& x) { return activated("Selu", x); }
KerasTensor sigmoid(const KerasTensor& x) { return activated("Sigmoid", x); }
KerasTensor silu(const KerasTensor& x) { return activated("Silu", x); }
KerasTensor soft_shrink(const KerasTensor& x, double threshold) {
  return activated("SoftShrink", x, activations::SoftShrink({.threshold = threshold}));
}
KerasTensor softmax(const KerasTensor& x, Axes axis) {
  return activated("Softmax", x, activations::Softmax({.axis = std::move(axis)}));
}
KerasTensor softplus(const KerasTensor& x) { return activated("Softplus", x); }
KerasTensor softsign(const KerasTensor& x) { return activated("Softsign", x); }
KerasTensor sparse_plus(const KerasTensor& x) { return activated("SparsePlus", x); }
KerasTensor sparse_sigmoid(const KerasTensor& x) { return activated("SparseSigmoid", x); }
KerasTensor sparsemax(const KerasTensor& x, int64_t axis) {
  return activated("Sparsemax", x, activations::Sparsemax({.axis = axis}));
}
KerasTensor squareplus(const KerasTensor& x, double b) {
  return activated("Squareplus", x, activations::Squareplus({.b = b}));
}
KerasTensor tanh_shrink(const KerasTensor& x) { return activated("TanhShrink", x); }
KerasTensor threshold(const KerasTensor& x, double threshold, double default_value) {
  return activated("Threshold", x, activations::Threshold(threshold, default_value));
}

}  // namespace keraslike::ops
