#include <ATen/core/Tensor.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include "keraslike/initializers/families.h"
#include "keraslike/initializers/initializers.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::initializers {

namespace {

class ZerosImpl final : public InitializerImpl {
 public:
  void fields(Fields&) override {}

  at::Tensor call(const Shape& shape, DType dtype) const override {
    return at::zeros(shape, utils::scalar_type(dtype));
  }
};

class OnesImpl final : public InitializerImpl {
 public:
  void fields(Fields&) override {}

  at::Tensor call(const Shape& shape, DType dtype) const override { return at::ones(shape, utils::scalar_type(dtype)); }
};

class ConstantImpl final : public InitializerImpl {
 public:
  explicit ConstantImpl(double value = 0.0) : value_(value) {}

  void fields(Fields& field) override { field("value", value_); }

  at::Tensor call(const Shape& shape, DType dtype) const override {
    return at::full(shape, value_, utils::scalar_type(dtype));
  }

 private:
  double value_;
};

class IdentityImpl final : public InitializerImpl {
 public:
  explicit IdentityImpl(double gain = 1.0) : gain_(gain) {}

  // Keras reads `gain` but forgets to write it; a gain of 1 gives the config that Keras writes.
  void fields(Fields& field) override {
    if (field.is_reading() || gain_ != 1.0) field("gain", gain_);
  }

  at::Tensor call(const Shape& shape, DType dtype) const override {
    if (shape.rank() != 2) {
      throw ValueError("Identity matrix initializer can only be used for 2D matrices. Received: shape={} of rank {}.",
                       shape, shape.rank());
    }
    return at::eye(shape[0], shape[1], at::kDouble).mul_(gain_).to(utils::scalar_type(dtype));
  }

 private:
  double gain_;
};

}  // namespace

Zeros::Zeros() : Initializer(std::make_shared<ZerosImpl>()) {}
Ones::Ones() : Initializer(std::make_shared<OnesImpl>()) {}
Constant::Constant(double value) : Initializer(std::make_shared<ConstantImpl>(value)) {}
Identity::Identity(double gain) : Initializer(std::make_shared<IdentityImpl>(gain)) {}

void register_constant(Registry<InitializerImpl>& initializers) {
  initializers.add<ZerosImpl>("Zeros", {"zero"});
  initializers.add<OnesImpl>("Ones", {"one"});
  initializers.add<ConstantImpl>("Constant");
  initializers.add<IdentityImpl>("Identity", {"IdentityInitializer"});
}

}  // namespace keraslike::initializers
