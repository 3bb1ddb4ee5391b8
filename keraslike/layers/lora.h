#pragma once

// For sources.

#include <cstdint>
#include <optional>

#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

// `lora_rank` and `lora_alpha` are in configs only where there is a rank.
inline void lora_fields(Fields& field, std::optional<int64_t>& rank, std::optional<int64_t>& alpha) {
  if (!field.is_reading() && !rank) return;
  field("lora_rank", rank);
  field("lora_alpha", alpha);
}

// For the constructor's arguments and a config's alike. A rank of 0 is none, as in Keras.
inline void settle_lora(std::optional<int64_t>& rank, std::optional<int64_t>& alpha, bool has_constraint,
                        const char* weight, const char* constraint) {
  if (rank == 0) rank.reset();
  if (!rank) return;
  if (*rank < 0) throw ValueError("`lora_rank` must be a positive integer. Received: lora_rank={}", *rank);
  if (!alpha) alpha = rank;
  if (!has_constraint) return;
  throw ValueError("Lora is incompatible with {} constraints. In order to enable lora on this layer, remove the `{}` "
                   "argument.", weight, constraint);
}

// Configs say null; anything else would change the numbers.
inline void quantization_field(Fields& field) {
  std::string config = field.is_reading() ? "" : "null";
  field.json("quantization_config", config);
  if (config.empty() || config == "null") return;
  throw ValueError("quantized layers are not available. Received: quantization_config={}", config.substr(0, 80));
}

}  // namespace keraslike::layers
