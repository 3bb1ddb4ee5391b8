#pragma once

// The rules of optimizers as one pass over memory. For sources.

#include "keraslike/optimizers/fused_table.h"
#include "keraslike/optimizers/optimizer_impl.h"

namespace keraslike::optimizers::fused {

// Each computes what the rule of its name writes with tensors, value by value, in the same order of operations: the
// results differ by the last bit or two, and do not depend on the number of threads or on the processor. Ftrl's is the
// one with a power of -0.5. Lamb's needs the lengths of all values, and takes two passes.
//
// Updates the weight in one pass where it can be: dense float32 or float64 in the CPU's memory, all laid out alike.
// Returns false, and has done nothing, where the rule must be written with tensors.
bool adam(const Update& of, const AdamNumbers& numbers);
bool adamax(const Update& of, const AdamaxNumbers& numbers);
bool nadam(const Update& of, const NadamNumbers& numbers);
bool sgd(const Update& of, const SgdNumbers& numbers);
bool rmsprop(const Update& of, const RmspropNumbers& numbers);
bool adagrad(const Update& of, const AdagradNumbers& numbers);
bool adadelta(const Update& of, const AdadeltaNumbers& numbers);
bool lion(const Update& of, const LionNumbers& numbers);
bool ftrl(const Update& of, const FtrlNumbers& numbers);
bool lamb(const Update& of, const LambNumbers& numbers);

// Of vectors, and of matrices that Keras and LibTorch store with the same two axes.
bool adafactor(const Update& of, const AdafactorNumbers& numbers);

}  // namespace keraslike::optimizers::fused
