#include "keraslike/training/options.h"

#include <algorithm>
#include <string_view>

#include "keraslike/utils/errors.h"

namespace keraslike {

Verbose::Verbose(int level) : level_(level) {
  if (level < 0 || level > 2) {
    throw ValueError("`verbose` expects \"auto\", 0 (silent), 1 (progress bar) or 2 (a line per epoch). "
                     "Received: verbose={}", level);
  }
}

Verbose::Verbose(const char* text) : level_(1) {
  if (std::string_view(text) != "auto") {
    throw ValueError("`verbose` expects \"auto\", 0, 1 or 2. Received: verbose=\"{}\"", text);
  }
}

JitCompile::JitCompile(const char* text) {
  if (std::string_view(text) != "auto") {
    throw ValueError("`jit_compile` expects \"auto\", true or false. Received: jit_compile=\"{}\"", text);
  }
}

Shuffle::Shuffle(const char* text) : mode_(Mode::WithinBatches) {
  if (std::string_view(text) != "batch") {
    throw ValueError("`shuffle` expects true, false or \"batch\". Received: shuffle=\"{}\"", text);
  }
}

ValidationFrequency::ValidationFrequency(int64_t every) : every_(every) {
  if (every < 1) {
    throw ValueError("`validation_freq` expects a number of epochs of at least 1, or a list of epochs. "
                     "Received: validation_freq={}", every);
  }
}

ValidationFrequency::ValidationFrequency(std::initializer_list<int64_t> epochs) : epochs_(epochs) {}
ValidationFrequency::ValidationFrequency(std::vector<int64_t> epochs) : epochs_(std::move(epochs)) {}

bool ValidationFrequency::includes(int64_t epoch) const {
  if (every_ > 0) return (epoch + 1) % every_ == 0;
  return std::find(epochs_.begin(), epochs_.end(), epoch + 1) != epochs_.end();
}

}  // namespace keraslike
