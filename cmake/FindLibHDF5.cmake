# Finds HDF5's C library: CMake's own FindHDF5 fails in a project without the language C, such as a user's.
# Gives the target LibHDF5::LibHDF5 and LibHDF5_VERSION.

# Debian has one folder for each way the library was built.
find_path(LibHDF5_INCLUDE_DIR hdf5.h PATH_SUFFIXES hdf5/serial)
find_library(LibHDF5_LIBRARY NAMES hdf5_serial hdf5 PATH_SUFFIXES hdf5/serial)
if(LibHDF5_INCLUDE_DIR)
  file(STRINGS "${LibHDF5_INCLUDE_DIR}/H5public.h" LibHDF5_VERSION REGEX "define H5_VERS_INFO ")
  string(REGEX MATCH "[0-9]+\\.[0-9.]+" LibHDF5_VERSION "${LibHDF5_VERSION}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibHDF5 REQUIRED_VARS LibHDF5_LIBRARY LibHDF5_INCLUDE_DIR
                                  VERSION_VAR LibHDF5_VERSION)
mark_as_advanced(LibHDF5_INCLUDE_DIR LibHDF5_LIBRARY)

if(LibHDF5_FOUND AND NOT TARGET LibHDF5::LibHDF5)
  add_library(LibHDF5::LibHDF5 UNKNOWN IMPORTED)
  set_target_properties(LibHDF5::LibHDF5 PROPERTIES
    IMPORTED_LOCATION "${LibHDF5_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${LibHDF5_INCLUDE_DIR}")
endif()
