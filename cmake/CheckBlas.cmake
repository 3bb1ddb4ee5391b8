# Debian's LibTorch multiplies matrices with whatever libblas.so.3 is: the reference one is 10 to 40 times slower.
# (The wheels bring their own.)
set(_blas "${LibTorch_LIBRARY_DIR}/libblas.so.3")
if(EXISTS "${_blas}")
  file(REAL_PATH "${_blas}" _blas)
  if(_blas MATCHES "/blas/libblas\\.so[^/]*$")
    message(WARNING "LibTorch would compute with the reference BLAS (${_blas}), 10 to 40 times slower than an optimised "
                    "one. On Debian or Ubuntu:\n  sudo apt-get install -y libopenblas0-pthread\n")
  endif()
endif()
