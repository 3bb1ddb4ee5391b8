#include "keraslike/layers/lookup_arguments.h"

#include <type_traits>

#include "keraslike/layers/encoding.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

template <class Token>
void check_counts(const LookupArguments<Token>& arguments) {
  if (arguments.max_tokens && *arguments.max_tokens <= 1) {
    throw ValueError("If set, `max_tokens` must be greater than 1. Received: max_tokens={}", *arguments.max_tokens);
  }
  if (arguments.pad_to_max_tokens && !arguments.max_tokens) {
    throw ValueError("If pad_to_max_tokens is True, must set `max_tokens`. Received: max_tokens=None");
  }
  if (arguments.num_oov_indices >= 0) return;
  throw ValueError("`num_oov_indices` must be greater than or equal to 0. Received: num_oov_indices={}",
                   arguments.num_oov_indices);
}

template <class Token>
void check_hash(const LookupArguments<Token>& arguments, const std::string& class_name) {
  const std::string& method = arguments.oov_method;
  check_choice("oov_method", method, {"floormod", "farmhash"}, class_name);
  if (std::is_integral_v<Token> && arguments.salt.keys && method != "farmhash") {
    throw ValueError("`salt` can only be used when `oov_method='farmhash'`. Received: oov_method={}", method);
  }
}

template <class Token>
void check_output(const LookupArguments<Token>& arguments, const std::string& class_name) {
  const std::string& mode = arguments.output_mode;
  check_choice("output_mode", mode, {"int", "one_hot", "multi_hot", "count", "tf_idf"}, class_name);
  if (arguments.invert && mode != "int") {
    throw ValueError("`output_mode` must be `'int'` when `invert` is true. Received: output_mode={}", mode);
  }
  refuse_sparse(arguments.sparse, mode, class_name);
  if (arguments.idf_weights && mode != "tf_idf") {
    throw ValueError("`idf_weights` should only be set if `output_mode` is `'tf_idf'`. Received: {} weights and "
                     "output_mode={}", arguments.idf_weights->size(), mode);
  }
}

}  // namespace

template <class Token>
void settle_arguments(LookupArguments<Token>& arguments, const std::string& class_name) {
  if (arguments.output_mode == "binary") arguments.output_mode = "multi_hot";
  if (arguments.output_mode == "tf-idf") arguments.output_mode = "tf_idf";
  check_counts(arguments);
  check_hash(arguments, class_name);
  check_output(arguments, class_name);
}

template void settle_arguments(LookupArguments<int64_t>& arguments, const std::string& class_name);
template void settle_arguments(LookupArguments<std::string>& arguments, const std::string& class_name);

}  // namespace keraslike::layers
