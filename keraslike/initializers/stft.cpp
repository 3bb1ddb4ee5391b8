#include <numbers>

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>

#include "keraslike/initializers/families.h"
#include "keraslike/initializers/initializers.h"
#include "keraslike/initializers/windows.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::initializers {

namespace {

class STFTImpl final : public InitializerImpl {
 public:
  explicit STFTImpl(STFTOptions options = {}) : options_(std::move(options)) { settle(); }

  void fields(Fields& field) override {
    field("side", options_.side);
    field("window", options_.window);
    field("periodic", options_.periodic);
    field("scaling", options_.scaling);
    if (field.is_reading()) settle();
  }

  // In Keras' order of operations, because an angle of many turns loses digits with every one of them.
  at::Tensor call(const Shape& shape, DType dtype) const override {
    if (shape.rank() != 3) {
      throw ValueError("STFT expects a shape of three sizes: window, 1, and half the frequencies and one. Received: "
                       "shape={}", shape);
    }
    const auto type = at::TensorOptions().dtype(utils::scalar_type(dtype));
    const at::Tensor frequency = at::arange(shape[2], type).reshape({1, 1, shape[2]}) / ((shape[2] - 1) * 2);
    const at::Tensor time = at::arange(shape[0], type).reshape({shape[0], 1, 1});
    const at::Tensor angle = time * -2 * frequency * at::tensor(std::numbers::pi, type);
    const at::Tensor wave = options_.side == "real" ? angle.cos() : angle.sin();
    return options_.window ? windowed(wave) : wave.expand(at::IntArrayRef(shape)).contiguous();
  }

 private:
  void settle() const {
    if (options_.side != "real" && options_.side != "imag") {
      throw ValueError("side should be 'real' or 'imag', not {}", options_.side);
    }
    if (options_.window) check_window(*options_.window);
    if (options_.scaling && *options_.scaling != "density" && *options_.scaling != "spectrum") {
      throw ValueError("Scaling is invalid, it must be `none`, 'density' or 'spectrum'. Received scaling={}",
                       *options_.scaling);
    }
  }

  at::Tensor windowed(const at::Tensor& wave) const {
    const auto values = window_values(*options_.window, wave.size(0), options_.periodic);
    const at::Tensor window = at::tensor(at::ArrayRef<double>(values)).to(wave.scalar_type()).reshape({-1, 1, 1});
    at::Tensor result = wave * window;
    if (options_.scaling) result /= *options_.scaling == "density" ? window.square().sum().sqrt() : window.abs().sum();
    return result;
  }

  STFTOptions options_;
};

}  // namespace

STFT::STFT(STFTOptions options) : Initializer(std::make_shared<STFTImpl>(std::move(options))) {}

void register_stft(Registry<InitializerImpl>& initializers) {
  initializers.add<STFTImpl>("STFT", {"STFTInitializer"});
}

}  // namespace keraslike::initializers
