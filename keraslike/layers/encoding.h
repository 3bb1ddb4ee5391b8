#pragma once

// For sources.

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "keraslike/utils/dtype_policy.h"
#include "keraslike/utils/shape.h"

// How layers that make categories of their inputs give these: as they are ("int"), or as vectors with a place for each.
namespace keraslike::layers {

// Throws ValueError unless `value` is one of `known`.
void check_choice(const std::string& argument, const std::string& value, const std::vector<std::string>& known,
                  const std::string& caller);

// Throws ValueError for `sparse`, which Keras' TensorFlow and JAX backends alone have.
void refuse_sparse(bool sparse, const std::string& output_mode, const std::string& caller);

// Throws ValueError unless a layer that gives integers has a dtype of them, and another one of floats.
void check_encoding_dtype(const DTypePolicy& policy, const std::string& output_mode, const std::string& caller);

// float32: "one_hot" gives each category a vector of `depth` values (a last axis of size 1 makes room for it);
// "multi_hot" marks, and "count" counts or adds up `weights`, the categories along `sample_axis`, which the vector
// takes the place of at the end. Categories outside [0, depth) leave no trace.
at::Tensor encoded(const at::Tensor& categories, const std::string& output_mode, int64_t depth,
                   int64_t sample_axis = -1, const at::Tensor& weights = {});

// The shape of that; of the categories themselves for "int".
Shape encoded_shape(const Shape& categories, const std::string& output_mode, int64_t depth, int64_t sample_axis = -1);

}  // namespace keraslike::layers
