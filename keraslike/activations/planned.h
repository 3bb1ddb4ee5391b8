#pragma once

// For sources. Planned activations to choose from.

#include <functional>
#include <memory>

#include "keraslike/activations/plan.h"

namespace keraslike::activations {

// An activation whose gradient needs nothing but its result; loops of utils/kernels.h.
std::unique_ptr<PlannedActivation> by_loops(const Loops& loops);

// The same value.
std::unique_ptr<PlannedActivation> planned_linear();

// Softmax over the last axis; `on_single` is told of an input that has but one value there.
std::unique_ptr<PlannedActivation> planned_softmax(std::function<void(const at::Tensor& x)> on_single);

// By operators of LibTorch that write into a tensor. `kept` is what the gradient needs: the input, or the result.
using Operator = std::function<void(at::Tensor& y, const at::Tensor& x)>;
using OperatorBackward =
    std::function<void(at::Tensor& x_gradient, const at::Tensor& y_gradient, const at::Tensor& kept)>;
enum class Kept { Input, Result };
std::unique_ptr<PlannedActivation> by_operators(Operator forward, OperatorBackward backward, Kept kept);

}  // namespace keraslike::activations
