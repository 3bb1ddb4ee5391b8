# Finds FarmHash, which has no CMake file of its own. Gives the target LibFarmHash::LibFarmHash.

find_path(LibFarmHash_INCLUDE_DIR farmhash.h)
find_library(LibFarmHash_LIBRARY farmhash)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibFarmHash REQUIRED_VARS LibFarmHash_LIBRARY LibFarmHash_INCLUDE_DIR)
mark_as_advanced(LibFarmHash_INCLUDE_DIR LibFarmHash_LIBRARY)

if(LibFarmHash_FOUND AND NOT TARGET LibFarmHash::LibFarmHash)
  add_library(LibFarmHash::LibFarmHash UNKNOWN IMPORTED)
  set_target_properties(LibFarmHash::LibFarmHash PROPERTIES
    IMPORTED_LOCATION "${LibFarmHash_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${LibFarmHash_INCLUDE_DIR}")
endif()
