// `predict` against the modules' own forward without autograd.

#include <algorithm>

#include <torch/torch.h>

#include "keraslike/keraslike.h"
#include "keraslike/torch.h"
#include "report.h"

namespace keraslike::benchmarks {

namespace {

volatile float kept = 0.0F;  // a result that nobody reads, which must be computed all the same

Sequential small_model() {
  Sequential model({Input({10}), layers::Dense(128, "relu"), layers::Dense(1)});
  return model;
}

torch::nn::Sequential small_module() {
  return torch::nn::Sequential(torch::nn::Linear(10, 128), torch::nn::ReLU(), torch::nn::Linear(128, 1));
}

Case predict_rows(const std::string& name, int64_t rows, int64_t repeats) {
  const at::Tensor x = torch::rand({rows, 10});
  Sequential model = small_model();
  torch::nn::Sequential module = small_module();
  return {.name = name,
          .unit = rows == 1 ? "call" : "row",
          .units = static_cast<double>(rows * repeats),
          .reference =
              [=]() mutable {
                const c10::InferenceMode inference;
                for (int64_t i = 0; i < repeats; ++i) module->forward(x);
              },
          .keraslike =
              [=]() mutable {
                for (int64_t i = 0; i < repeats; ++i) model.predict(x, {.batch_size = rows, .verbose = 0});
              }};
}

Case predictor_row(int64_t repeats) {
  const at::Tensor x = torch::rand({1, 10});
  torch::nn::Sequential module = small_module();
  const auto predict = std::make_shared<Predictor>(small_model());
  const std::vector<float> row(x.data_ptr<float>(), x.data_ptr<float>() + 10);
  return {.name = "predictor_1",
          .unit = "call",
          .units = static_cast<double>(repeats),
          .reference =
              [=]() mutable {
                const c10::InferenceMode inference;
                for (int64_t i = 0; i < repeats; ++i) module->forward(x);
              },
          .keraslike =
              [=] {
                for (int64_t i = 0; i < repeats; ++i) (*predict)(row);
              }};
}

// Nothing but the multiplications and additions of both products, on kernels laid out for the compiler's vectors.
struct Arithmetic {
  static constexpr int kFeatures = 10;
  static constexpr int kUnits = 128;
  float kernel[kFeatures][kUnits] = {};
  float bias[kUnits] = {};
  float output_kernel[kUnits] = {};

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
  __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default")))
#endif
  float operator()(const float* x) const {
    float hidden[kUnits];
    for (int unit = 0; unit < kUnits; ++unit) hidden[unit] = bias[unit];
    for (int i = 0; i < kFeatures; ++i) {
      for (int unit = 0; unit < kUnits; ++unit) hidden[unit] += x[i] * kernel[i][unit];
    }
    constexpr int kLanes = 16;
    float sums[kLanes] = {};
    for (int unit = 0; unit < kUnits; unit += kLanes) {
      for (int lane = 0; lane < kLanes; ++lane) {
        sums[lane] += std::max(hidden[unit + lane], 0.0F) * output_kernel[unit + lane];
      }
    }
    float output = 0.0F;
    for (const float sum : sums) output += sum;
    return output;
  }
};

Case predictor_arithmetic(int64_t repeats) {
  Case result = predictor_row(repeats);
  const auto arithmetic = std::make_shared<Arithmetic>();
  const std::vector<float> row(Arithmetic::kFeatures, 0.5F);
  result.name = "predictor_arithmetic";
  result.reference_name = "the arithmetic of its two products alone";
  result.reference = [=] {
    for (int64_t i = 0; i < repeats; ++i) kept = (*arithmetic)(row.data());
  };
  return result;
}

}  // namespace

std::vector<Case> predict_cases() {
  return {predictor_row(20000), predictor_arithmetic(20000), predict_rows("predict_1", 1, 2000),
          predict_rows("predict_100000", 100000, 1)};
}

}  // namespace keraslike::benchmarks
