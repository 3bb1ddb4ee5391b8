# Finds HighwayHash, for its SipHash; it has no CMake file of its own.
# Gives the target LibHighwayHash::LibHighwayHash.

find_path(LibHighwayHash_INCLUDE_DIR highwayhash/c_bindings.h)
find_library(LibHighwayHash_LIBRARY highwayhash)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibHighwayHash REQUIRED_VARS LibHighwayHash_LIBRARY LibHighwayHash_INCLUDE_DIR)
mark_as_advanced(LibHighwayHash_INCLUDE_DIR LibHighwayHash_LIBRARY)

if(LibHighwayHash_FOUND AND NOT TARGET LibHighwayHash::LibHighwayHash)
  add_library(LibHighwayHash::LibHighwayHash UNKNOWN IMPORTED)
  set_target_properties(LibHighwayHash::LibHighwayHash PROPERTIES
    IMPORTED_LOCATION "${LibHighwayHash_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${LibHighwayHash_INCLUDE_DIR}")
endif()
