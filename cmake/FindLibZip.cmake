# Finds libzip: its own CMake file fails on Debian unless the command line tools are installed as well.
# Gives the target LibZip::LibZip and LibZip_VERSION.

find_path(LibZip_INCLUDE_DIR zip.h)
find_path(LibZip_CONFIG_DIR zipconf.h HINTS ${LibZip_INCLUDE_DIR})
find_library(LibZip_LIBRARY zip)
if(LibZip_CONFIG_DIR)
  file(STRINGS "${LibZip_CONFIG_DIR}/zipconf.h" LibZip_VERSION REGEX "define LIBZIP_VERSION ")
  string(REGEX MATCH "[0-9]+\\.[0-9.]+" LibZip_VERSION "${LibZip_VERSION}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibZip REQUIRED_VARS LibZip_LIBRARY LibZip_INCLUDE_DIR LibZip_CONFIG_DIR
                                  VERSION_VAR LibZip_VERSION)
mark_as_advanced(LibZip_INCLUDE_DIR LibZip_CONFIG_DIR LibZip_LIBRARY)

if(LibZip_FOUND AND NOT TARGET LibZip::LibZip)
  add_library(LibZip::LibZip UNKNOWN IMPORTED)
  set_target_properties(LibZip::LibZip PROPERTIES
    IMPORTED_LOCATION "${LibZip_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${LibZip_INCLUDE_DIR};${LibZip_CONFIG_DIR}")
endif()
