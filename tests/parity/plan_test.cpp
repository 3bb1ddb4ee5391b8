// The cases planned and on autograd: which of them are planned, and that both give the same numbers.

#include <map>

#include "keraslike/models/model_impl.h"
#include "keraslike/training/trainer.h"
#include "parity/case.h"
#include "parity/own_cells.h"

#include "support/catch.h"

using namespace keraslike;
using parity::folder;

namespace {

// What is not planned, and why.
const std::string kDoubles = "an input is neither float32 nor whole numbers on the CPU";
const std::string kRandomCrop = "layer 'random_crop' (of type RandomCrop), or an option of it, has no planned step";
const std::map<std::string, std::string> kEager{
    {"layers/Cropping1D_00", kDoubles},   {"layers/Cropping1D_03", kDoubles},   {"layers/Cropping2D_00", kDoubles},
    {"layers/Cropping2D_03", kDoubles},   {"layers/Cropping2D_06", kDoubles},   {"layers/Cropping3D_00", kDoubles},
    {"layers/Cropping3D_03", kDoubles},   {"layers/Cropping3D_06", kDoubles},   {"layers/SpectralNormalization_00", kDoubles},
    {"layers/RandomCrop_00", kRandomCrop}, {"layers/RandomCrop_03", kRandomCrop}, {"layers/RandomCrop_06", kRandomCrop}};

// Keras' torch backend writes that it compiled nothing.
Model loaded(const std::string& name, bool run_eagerly) {
  Model model = models::load_model((folder(name) / "model.keras").string(), {.custom_objects = parity::own_cells()});
  training::Trainer& trainer = std::dynamic_pointer_cast<models::ModelImpl>(model.impl())->trainer();
  CompileOptions options = trainer.compiled() ? trainer.options() : CompileOptions();
  options.run_eagerly = run_eagerly;
  options.jit_compile = "auto";
  trainer.compile(options);
  return model;
}

// The largest difference as a share of the tolerance that the case allows.
double difference(const std::string& name) {
  set_random_seed(7);
  Model planned = loaded(name, false);
  const auto got = parity::course(name, planned);
  const auto expected = kEager.find(name);
  CHECK(why_eager(planned) == (expected == kEager.end() ? "" : expected->second));
  set_random_seed(7);
  return parity::excess(got, parity::course(name, loaded(name, true)), parity::read_json(folder(name) / "case.json"));
}

}  // namespace

TEST_CASE("Planned and eager steps agree on all parity cases", "[parity][plan]") {
  for (const auto& name : parity::all_cases()) {
    INFO(name);
    CHECK(difference(name) <= parity::limit_of(name));
  }
}

TEST_CASE("Planned and eager steps agree on all models of one layer", "[parity][plan]") {
  for (const auto& name : parity::all_layers()) {
    INFO(name);
    CHECK(difference(name) <= parity::kLimit);
  }
}
