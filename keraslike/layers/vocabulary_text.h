#pragma once

// For sources.

#include <cstdint>
#include <string>
#include <vector>

// Tokens of a vocabulary in messages and files.
namespace keraslike::layers {

std::string text_of(int64_t token);
std::string text_of(const std::string& token);

// One per line, and the way back: empty lines at the end are none, and a ValueError says which line is no integer.
std::string text_of(const std::vector<int64_t>& tokens);
std::string text_of(const std::vector<std::string>& tokens);
void read_tokens(const std::string& text, std::vector<int64_t>& tokens);
void read_tokens(const std::string& text, std::vector<std::string>& tokens);

// As Python prints a list, shortened.
std::string listed(const std::vector<int64_t>& tokens);
std::string listed(const std::vector<std::string>& tokens);

}  // namespace keraslike::layers
