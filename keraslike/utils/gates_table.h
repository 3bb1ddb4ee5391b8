#pragma once

// What gated recurrent cells do in a step between two matrix products, one table for each generation of processors.
// For sources.

#include <cstdint>

namespace keraslike::utils::gates {

// A matrix whose rows lie `stride` apart; null where there is none.
template <class Number>
struct Rows {
  Number* data = nullptr;
  int64_t stride = 0;
};

// All are (rows, units), but `gates` (rows, 4 * units), in the order i, f, c, o.
struct LstmStep {
  int64_t rows = 0;
  int64_t units = 0;
  float* gates = nullptr;           // forward: what the gates are given, then what they give; backward: then its gradient
  const float* c_before = nullptr;
  float* c = nullptr;               // forward only
  float* tanh_c = nullptr;
  Rows<float> h = {};          // forward only
  Rows<float> output = {};     // forward: h once more, may be null
  Rows<const float> output_gradient = {};  // may be null
  const float* h_gradient = nullptr;            // from the step behind
  float* c_gradient = nullptr;                  // from the step behind, then for the step before
};

// All are (rows, units), but `inputs` and `inner` (rows, 3 * units), in the order z, r, h: what the kernel makes of the
// inputs and the recurrent kernel of the state, then what the gates give, and in `inner` what the reset gate
// multiplied; backward: then their gradients.
struct GruStep {
  int64_t rows = 0;
  int64_t units = 0;
  float* inputs = nullptr;
  float* inner = nullptr;
  const float* h_before = nullptr;
  Rows<float> h = {};
  Rows<float> output = {};
  Rows<const float> output_gradient = {};
  float* h_gradient = nullptr;  // from the step behind, then what goes around the recurrent kernel to the step before
};

struct Table {
  void (*lstm_forward)(const LstmStep& step);
  void (*lstm_backward)(const LstmStep& step);
  void (*gru_forward)(const GruStep& step);
  void (*gru_backward)(const GruStep& step);
};

extern const Table baseline;  // what the build asks for
#if defined(__x86_64__)
extern const Table haswell;
extern const Table skylake_avx512;
#endif

}  // namespace keraslike::utils::gates
