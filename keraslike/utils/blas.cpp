#include "keraslike/utils/blas.h"

#include <filesystem>
#include <system_error>

#if __has_include(<dlfcn.h>)
#include <dlfcn.h>
#endif

#include <fmt/format.h>

#include "keraslike/utils/warnings.h"

namespace keraslike::utils {

namespace {

// The file that gave this program its single-precision matrix product; empty where that can not be told.
std::string file_of_blas() {
#if __has_include(<dlfcn.h>) && defined(RTLD_DEFAULT)
  void* const product = dlsym(RTLD_DEFAULT, "sgemm_");
  Dl_info found;
  if (product == nullptr || dladdr(product, &found) == 0 || found.dli_fname == nullptr) return {};
  std::error_code unreadable;
  return std::filesystem::canonical(found.dli_fname, unreadable).string();
#else
  return {};
#endif
}

bool warn_if_reference() {
  const std::string file = file_of_blas();
  if (is_reference_blas(file)) {
    warn(fmt::format("LibTorch computes with the reference BLAS ({}), 10 to 40 times slower than an optimised one. "
                     "On Debian or Ubuntu: sudo apt-get install libopenblas0-pthread", file));
  }
  return true;
}

}  // namespace

bool is_reference_blas(const std::string& file) {
  const std::filesystem::path path(file);
  return path.parent_path().filename() == "blas" && path.filename().string().starts_with("libblas.so");
}

void warn_of_reference_blas() {
  [[maybe_unused]] static const bool done = warn_if_reference();
}

}  // namespace keraslike::utils
