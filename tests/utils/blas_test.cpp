#include "keraslike/utils/blas.h"

#include "support/catch.h"

using keraslike::utils::is_reference_blas;

TEST_CASE("The reference BLAS is told by where Debian and Ubuntu put it", "[utils]") {
  CHECK(is_reference_blas("/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0"));
  CHECK(is_reference_blas("/usr/lib/aarch64-linux-gnu/blas/libblas.so.3"));
  CHECK_FALSE(is_reference_blas("/usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3"));
  CHECK_FALSE(is_reference_blas("/usr/lib/x86_64-linux-gnu/blis-openmp/libblas.so.4"));
  CHECK_FALSE(is_reference_blas("/opt/libtorch/lib/libtorch_cpu.so"));
  CHECK_FALSE(is_reference_blas(""));
}
