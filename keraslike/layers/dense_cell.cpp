#include "keraslike/layers/dense_cell.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/mm.h>

namespace keraslike::layers {

namespace {

// Each gate's columns of the kernel times the values with its own mask.
at::Tensor product_by_gates(const at::Tensor& values, const at::Tensor& kernel, const States& masks) {
  const auto columns = kernel.chunk(static_cast<int64_t>(masks.size()), 1);
  States products;
  for (size_t i = 0; i < masks.size(); ++i) products.push_back(at::matmul(masked(values, masks[i]), columns[i]));
  return at::cat(products, -1);
}

}  // namespace

at::Tensor projected(const at::Tensor& inputs, const at::Tensor& kernel, const at::Tensor& bias, const States& masks) {
  if (masks.size() > 1) {
    const at::Tensor product = product_by_gates(inputs, kernel, masks);
    return bias.defined() ? product + bias : product;
  }
  const at::Tensor kept = masks.empty() ? inputs : masked(inputs, masks.front());
  const at::Tensor rows = kept.reshape({-1, kept.size(-1)});
  const at::Tensor product = bias.defined() ? at::addmm(bias, rows, kernel) : at::mm(rows, kernel);
  std::vector<int64_t> shape = inputs.sizes().vec();
  shape.back() = kernel.size(1);
  return product.view(shape);
}

at::Tensor plus_product(const at::Tensor& addend, const at::Tensor& state, const at::Tensor& kernel,
                        const States& masks) {
  if (masks.size() > 1) {
    const at::Tensor product = product_by_gates(state, kernel, masks);
    return addend.defined() ? addend + product : product;
  }
  const at::Tensor kept = masks.empty() ? state : masked(state, masks.front());
  return addend.defined() ? at::addmm(addend, kept, kernel) : at::mm(kept, kernel);
}

}  // namespace keraslike::layers
