#include "keraslike/models/planned.h"

#include "keraslike/models/model_impl.h"
#include "keraslike/training/trainer.h"

namespace keraslike {

std::string why_eager(const Model& model) {
  auto impl = std::dynamic_pointer_cast<models::ModelImpl>(model.impl());
  return impl ? impl->trainer().why_eager() : std::string();
}

}  // namespace keraslike
