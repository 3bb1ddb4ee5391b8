if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12 OR
   CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 16)
  message(FATAL_ERROR "keraslike needs GCC 12 or Clang 16, or newer. "
                      "Found: ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}. "
                      "Choose another compiler with -DCMAKE_CXX_COMPILER=g++-12")
elseif(NOT CMAKE_CXX_COMPILER_ID MATCHES "^(GNU|Clang)$")
  message(WARNING "keraslike is tested with GCC 12 and Clang 16. "
                  "Found: ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}.")
endif()

# ccache, where it is installed and nobody chose a launcher. Paths are hashed relative to the source folder, so that
# another clone of the same sources finds the same objects; so does a build that ctest starts, with other locales.
if(PROJECT_IS_TOP_LEVEL AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER AND NOT DEFINED ENV{CMAKE_CXX_COMPILER_LAUNCHER})
  find_program(KERASLIKE_CCACHE ccache)
  mark_as_advanced(KERASLIKE_CCACHE)
  if(KERASLIKE_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
                                    CCACHE_SLOPPINESS=locale,pch_defines,time_macros CCACHE_PCH_EXTSUM=1
                                    ${KERASLIKE_CCACHE})
  endif()
endif()

set(KERASLIKE_SANITIZE "" CACHE STRING "Sanitizer option for everything that is built, as -fsanitize=address,undefined")
if(KERASLIKE_SANITIZE)
  add_compile_options(${KERASLIKE_SANITIZE} -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g1)
  add_link_options(${KERASLIKE_SANITIZE})
endif()
