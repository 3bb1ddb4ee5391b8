#pragma once

// What the library's own losses have in common. For sources.

#include <string>
#include <utility>

#include "keraslike/losses/loss.h"
#include "keraslike/losses/options.h"

namespace keraslike::losses {

// A loss of Keras' that compares each target with one output, after aligning their ranks.
class ElementwiseLossImpl : public LossImpl {
 public:
  ElementwiseLossImpl(std::string default_name, LossOptions options)
      : LossImpl(options.name.empty() ? std::move(default_name) : std::move(options.name),
                 std::move(options.reduction), options.dtype) {}

  // Keras broadcasts targets that do not fit, (n, 3) against (n, 1), which is never what was meant: refused here.
  void check_shapes(const Shape& y_true, const Shape& y_pred) const override;
};

// Keras' class name of an object, for messages.
std::string class_name_of(const LossImpl& loss);

// Each source of losses names its classes here.
void register_regression(Registry<LossImpl>& losses);
void register_hinges(Registry<LossImpl>& losses);
void register_probabilistic(Registry<LossImpl>& losses);
void register_crossentropies(Registry<LossImpl>& losses);
void register_focal(Registry<LossImpl>& losses);
void register_generalized_crossentropy(Registry<LossImpl>& losses);
void register_segmentation(Registry<LossImpl>& losses);
void register_sequence(Registry<LossImpl>& losses);
void register_similarity(Registry<LossImpl>& losses);

}  // namespace keraslike::losses
