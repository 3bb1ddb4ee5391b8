#include <algorithm>
#include <cctype>
#include <cmath>
#include <string>
#include <utility>

#include <ATen/core/Tensor.h>

#include "keraslike/initializers/families.h"
#include "keraslike/initializers/initializers.h"
#include "keraslike/initializers/seeded.h"
#include "keraslike/utils/draws.h"
#include "keraslike/utils/errors.h"

namespace keraslike::initializers {

namespace {

// The standard deviation of a standard normal that is cut at -2 and 2.
constexpr double kTruncatedDeviation = 0.87962566103423978;

struct Fans {
  double in;
  double out;
};

double product_over(const Shape& shape, const std::vector<int64_t>& axes) {
  double product = 1;
  for (const int64_t axis : axes) product *= static_cast<double>(shape.dim(axis));
  return product;
}

// A kernel is (..., inputs, outputs), even where its layer reads it another way (a depthwise kernel, say).
Fans fans_of(const Shape& shape) {
  if (shape.empty()) return {1, 1};
  const auto count = static_cast<double>(shape.count());
  const auto outputs = static_cast<double>(shape.back());
  if (shape.rank() == 1) return {outputs, outputs};
  const auto inputs = static_cast<double>(shape.dim(-2));
  if (count == 0) return {0, 0};
  return {count / outputs, count / inputs};
}

class VarianceScalingImpl : public SeededImpl {
 public:
  explicit VarianceScalingImpl(VarianceScalingOptions options = {})
      : SeededImpl(options.seed), options_(std::move(options)) {
    input_axes_ = options_.input_axes;
    output_axes_ = options_.output_axes;
    check();
  }

  void fields(Fields& field) override {
    SeededImpl::fields(field);
    field("scale", options_.scale);
    field("mode", options_.mode);
    field("distribution", options_.distribution);
    field("input_axes", input_axes_);
    field("output_axes", output_axes_);
    if (field.is_reading()) check();
  }

  at::Tensor call(const Shape& shape, DType dtype) const override {
    const double scale = options_.scale / std::max(1.0, fan(shape));
    if (options_.distribution == "truncated_normal") {
      return utils::draw_truncated_normal(shape, 0, std::sqrt(scale) / kTruncatedDeviation, dtype, seed());
    }
    if (options_.distribution == "untruncated_normal") {
      return utils::draw_normal(shape, 0, std::sqrt(scale), dtype, seed());
    }
    const double limit = std::sqrt(3.0 * scale);
    return utils::draw_uniform(shape, -limit, limit, dtype, seed());
  }

  bool has_axes() const { return input_axes_ && output_axes_; }

  VarianceScalingOptions with_axes(std::vector<int64_t> input_axes, std::vector<int64_t> output_axes) const {
    VarianceScalingOptions options = options_;
    options.seed = static_cast<int64_t>(seed());
    options.input_axes = std::move(input_axes);
    options.output_axes = std::move(output_axes);
    return options;
  }

 protected:
  std::optional<std::vector<int64_t>> input_axes_;
  std::optional<std::vector<int64_t>> output_axes_;

 private:
  void check() {
    if (!(options_.scale > 0)) {
      throw ValueError("Argument `scale` must be positive float. Received: scale={}", options_.scale);
    }
    if (options_.mode != "fan_in" && options_.mode != "fan_out" && options_.mode != "fan_avg") {
      throw ValueError("Invalid `mode` argument: {}. Please use one of 'fan_in', 'fan_out', 'fan_avg'.", options_.mode);
    }
    std::string& distribution = options_.distribution;
    std::transform(distribution.begin(), distribution.end(), distribution.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (distribution == "normal") distribution = "truncated_normal";
    if (distribution != "truncated_normal" && distribution != "untruncated_normal" && distribution != "uniform") {
      throw ValueError(
          "Invalid `distribution` argument: {}. Please use one of 'truncated_normal', 'untruncated_normal', 'uniform'.",
          distribution);
    }
  }

  double fan(const Shape& shape) const {
    const Fans fans =
        has_axes() ? Fans{product_over(shape, *input_axes_), product_over(shape, *output_axes_)} : fans_of(shape);
    if (options_.mode == "fan_in") return fans.in;
    if (options_.mode == "fan_out") return fans.out;
    return (fans.in + fans.out) / 2;
  }

  VarianceScalingOptions options_;
};

VarianceScalingOptions expand(double scale, const char* mode, const char* distribution, ScalingOptions options) {
  return {scale, mode, distribution, options.seed, std::move(options.input_axes), std::move(options.output_axes)};
}

// Their configs leave out what the name says.
class NamedScalingImpl : public VarianceScalingImpl {
 public:
  using VarianceScalingImpl::VarianceScalingImpl;

