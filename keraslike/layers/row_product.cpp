#include "keraslike/layers/row_product.h"

#include "keraslike/utils/kernels.h"
#include "keraslike/utils/products.h"

namespace keraslike::layers {

namespace {

at::Tensor rows_of_width(const at::Tensor& tensor, int64_t width) {
  return tensor.defined() ? tensor.view({-1, width}) : at::Tensor();
}

class RowProductStep final : public PlannedStep {
 public:
  RowProductStep(const PlanTensor& input, const PlanTensor& output, const RowProduct& weights)
      : weights_(weights),
        kernel_transposed_(weights.kernel.t()),
        x_(rows_of_width(input.value, weights.kernel.size(0))),
        y_(rows_of_width(output.value, weights.kernel.size(1))),
        x_transposed_(x_.t()),
        x_gradient_(rows_of_width(input.gradient, weights.kernel.size(0))),
        y_gradient_(rows_of_width(output.gradient, weights.kernel.size(1))) {
    if (y_gradient_.defined()) y_gradient_transposed_ = y_gradient_.t();
  }

  void forward() override { utils::products::multiply(x_, weights_.kernel, weights_.bias, y_); }

  void backward() override {
    if (x_gradient_.defined()) utils::products::multiply(y_gradient_, kernel_transposed_, {}, x_gradient_);
    if (weights_.kernel_gradient.defined()) multiply_for_kernel();
    if (!weights_.bias_gradient.defined()) return;
    utils::kernels::sum_rows(y_gradient_.data_ptr<float>(), weights_.bias_gradient.data_ptr<float>(), y_.size(0),
                             y_.size(1));
  }

 private:
  void multiply_for_kernel() {
    const at::Tensor& gradient = weights_.kernel_gradient;
    if (is_transposed()) {
      utils::products::multiply(y_gradient_transposed_, x_, {}, gradient);
    } else {
      utils::products::multiply(x_transposed_, y_gradient_, {}, gradient);
    }
  }

  // Where the kernel is a view of what is stored as (units, features).
  bool is_transposed() const {
    return !weights_.kernel.is_contiguous() || weights_.kernel.sizes() != weights_.kernel_gradient.sizes();
  }

  RowProduct weights_;
  at::Tensor kernel_transposed_;
  at::Tensor x_, y_, x_transposed_;
  at::Tensor x_gradient_, y_gradient_, y_gradient_transposed_;
};

}  // namespace

std::unique_ptr<PlannedStep> row_product(const PlanTensor& input, const PlanTensor& output, const RowProduct& weights) {
  return std::make_unique<RowProductStep>(input, output, weights);
}

}  // namespace keraslike::layers
