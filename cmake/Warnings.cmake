# Ours only: whoever links keraslike keeps their own warnings.
option(KERASLIKE_WARNINGS_AS_ERRORS "Treat warnings in keraslike's own sources as errors" ${PROJECT_IS_TOP_LEVEL})
add_library(keraslike_warnings INTERFACE)
target_compile_options(keraslike_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion
                                                    $<$<BOOL:${KERASLIKE_WARNINGS_AS_ERRORS}>:-Werror>)
# GCC 12 sees an overlap or an overflow in every `"text" + string` at -O3 (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  target_compile_options(keraslike_warnings INTERFACE -Wno-restrict -Wno-stringop-overflow)
endif()
