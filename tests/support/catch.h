#pragma once

// Catch2 2.13 and 3 behind one name. Include this last: LibTorch defines CHECK too, and would win otherwise.

#undef CHECK
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::Equals;
using Catch::Matchers::StartsWith;
#else
#include <catch2/catch.hpp>
inline auto ContainsSubstring(const std::string& text) { return Catch::Matchers::Contains(text); }
using Catch::Matchers::Equals;
using Catch::Matchers::StartsWith;
#endif
