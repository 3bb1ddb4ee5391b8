// `predict` against the modules' own forward without autograd.

#include <torch/torch.h>

#include "keraslike/keraslike.h"
#include "keraslike/torch.h"
#include "report.h"

namespace keraslike::benchmarks {

namespace {

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

}  // namespace

std::vector<Case> predict_cases() {
  return {predictor_row(20000), predict_rows("predict_1", 1, 2000), predict_rows("predict_100000", 100000, 1)};
}

}  // namespace keraslike::benchmarks
