#pragma once

// For sources that are compiled once for each generation of processors. It uses no function of any other header: the
// linker could otherwise take the copy that needs the newest processor for all.

#include <cstdint>

#if defined(__clang__)
#define KERASLIKE_IVDEP _Pragma("clang loop vectorize(assume_safety)")
#else
#define KERASLIKE_IVDEP _Pragma("GCC ivdep")
#endif

namespace keraslike::utils::kernels {

namespace {

// As many numbers as the widest registers hold; narrower processors take them in parts.
constexpr int64_t kLanes = 16;
using Floats = float __attribute__((vector_size(kLanes * sizeof(float))));
using Ints = int32_t __attribute__((vector_size(kLanes * sizeof(int32_t))));

inline Floats all(float x) { return Floats{} + x; }
inline Floats clamped(Floats x, float low, float high) {
  const Floats above = x < low ? all(low) : x;
  return above > high ? all(high) : above;
}
inline Floats size_of(Floats x) { return reinterpret_cast<Floats>(reinterpret_cast<Ints>(x) & 0x7fffffff); }
inline Floats with_sign_of(Floats size, Floats x) {
  return reinterpret_cast<Floats>(reinterpret_cast<Ints>(size) | (reinterpret_cast<Ints>(x) & ~0x7fffffff));
}

// e^x within 1 ulp for x in [-87, 88], where the result is a normal number: 2^k times a polynomial of the rest.
inline Floats exp_in_range(Floats x) {
  constexpr float kLog2e = 1.44269504088896341F;
  constexpr float kLn2High = 0.693359375F;
  constexpr float kLn2Low = -2.12194440e-4F;
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it leaves the nearest whole number in the last bits
  const Floats k = x * kLog2e + kRound - kRound;
  const Floats r = (x - k * kLn2High) - k * kLn2Low;
  Floats p = all(1.9875691500e-4F);  // Cephes' expf
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  const Floats mantissa = p * r * r + r + 1.0F;
  const Ints exponent = __builtin_convertvector(k, Ints) + 127;
  return mantissa * reinterpret_cast<Floats>(exponent << 23);
}

// NaN stays NaN in all of these.
struct Exp {
  inline Floats operator()(Floats x) const {
    const Floats result = exp_in_range(clamped(x, -87.0F, 88.0F));
    const Floats finite = x < -87.33654F ? all(0.0F) : result;
    const Floats any = x > 88.7228F ? all(__builtin_inff()) : finite;
    return x != x ? x : any;
  }
};

// Cephes' tanhf: a polynomial near 0, elsewhere 1 - 2 / (e^2x + 1).
struct Tanh {
  inline Floats operator()(Floats x) const {
    const Floats size = size_of(x);
    const Floats square = x * x;
    Floats p = all(-5.70498872745e-3F);
    p = p * square + 2.06390887954e-2F;
    p = p * square - 5.37397155531e-2F;
    p = p * square + 1.33314422036e-1F;
    p = p * square - 3.33332819422e-1F;
    const Floats near = p * square * x + x;
    const Floats far = with_sign_of(1.0F - 2.0F / (exp_in_range(clamped(size * 2.0F, 0.0F, 40.0F)) + 1.0F), x);
    const Floats any = size < 0.625F ? near : far;
    return x != x ? x : any;
  }
};

struct Sigmoid {
  inline Floats operator()(Floats x) const {
    const Floats result = 1.0F / (1.0F + exp_in_range(clamped(-x, -87.0F, 88.0F)));
    return x != x ? x : result;
  }
};

}  // namespace

}  // namespace keraslike::utils::kernels