  void fields(Fields& field) override {
    SeededImpl::fields(field);
    field("input_axes", input_axes_);
    field("output_axes", output_axes_);
  }
};

class GlorotUniformImpl final : public NamedScalingImpl {
 public:
  explicit GlorotUniformImpl(ScalingOptions options = {})
      : NamedScalingImpl(expand(1, "fan_avg", "uniform", std::move(options))) {}
};

class GlorotNormalImpl final : public NamedScalingImpl {
 public:
  explicit GlorotNormalImpl(ScalingOptions options = {})
      : NamedScalingImpl(expand(1, "fan_avg", "truncated_normal", std::move(options))) {}
};

class HeUniformImpl final : public NamedScalingImpl {
 public:
  explicit HeUniformImpl(ScalingOptions options = {})
      : NamedScalingImpl(expand(2, "fan_in", "uniform", std::move(options))) {}
};

class HeNormalImpl final : public NamedScalingImpl {
 public:
  explicit HeNormalImpl(ScalingOptions options = {})
      : NamedScalingImpl(expand(2, "fan_in", "truncated_normal", std::move(options))) {}
};

class LecunUniformImpl final : public NamedScalingImpl {
 public:
  explicit LecunUniformImpl(ScalingOptions options = {})
      : NamedScalingImpl(expand(1, "fan_in", "uniform", std::move(options))) {}
};

class LecunNormalImpl final : public NamedScalingImpl {
 public:
  explicit LecunNormalImpl(ScalingOptions options = {})
      : NamedScalingImpl(expand(1, "fan_in", "truncated_normal", std::move(options))) {}
};

}  // namespace

VarianceScaling::VarianceScaling(VarianceScalingOptions options)
    : Initializer(std::make_shared<VarianceScalingImpl>(std::move(options))) {}

GlorotUniform::GlorotUniform(ScalingOptions options)
    : VarianceScaling(std::make_shared<GlorotUniformImpl>(std::move(options))) {}

GlorotNormal::GlorotNormal(ScalingOptions options)
    : VarianceScaling(std::make_shared<GlorotNormalImpl>(std::move(options))) {}

HeUniform::HeUniform(ScalingOptions options) : VarianceScaling(std::make_shared<HeUniformImpl>(std::move(options))) {}

HeNormal::HeNormal(ScalingOptions options) : VarianceScaling(std::make_shared<HeNormalImpl>(std::move(options))) {}

LecunUniform::LecunUniform(ScalingOptions options)
    : VarianceScaling(std::make_shared<LecunUniformImpl>(std::move(options))) {}

LecunNormal::LecunNormal(ScalingOptions options)
    : VarianceScaling(std::make_shared<LecunNormalImpl>(std::move(options))) {}

Initializer with_axes(const Initializer& initializer, const std::vector<int64_t>& input_axes,
                      const std::vector<int64_t>& output_axes) {
  const auto* scaling = dynamic_cast<const VarianceScalingImpl*>(initializer.impl().get());
  if (scaling == nullptr || scaling->has_axes()) return initializer;
  return VarianceScaling(scaling->with_axes(input_axes, output_axes));
}

void register_scaling(Registry<InitializerImpl>& initializers) {
  initializers.add<VarianceScalingImpl>("VarianceScaling");
  initializers.add<GlorotUniformImpl>("GlorotUniform");
  initializers.add<GlorotNormalImpl>("GlorotNormal");
  initializers.add<HeUniformImpl>("HeUniform");
  initializers.add<HeNormalImpl>("HeNormal");
  initializers.add<LecunUniformImpl>("LecunUniform");
  initializers.add<LecunNormalImpl>("LecunNormal");
}

}  // namespace keraslike::initializers
