# Finds LibTorch as one place: headers, libtorch, libtorch_cpu and libc10 of the same prefix.
#
# LibTorch's own TorchConfig.cmake looks for libc10 along the system's paths first. With Debian's package installed and
# CMAKE_PREFIX_PATH naming another LibTorch it links one libtorch with the other's libc10, and the program aborts at
# start. Here everything follows from where the headers are.
#
# Where to look: LibTorch_ROOT, Torch_ROOT or Torch_DIR, then CMAKE_PREFIX_PATH (a LibTorch folder, a wheel's `torch` folder or
# its `share/cmake`), then the system. Gives the target LibTorch::LibTorch and LibTorch_VERSION, LibTorch_PREFIX,
# LibTorch_INCLUDE_DIRS, LibTorch_LIBRARY_DIR.

set(_libtorch_header torch/csrc/api/include/torch/version.h)

if(LibTorch_ROOT OR Torch_ROOT OR Torch_DIR)
  find_path(LibTorch_INCLUDE_DIR ${_libtorch_header}
            PATHS ${LibTorch_ROOT} ${Torch_ROOT} ${Torch_DIR}
            PATH_SUFFIXES include ../../../include ../../../../include NO_DEFAULT_PATH)
endif()
find_path(LibTorch_INCLUDE_DIR ${_libtorch_header} PATH_SUFFIXES include ../../include)

if(LibTorch_INCLUDE_DIR)
  get_filename_component(LibTorch_INCLUDE_DIR "${LibTorch_INCLUDE_DIR}" ABSOLUTE)
  set(LibTorch_INCLUDE_DIRS "${LibTorch_INCLUDE_DIR}" "${LibTorch_INCLUDE_DIR}/torch/csrc/api/include")
  get_filename_component(LibTorch_PREFIX "${LibTorch_INCLUDE_DIR}" DIRECTORY)

  # 2.x moved the numbers to torch/headeronly/version.h.
  foreach(_libtorch_file IN ITEMS "${LibTorch_INCLUDE_DIR}/torch/headeronly/version.h"
                                  "${LibTorch_INCLUDE_DIR}/${_libtorch_header}")
    if(EXISTS "${_libtorch_file}" AND NOT LibTorch_VERSION)
      file(STRINGS "${_libtorch_file}" _libtorch_lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
      string(REGEX MATCHALL "[0-9]+" _libtorch_numbers "${_libtorch_lines}")
      list(JOIN _libtorch_numbers "." LibTorch_VERSION)
    endif()
  endforeach()

  unset(LibTorch_LIBRARY_DIR)
  foreach(_libtorch_dir IN ITEMS lib lib64 "lib/${CMAKE_LIBRARY_ARCHITECTURE}")
    if(NOT LibTorch_LIBRARY_DIR AND EXISTS "${LibTorch_PREFIX}/${_libtorch_dir}/libtorch_cpu.so"
       AND EXISTS "${LibTorch_PREFIX}/${_libtorch_dir}/libtorch.so"
       AND EXISTS "${LibTorch_PREFIX}/${_libtorch_dir}/libc10.so")
      set(LibTorch_LIBRARY_DIR "${LibTorch_PREFIX}/${_libtorch_dir}")
    endif()
  endforeach()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch REQUIRED_VARS LibTorch_LIBRARY_DIR LibTorch_INCLUDE_DIR
                                  VERSION_VAR LibTorch_VERSION)
mark_as_advanced(LibTorch_INCLUDE_DIR)

if(LibTorch_FOUND)
  # Before 2.6 the wheels spoke libstdc++'s old string ABI: nothing that passes a std::string would link.
  file(STRINGS "${LibTorch_LIBRARY_DIR}/libc10.so" _libtorch_symbols REGEX "torchCheckFail.*__cxx11" LIMIT_COUNT 1)
  if(_libtorch_symbols)
    set(LibTorch_CXX11_ABI TRUE)
  else()
    set(LibTorch_CXX11_ABI FALSE)
  endif()
endif()

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
  add_library(LibTorch::LibTorch INTERFACE IMPORTED)
  set_target_properties(LibTorch::LibTorch PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${LibTorch_INCLUDE_DIRS}"
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${LibTorch_INCLUDE_DIRS}")
  # libtorch.so holds nothing itself but brings the CUDA half where there is one: it must stay linked.
  if(EXISTS "${LibTorch_LIBRARY_DIR}/libtorch_cuda.so")
    set_target_properties(LibTorch::LibTorch PROPERTIES INTERFACE_LINK_OPTIONS "LINKER:--no-as-needed")
  endif()
  foreach(_libtorch_name IN ITEMS torch torch_cpu c10)
    add_library(LibTorch::${_libtorch_name} SHARED IMPORTED)
    set_target_properties(LibTorch::${_libtorch_name} PROPERTIES
      IMPORTED_LOCATION "${LibTorch_LIBRARY_DIR}/lib${_libtorch_name}.so")
    set_property(TARGET LibTorch::LibTorch APPEND PROPERTY INTERFACE_LINK_LIBRARIES LibTorch::${_libtorch_name})
  endforeach()
endif()
