#pragma once

// For sources.

#include <memory>

#include "keraslike/losses/crossentropy.h"
#include "keraslike/losses/plan.h"

namespace keraslike::losses {

// Planned steps of the crossentropies; null for another axis than the last, or a class to be ignored.
std::unique_ptr<PlannedLoss> planned_binary_crossentropy(const CrossentropyArguments& arguments,
                                                         const std::string& reduction);
std::unique_ptr<PlannedLoss> planned_categorical_crossentropy(const CrossentropyArguments& arguments,
                                                              const std::string& reduction);
std::unique_ptr<PlannedLoss> planned_sparse_crossentropy(const SparseCrossentropyArguments& arguments,
                                                         const std::string& reduction);

}  // namespace keraslike::losses
