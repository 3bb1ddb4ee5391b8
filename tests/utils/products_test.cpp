#include "keraslike/utils/products.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/full.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/rand.h>

#include "keraslike/utils/threads.h"

#include "support/catch.h"

using namespace keraslike::utils;

namespace {

at::Tensor matrix(int64_t rows, int64_t columns, bool transposed) {
  return transposed ? at::rand({columns, rows}).t() : at::rand({rows, columns});
}

struct OneThread {
  OneThread() { keraslike::config::set_num_threads(1); }
  ~OneThread() { keraslike::config::set_num_threads(before); }
  int64_t before = keraslike::config::num_threads();
};

bool near(const at::Tensor& got, const at::Tensor& want) {
  return at::allclose(got, want.to(at::kFloat), /*rtol=*/1e-5, /*atol=*/1e-5);
}

}  // namespace

TEST_CASE("Products are those of LibTorch, for all shapes and layouts", "[utils][products]") {
  const OneThread one_thread;  // some processes of tests run at once
  const int64_t rows = GENERATE(1, 3, 4, 5, 32, 39);
  const int64_t columns = GENERATE(1, 5, 16, 17, 31, 48, 50, 300);
  const int64_t depth = GENERATE(1, 16, 37, 2100);
  const bool a_transposed = GENERATE(false, true);
  const bool b_transposed = GENERATE(false, true);
  const at::Tensor a = matrix(rows, depth, a_transposed);
  const at::Tensor b = matrix(depth, columns, b_transposed);
  const at::Tensor bias = at::rand({columns});
  const at::Tensor want = at::mm(a.to(at::kDouble), b.to(at::kDouble));
  at::Tensor target = at::full({rows, columns}, 7.0F);

  products::multiply(a, b, {}, target);
  CHECK(near(target, want));
  products::multiply(a, b, bias, target);
  CHECK(near(target, want + bias));
}

TEST_CASE("A product is finished by a loop, on all of it", "[utils][products]") {
  const int64_t threads = keraslike::config::num_threads();
  keraslike::config::set_num_threads(GENERATE(1, 3));
  const auto [rows, depth, columns] = GENERATE(table<int64_t, int64_t, int64_t>({{1, 10, 128}, {100, 300, 300},
                                                                                 {900, 40, 40}, {400, 300, 1},
                                                                                 {3, 7, 5}}));
  const at::Tensor a = at::rand({rows, depth});
  const at::Tensor b = at::rand({columns, depth}).t();
  const at::Tensor bias = at::rand({columns});
  const at::Tensor target = at::full({rows, columns}, 7.0F);

  products::Product(a, b, bias, target).run([](const float* x, float* y, int64_t count) {
    for (int64_t i = 0; i < count; ++i) y[i] = x[i] - 3.0F;
  });
  keraslike::config::set_num_threads(threads);

  CHECK(near(target, at::mm(a.to(at::kDouble), b.to(at::kDouble)) + bias - 3.0));
}

TEST_CASE("Products of many rows are those of LibTorch", "[utils][products]") {
  const bool transposed = GENERATE(false, true);
  const at::Tensor a = at::rand({700, 300});
  const at::Tensor b = matrix(300, 70, transposed);
  const at::Tensor target = at::full({700, 70}, 7.0F);

  products::multiply(a, b, {}, target);

  CHECK(near(target, at::mm(a.to(at::kDouble), b.to(at::kDouble))));
}

TEST_CASE("Products with what was packed add to the target if asked", "[utils][products]") {
  if (!products::available()) {
    WARN("This processor has no products of its own.");
    return;
  }
  const int64_t columns = GENERATE(1, 20, 48, 100);
  const bool transposed = GENERATE(false, true);
  const at::Tensor a = at::rand({9, 33});
  const at::Tensor b = matrix(33, columns, transposed);
  const at::Tensor want = at::mm(a.to(at::kDouble), b.to(at::kDouble));
  at::Tensor target = at::full({9, columns}, 7.0F);
  products::Packed packed(33, columns);
  packed.pack({b.data_ptr<float>(), b.stride(0), b.stride(1)});
  const products::Operand left{a.data_ptr<float>(), 33, 1};

  packed.multiply(left, {target.data_ptr<float>(), columns}, 9, /*add=*/true);
  CHECK(near(target, want + 7.0));
  packed.multiply(left, {target.data_ptr<float>(), columns}, 9, /*add=*/false);
  CHECK(near(target, want));
}
