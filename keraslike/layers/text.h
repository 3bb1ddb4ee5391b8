#pragma once

// For sources.

#include <string>
#include <vector>

#include "keraslike/data/strings.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/layers/takes_texts.h"

// What layers that take texts share, and how texts become tokens: as TensorFlow's `tf.strings` do it.
namespace keraslike::layers {

using TextRows = std::vector<std::vector<std::string>>;

// Throws ValueError for another encoding than UTF-8.
void check_encoding(const std::string& encoding, const std::string& class_name);

// Throws ValueError that says what a layer of texts is to be called with.
[[noreturn]] void refuse_tensors(const LayerImpl& layer);

// The texts of each row; of one axis, each text is a row.
TextRows rows_of(const Strings& texts);

// The letters A to Z alone.
std::string lowered(std::string text);

// Less the punctuation of ASCII.
std::string without_punctuation(const std::string& text);

// Between white space; the characters one by one.
std::vector<std::string> words_of(const std::string& text);
std::vector<std::string> characters_of(const std::string& text);

// All runs of so many tokens, joined by spaces; those of the first size come first.
std::vector<std::string> ngrams_of(const std::vector<std::string>& tokens, const std::vector<int64_t>& sizes);

}  // namespace keraslike::layers
