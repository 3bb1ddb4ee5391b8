#include <algorithm>

#include <ATen/core/Tensor.h>
#include <ATen/ops/linalg_qr.h>

#include "keraslike/initializers/families.h"
#include "keraslike/initializers/initializers.h"
#include "keraslike/initializers/seeded.h"
#include "keraslike/utils/draws.h"
#include "keraslike/utils/errors.h"

namespace keraslike::initializers {

namespace {

class RandomNormalImpl final : public SeededImpl {
 public:
  explicit RandomNormalImpl(RandomNormalOptions options = {}) : SeededImpl(options.seed), options_(options) {}

  void fields(Fields& field) override {
    SeededImpl::fields(field);
    field("mean", options_.mean);
    field("stddev", options_.stddev);
  }

  at::Tensor call(const Shape& shape, DType dtype) const override {
    return utils::draw_normal(shape, options_.mean, options_.stddev, dtype, seed());
  }

 private:
  RandomNormalOptions options_;
};

class TruncatedNormalImpl final : public SeededImpl {
 public:
  explicit TruncatedNormalImpl(TruncatedNormalOptions options = {}) : SeededImpl(options.seed), options_(options) {}

  void fields(Fields& field) override {
    SeededImpl::fields(field);
    field("mean", options_.mean);
    field("stddev", options_.stddev);
  }

  at::Tensor call(const Shape& shape, DType dtype) const override {
    return utils::draw_truncated_normal(shape, options_.mean, options_.stddev, dtype, seed());
  }

 private:
  TruncatedNormalOptions options_;
};

class RandomUniformImpl final : public SeededImpl {
 public:
  explicit RandomUniformImpl(RandomUniformOptions options = {}) : SeededImpl(options.seed), options_(options) {}

  void fields(Fields& field) override {
    SeededImpl::fields(field);
    field("minval", options_.minval);
    field("maxval", options_.maxval);
  }

  at::Tensor call(const Shape& shape, DType dtype) const override {
    return utils::draw_uniform(shape, options_.minval, options_.maxval, dtype, seed());
  }

 private:
  RandomUniformOptions options_;
};

class OrthogonalImpl final : public SeededImpl {
 public:
  explicit OrthogonalImpl(OrthogonalOptions options = {}) : SeededImpl(options.seed), options_(options) {}

  void fields(Fields& field) override {
    SeededImpl::fields(field);
    field("gain", options_.gain);
  }

  at::Tensor call(const Shape& shape, DType dtype) const override {
    if (shape.rank() < 2) {
      throw ValueError("The tensor to initialize must be at least two-dimensional. Received: shape={} of rank {}.",
                       shape, shape.rank());
    }
    const int64_t columns = shape.back();
    const int64_t rows = Shape(shape.begin(), shape.end() - 1).count();
    const Shape tall{std::max(rows, columns), std::min(rows, columns)};
    const at::Tensor drawn = utils::draw_normal(tall, 0, 1, dtype, seed());
    // LibTorch has no decomposition of 16 bits.
    const auto [q, r] = at::linalg_qr(drawn.element_size() == 2 ? drawn.to(at::kFloat) : drawn);
    // A QR with a positive diagonal in R is unique: without this the draw would depend on the algorithm.
    const at::Tensor unique = q.mul(r.diagonal().sign());
    return (rows < columns ? unique.t() : unique).reshape(shape).mul(options_.gain).to(drawn.scalar_type()).contiguous();
  }

 private:
  OrthogonalOptions options_;
};

}  // namespace

RandomNormal::RandomNormal(RandomNormalOptions options) : Initializer(std::make_shared<RandomNormalImpl>(options)) {}

TruncatedNormal::TruncatedNormal(TruncatedNormalOptions options)
    : Initializer(std::make_shared<TruncatedNormalImpl>(options)) {}

RandomUniform::RandomUniform(RandomUniformOptions options)
    : Initializer(std::make_shared<RandomUniformImpl>(options)) {}

Orthogonal::Orthogonal(OrthogonalOptions options) : Initializer(std::make_shared<OrthogonalImpl>(options)) {}

void register_random(Registry<InitializerImpl>& initializers) {
  initializers.add<RandomNormalImpl>("RandomNormal", {"normal"});
  initializers.add<TruncatedNormalImpl>("TruncatedNormal");
  initializers.add<RandomUniformImpl>("RandomUniform", {"uniform"});
  initializers.add<OrthogonalImpl>("Orthogonal", {"OrthogonalInitializer"});
}

}  // namespace keraslike::initializers
