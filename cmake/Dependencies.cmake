# Finds everything before it complains, so that one line installs all that is missing.
set(_missing_packages)
set(_missing_names)

macro(keraslike_find package version debian_package)
  find_package(${package} QUIET ${ARGN})
  if(NOT ${package}_FOUND)
    string(STRIP "${package} ${version}" _missing_name)
    list(APPEND _missing_names "${_missing_name}")
    list(APPEND _missing_packages ${debian_package})
  elseif(NOT "${version}" STREQUAL "" AND "${${package}_VERSION}" VERSION_LESS "${version}")
    list(APPEND _missing_names "${package} ${version} or newer (found ${${package}_VERSION})")
    list(APPEND _missing_packages ${debian_package})
  endif()
endmacro()

# A project around this one sees the targets that our interface names.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL TRUE)

keraslike_find(LibTorch 1.13 libtorch-dev)
keraslike_find(fmt 8 libfmt-dev)
keraslike_find(range-v3 0.11 librange-v3-dev)
keraslike_find(nlohmann_json 3.10 nlohmann-json3-dev)
keraslike_find(ZLIB "" zlib1g-dev)
keraslike_find(LibZip 1.7 libzip-dev)
keraslike_find(LibHDF5 1.10 libhdf5-dev)
keraslike_find(LibFarmHash "" libfarmhash-dev)
keraslike_find(LibHighwayHash "" libhighwayhash-dev)
keraslike_find(Threads "" libc6-dev)
if(KERASLIKE_BUILD_PROGRAM)
  keraslike_find(CLI11 2.1 libcli11-dev)
endif()
if(KERASLIKE_BUILD_TESTS)
  keraslike_find(Catch2 2.13 catch2)
  keraslike_find(rapidcheck "" librapidcheck-dev)
endif()

if(_missing_names)
  list(JOIN _missing_names ", " _missing_names)
  list(JOIN _missing_packages " " _missing_packages)
  # CMake leaves indented lines in one piece.
  message(FATAL_ERROR "keraslike needs ${_missing_names}. On Debian or Ubuntu:\n"
                      "  sudo apt-get install -y ${_missing_packages}\n")
endif()

if(NOT LibTorch_CXX11_ABI)
  message(FATAL_ERROR "The LibTorch in ${LibTorch_PREFIX} was built with libstdc++'s old string ABI. "
                      "Take the \"cxx11 ABI\" build, a wheel of 2.6 or newer, or Debian's libtorch-dev.")
endif()
message(STATUS "LibTorch ${LibTorch_VERSION} in ${LibTorch_LIBRARY_DIR}")
include(CheckBlas)

# In C++20 Clang reads a std::vector<c10::IValue> in LibTorch 1's headers before it has seen what an IValue is.
set(KERASLIKE_READ_FIRST)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND LibTorch_VERSION VERSION_LESS 2)
  set(KERASLIKE_READ_FIRST "SHELL:-include ATen/core/ivalue.h")
endif()
