// For sources. The loops of recurrent cells, compiled once for each generation of processors: gates_baseline.cpp and
// its neighbours define KERASLIKE_GATES as the name of the table and include this.

#include "keraslike/utils/gates_table.h"
#include "keraslike/utils/vector_math.h"

namespace keraslike::utils::gates {

namespace {

using kernels::Floats;
using kernels::kLanes;

template <class Number>
inline Number* at_row(const Rows<Number>& rows, int64_t row) {
  return rows.data == nullptr ? nullptr : rows.data + row * rows.stride;
}

// As many numbers of a row as fit into a vector, or fewer.
struct Lanes {
  unsigned long bytes;

  Floats load(const float* from) const {
    Floats values{};
    if (bytes == sizeof(Floats)) {
      __builtin_memcpy(&values, from, sizeof(Floats));
    } else {
      __builtin_memcpy(&values, from, bytes);
    }
    return values;
  }
  Floats load_or_zero(const float* from, int64_t at) const { return from == nullptr ? Floats{} : load(from + at); }
  void store(Floats values, float* to) const {
    if (bytes == sizeof(Floats)) {
      __builtin_memcpy(to, &values, sizeof(Floats));
    } else {
      __builtin_memcpy(to, &values, bytes);
    }
  }
};

// Calls part(row, unit, lanes) for all units of all rows.
template <class Part>
inline void each_unit(int64_t rows, int64_t units, Part part) {
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t unit = 0; unit < units; unit += kLanes) {
      const int64_t count = units - unit < kLanes ? units - unit : kLanes;
      part(row, unit, Lanes{static_cast<unsigned long>(count) * sizeof(float)});
    }
  }
}

void lstm_forward(const LstmStep& of) {
  const kernels::Sigmoid sigmoid;
  const kernels::Tanh tanh;
  each_unit(of.rows, of.units, [&](int64_t row, int64_t unit, Lanes lanes) {
    float* const gates = of.gates + row * 4 * of.units + unit;
    const int64_t at = row * of.units + unit;
    const Floats i = sigmoid(lanes.load(gates));
    const Floats f = sigmoid(lanes.load(gates + of.units));
    const Floats candidate = tanh(lanes.load(gates + 2 * of.units));
    const Floats o = sigmoid(lanes.load(gates + 3 * of.units));
    const Floats c = f * lanes.load(of.c_before + at) + i * candidate;
    const Floats tanh_c = tanh(c);
    lanes.store(i, gates);
    lanes.store(f, gates + of.units);
    lanes.store(candidate, gates + 2 * of.units);
    lanes.store(o, gates + 3 * of.units);
    lanes.store(c, of.c + at);
    lanes.store(tanh_c, of.tanh_c + at);
    if (float* const h = at_row(of.h, row)) lanes.store(o * tanh_c, h + unit);
    if (float* const output = at_row(of.output, row)) lanes.store(o * tanh_c, output + unit);
  });
}

void lstm_backward(const LstmStep& of) {
  each_unit(of.rows, of.units, [&](int64_t row, int64_t unit, Lanes lanes) {
    float* const gates = of.gates + row * 4 * of.units + unit;
    const int64_t at = row * of.units + unit;
    const Floats i = lanes.load(gates);
    const Floats f = lanes.load(gates + of.units);
    const Floats candidate = lanes.load(gates + 2 * of.units);
    const Floats o = lanes.load(gates + 3 * of.units);
    const Floats tanh_c = lanes.load(of.tanh_c + at);
    const Floats h_slope = lanes.load(of.h_gradient + at) + lanes.load_or_zero(at_row(of.output_gradient, row), unit);
    const Floats c_slope = lanes.load(of.c_gradient + at) + h_slope * o * (1.0F - tanh_c * tanh_c);
    lanes.store(c_slope * candidate * i * (1.0F - i), gates);
    lanes.store(c_slope * lanes.load(of.c_before + at) * f * (1.0F - f), gates + of.units);
    lanes.store(c_slope * i * (1.0F - candidate * candidate), gates + 2 * of.units);
    lanes.store(h_slope * tanh_c * o * (1.0F - o), gates + 3 * of.units);
    lanes.store(c_slope * f, of.c_gradient + at);
  });
}

void gru_forward(const GruStep& of) {
  const kernels::Sigmoid sigmoid;
  const kernels::Tanh tanh;
  each_unit(of.rows, of.units, [&](int64_t row, int64_t unit, Lanes lanes) {
    float* const inputs = of.inputs + row * 3 * of.units + unit;
    const float* const inner = of.inner + row * 3 * of.units + unit;
    const Floats z = sigmoid(lanes.load(inputs) + lanes.load(inner));
    const Floats r = sigmoid(lanes.load(inputs + of.units) + lanes.load(inner + of.units));
    const Floats candidate = tanh(lanes.load(inputs + 2 * of.units) + r * lanes.load(inner + 2 * of.units));
    const Floats h = z * lanes.load(of.h_before + row * of.units + unit) + (1.0F - z) * candidate;
    lanes.store(z, inputs);
    lanes.store(r, inputs + of.units);
    lanes.store(candidate, inputs + 2 * of.units);
    if (float* const next = at_row(of.h, row)) lanes.store(h, next + unit);
    if (float* const output = at_row(of.output, row)) lanes.store(h, output + unit);
  });
}

void gru_backward(const GruStep& of) {
  each_unit(of.rows, of.units, [&](int64_t row, int64_t unit, Lanes lanes) {
    float* const inputs = of.inputs + row * 3 * of.units + unit;
    float* const inner = of.inner + row * 3 * of.units + unit;
    const int64_t at = row * of.units + unit;
    const Floats z = lanes.load(inputs);
    const Floats r = lanes.load(inputs + of.units);
    const Floats candidate = lanes.load(inputs + 2 * of.units);
    const Floats slope = lanes.load(of.h_gradient + at) + lanes.load_or_zero(at_row(of.output_gradient, row), unit);
    const Floats z_slope = slope * (lanes.load(of.h_before + at) - candidate) * z * (1.0F - z);
    const Floats candidate_slope = slope * (1.0F - z) * (1.0F - candidate * candidate);
    const Floats r_slope = candidate_slope * lanes.load(inner + 2 * of.units) * r * (1.0F - r);
    lanes.store(z_slope, inputs);
    lanes.store(r_slope, inputs + of.units);
    lanes.store(candidate_slope, inputs + 2 * of.units);
    lanes.store(z_slope, inner);
    lanes.store(r_slope, inner + of.units);
    lanes.store(candidate_slope * r, inner + 2 * of.units);
    lanes.store(slope * z, of.h_gradient + at);
  });
}

}  // namespace

extern const Table KERASLIKE_GATES;
const Table KERASLIKE_GATES{lstm_forward, lstm_backward, gru_forward, gru_backward};

}  // namespace keraslike::utils::gates
