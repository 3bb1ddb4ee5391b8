#pragma once

// For sources.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "keraslike/layers/hashing.h"

// The hashes that Keras' layers take from TensorFlow. They are the same everywhere and for ever.
namespace keraslike::layers {

using HashKey = std::array<uint64_t, 2>;

// None where there is no salt.
std::optional<HashKey> hash_key(const Salt& salt);

// FarmHash's Fingerprint64, or with a key SipHash-2-4.
uint64_t fingerprint(std::string_view text, const std::optional<HashKey>& key = {});

// That of a combination, from its parts' in their order: TensorFlow's FingerprintCat64.
uint64_t joined_fingerprint(uint64_t first, uint64_t second);

// One of `count` places for a text: `tf.strings.to_hash_bucket_fast`, or with a key `to_hash_bucket_strong`.
int64_t hash_bucket(std::string_view text, int64_t count, const std::optional<HashKey>& key = {});

}  // namespace keraslike::layers
