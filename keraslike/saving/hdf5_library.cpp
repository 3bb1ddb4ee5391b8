#include "keraslike/saving/hdf5_library.h"

#include <atomic>
#include <cstdint>

#include <fmt/format.h>

namespace keraslike::saving {

namespace {

std::recursive_mutex& library_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

Hdf5Handle copy_of(hid_t type) { return {H5Tcopy(type), H5Tclose}; }

// The library knows no IEEE half before 1.14.4. Sign at bit 15, exponent from 10, fraction from 0.
Hdf5Handle half_type(hid_t single) {
  Hdf5Handle type = copy_of(single);
  H5Tset_fields(type, 15, 10, 5, 0, 10);
  H5Tset_size(type, 2);
  H5Tset_ebias(type, 15);
  return type;
}

Hdf5Handle bool_type(hid_t base) {
  Hdf5Handle type(H5Tenum_create(base), H5Tclose);
  int8_t value = 0;
  H5Tenum_insert(type, "FALSE", &value);
  value = 1;
  H5Tenum_insert(type, "TRUE", &value);
  return type;
}

Hdf5Handle opaque_type() {
  Hdf5Handle type(H5Tcreate(H5T_OPAQUE, 2), H5Tclose);
  H5Tset_tag(type, "");
  return type;
}

herr_t keep_description(unsigned, const H5E_error2_t* error, void* target) {
  if (error->desc != nullptr) *static_cast<std::string*>(target) = error->desc;
  return 1;  // the first is the innermost
}

}  // namespace

Hdf5Session::Hdf5Session() : lock_(library_mutex()) {
  H5Eget_auto2(H5E_DEFAULT, &print_, &print_data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Hdf5Session::~Hdf5Session() { H5Eset_auto2(H5E_DEFAULT, print_, print_data_); }

std::string hdf5_reason() {
  std::string reason = "no reason is known";
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_description, &reason);
  return reason;
}

Hdf5Handle hdf5_type(DType dtype) {
  switch (dtype) {
    case DType::Bool: return bool_type(H5T_STD_I8LE);
    case DType::UInt8: return copy_of(H5T_STD_U8LE);
    case DType::Int8: return copy_of(H5T_STD_I8LE);
    case DType::Int16: return copy_of(H5T_STD_I16LE);
    case DType::Int32: return copy_of(H5T_STD_I32LE);
    case DType::Int64: return copy_of(H5T_STD_I64LE);
    case DType::Float16: return half_type(H5T_IEEE_F32LE);
    case DType::BFloat16: return opaque_type();
    case DType::Float32: return copy_of(H5T_IEEE_F32LE);
    case DType::Float64: return copy_of(H5T_IEEE_F64LE);
  }
  return {};
}

Hdf5Handle hdf5_memory_type(DType dtype) {
  switch (dtype) {
    case DType::Bool: return bool_type(H5T_NATIVE_INT8);
    case DType::UInt8: return copy_of(H5T_NATIVE_UINT8);
    case DType::Int8: return copy_of(H5T_NATIVE_INT8);
    case DType::Int16: return copy_of(H5T_NATIVE_INT16);
    case DType::Int32: return copy_of(H5T_NATIVE_INT32);
    case DType::Int64: return copy_of(H5T_NATIVE_INT64);
    case DType::Float16: return half_type(H5T_NATIVE_FLOAT);
    case DType::BFloat16: return opaque_type();
    case DType::Float32: return copy_of(H5T_NATIVE_FLOAT);
    case DType::Float64: return copy_of(H5T_NATIVE_DOUBLE);
  }
  return {};
}

std::string unique_hdf5_name() {
  static std::atomic<uint64_t> count = 0;
  return fmt::format("/dev/null/keraslike-{}.h5", count++);  // nothing can stand there
}

}  // namespace keraslike::saving
