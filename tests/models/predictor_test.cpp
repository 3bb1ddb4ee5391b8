#include "keraslike/models/predictor.h"

#include <atomic>
#include <cstdlib>
#include <new>
#include <thread>

#include "keraslike/keraslike.h"
#include "keraslike/torch.h"

#include "support/check_layer.h"

using namespace keraslike;

namespace {

std::atomic<int64_t> allocations = 0;

Sequential small_model() {
  set_random_seed(3);
  return Sequential({Input({10}), layers::Dense(128, "relu"), layers::Dropout(0.5), layers::Dense(2, "softmax")});
}

std::vector<float> floats(const at::Tensor& tensor) {
  const float* first = tensor.data_ptr<float>();
  return {first, first + tensor.numel()};
}

}  // namespace

// Counts what any part of this program asks for.
#if !defined(__SANITIZE_ADDRESS__)
extern "C" {
void* __libc_malloc(size_t size);                     // NOLINT
void* __libc_memalign(size_t alignment, size_t size);  // NOLINT

void* malloc(size_t size) {
  ++allocations;
  return __libc_malloc(size);
}

int posix_memalign(void** result, size_t alignment, size_t size) {
  ++allocations;
  *result = __libc_memalign(alignment, size);
  return *result == nullptr ? ENOMEM : 0;
}
}

TEST_CASE("A Predictor allocates nothing after its first call", "[models][predictor]") {
  const Sequential model = small_model();
  Predictor predict(model);
  const std::vector<float> inputs = floats(test::some_input({1, 10}));
  predict(inputs);

  const int64_t before = allocations;
  for (int i = 0; i < 100; ++i) predict(inputs);

  CHECK(before > 0);
  CHECK(allocations == before);
}
#endif

TEST_CASE("A Predictor gives what predict gives", "[models][predictor]") {
  const int64_t rows = GENERATE(1, 7);
  Sequential model = small_model();
  const at::Tensor x = test::some_input({rows, 10});

  Predictor predict(model, rows);
  const auto outputs = predict(floats(x));

  const std::vector<float> want = floats(model.predict(x, {.verbose = 0}).tensor());
  REQUIRE(outputs.size() == want.size());
  for (size_t i = 0; i < want.size(); ++i) CHECK(std::abs(outputs[i] - want[i]) < 1e-6F);
  CHECK(predict.input_shape() == Shape{rows, 10});
  CHECK(predict.output_shape() == Shape{rows, 2});
}

TEST_CASE("A Predictor follows weights that change or move", "[models][predictor]") {
  Sequential model = small_model();
  const at::Tensor x = test::some_input({1, 10});
  Predictor predict(model);
  const float before = predict(floats(x))[0];

  for (auto& parameter : model.module().parameters()) parameter.set_data(parameter.detach() * 2);

  CHECK(predict(floats(x))[0] != before);
  CHECK(std::abs(predict(floats(x))[0] - floats(model.predict(x, {.verbose = 0}).tensor())[0]) < 1e-6F);
}

TEST_CASE("Threads predict with one model, each with a Predictor", "[models][predictor]") {
  const Sequential model = small_model();
  const std::vector<float> inputs = floats(test::some_input({1, 10}));
  const float want = Predictor(model)(inputs)[0];
  std::atomic<int> wrong = 0;

  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      Predictor predict(model);
      for (int call = 0; call < 200; ++call) wrong += predict(inputs)[0] != want;
    });
  }
  for (auto& thread : threads) thread.join();

  CHECK(wrong == 0);
}

TEST_CASE("Several threads call predict of one model at once", "[models][predictor]") {
  const bool planned = GENERATE(true, false);
  Sequential model = small_model();
  if (!planned) model.compile({.loss = "mse", .run_eagerly = true});
  const PredictOptions options{.batch_size = 4, .verbose = 0};
  std::vector<at::Tensor> inputs;
  std::vector<at::Tensor> wants;
  for (const int64_t rows : {1, 3, 9}) {
    inputs.push_back(test::some_input({rows, 10}));
    wants.push_back(model.predict(inputs.back(), options).tensor());
  }
  std::atomic<int> wrong = 0;

  std::vector<std::thread> threads;
  for (size_t i = 0; i < inputs.size(); ++i) {
    threads.emplace_back([&, i]() mutable {
      for (int call = 0; call < 100; ++call) wrong += !at::equal(model.predict(inputs[i], options).tensor(), wants[i]);
    });
  }
  for (auto& thread : threads) thread.join();

  CHECK(wrong == 0);
}

TEST_CASE("A Predictor says what it can not do", "[models][predictor]") {
  const Sequential open({layers::Dense(3)});
  CHECK_THROWS_WITH(Predictor(open), ContainsSubstring("expects a model that is built"));

  const Sequential model = small_model();
  CHECK_THROWS_WITH(Predictor(model, 0), ContainsSubstring("rows=0"));
  CHECK_THROWS_WITH(Predictor(model)(std::vector<float>(9)),
                    ContainsSubstring("expects 10 values") && ContainsSubstring("Received: 9 values"));
}
