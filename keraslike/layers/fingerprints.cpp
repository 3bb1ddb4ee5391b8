#include "keraslike/layers/fingerprints.h"

#include <farmhash.h>
#include <highwayhash/c_bindings.h>

namespace keraslike::layers {

std::optional<HashKey> hash_key(const Salt& salt) {
  if (!salt.keys) return std::nullopt;
  return HashKey{static_cast<uint64_t>((*salt.keys)[0]), static_cast<uint64_t>((*salt.keys)[1])};
}

uint64_t fingerprint(std::string_view text, const std::optional<HashKey>& key) {
  if (!key) return util::Fingerprint64(text.data(), text.size());
  return SipHashC(key->data(), text.data(), text.size());
}

uint64_t joined_fingerprint(uint64_t first, uint64_t second) {
  constexpr uint64_t kFactor = 0xc6a4a7935bd1e995;
  const auto mixed = [](uint64_t value) { return value ^ (value >> 47U); };
  uint64_t result = first ^ kFactor;
  result ^= mixed(second * kFactor) * kFactor;
  result *= kFactor;
  return mixed(mixed(result) * kFactor);
}

int64_t hash_bucket(std::string_view text, int64_t count, const std::optional<HashKey>& key) {
  return static_cast<int64_t>(fingerprint(text, key) % static_cast<uint64_t>(count));
}

}  // namespace keraslike::layers
