#pragma once

#include <string>

#include "keraslike/models/model.h"

namespace keraslike {

// Why the steps of this model run on LibTorch's autograd, in a few words ("layer 'mine' (of type Mine), or an option of
// it, has no planned step"); empty where they are planned, which is several times faster. Known from the
// first batch on that the model has seen since it was compiled.
std::string why_eager(const Model& model);

}  // namespace keraslike
