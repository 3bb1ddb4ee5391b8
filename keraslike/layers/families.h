#pragma once

// For sources.

#include "keraslike/layers/layer.h"

namespace keraslike::layers {

// One function per source, at its end, with a line per layer. A new source is declared here and called below.
void register_activation(Registry<LayerImpl>& layers);
void register_attention(Registry<LayerImpl>& layers);
void register_augmentation_policies(Registry<LayerImpl>& layers);
void register_batch_normalization(Registry<LayerImpl>& layers);
void register_bidirectional(Registry<LayerImpl>& layers);
void register_category_encoding(Registry<LayerImpl>& layers);
void register_conv_lstm(Registry<LayerImpl>& layers);
void register_convnext(Registry<LayerImpl>& layers);
void register_convolution(Registry<LayerImpl>& layers);
void register_convolution_transpose(Registry<LayerImpl>& layers);
void register_core(Registry<LayerImpl>& layers);
void register_depthwise_convolution(Registry<LayerImpl>& layers);
void register_discretization(Registry<LayerImpl>& layers);
void register_einsum_dense(Registry<LayerImpl>& layers);
void register_embedding(Registry<LayerImpl>& layers);
void register_global_pooling(Registry<LayerImpl>& layers);
void register_gru(Registry<LayerImpl>& layers);
void register_hashed_crossing(Registry<LayerImpl>& layers);
void register_hashing(Registry<LayerImpl>& layers);
void register_histograms(Registry<LayerImpl>& layers);
void register_image_mixing(Registry<LayerImpl>& layers);
void register_image_preprocessing(Registry<LayerImpl>& layers);
void register_inception_resnet(Registry<LayerImpl>& layers);
void register_input_layer(Registry<LayerImpl>& layers);
void register_integer_lookup(Registry<LayerImpl>& layers);
void register_lambda(Registry<LayerImpl>& layers);
void register_lstm(Registry<LayerImpl>& layers);
void register_merging(Registry<LayerImpl>& layers);
void register_multi_head_attention(Registry<LayerImpl>& layers);
void register_normalization(Registry<LayerImpl>& layers);
void register_padding(Registry<LayerImpl>& layers);
void register_pipeline(Registry<LayerImpl>& layers);
void register_pooling(Registry<LayerImpl>& layers);
void register_preprocessing(Registry<LayerImpl>& layers);
void register_random_affine(Registry<LayerImpl>& layers);
void register_random_color(Registry<LayerImpl>& layers);
void register_random_geometry(Registry<LayerImpl>& layers);
void register_regularization(Registry<LayerImpl>& layers);
void register_reshaping(Registry<LayerImpl>& layers);
void register_rnn(Registry<LayerImpl>& layers);
void register_simple_rnn(Registry<LayerImpl>& layers);
void register_spectral_normalization(Registry<LayerImpl>& layers);
void register_spectrograms(Registry<LayerImpl>& layers);
void register_stacked_rnn_cells(Registry<LayerImpl>& layers);
void register_string_lookup(Registry<LayerImpl>& layers);
void register_text_vectorization(Registry<LayerImpl>& layers);
void register_time_distributed(Registry<LayerImpl>& layers);
void register_torch_module(Registry<LayerImpl>& layers);
void register_up_sampling(Registry<LayerImpl>& layers);

inline void register_families(Registry<LayerImpl>& layers) {
  register_activation(layers);
  register_attention(layers);
  register_augmentation_policies(layers);
  register_batch_normalization(layers);
  register_bidirectional(layers);
  register_category_encoding(layers);
  register_conv_lstm(layers);
  register_convnext(layers);
  register_convolution(layers);
  register_convolution_transpose(layers);
  register_core(layers);
  register_depthwise_convolution(layers);
  register_discretization(layers);
  register_einsum_dense(layers);
  register_embedding(layers);
  register_global_pooling(layers);
  register_gru(layers);
  register_hashed_crossing(layers);
  register_hashing(layers);
  register_histograms(layers);
  register_image_mixing(layers);
  register_image_preprocessing(layers);
  register_inception_resnet(layers);
  register_input_layer(layers);
  register_integer_lookup(layers);
  register_lambda(layers);
  register_lstm(layers);
  register_merging(layers);
  register_multi_head_attention(layers);
  register_normalization(layers);
  register_padding(layers);
  register_pipeline(layers);
  register_pooling(layers);
  register_preprocessing(layers);
  register_random_affine(layers);
  register_random_color(layers);
  register_random_geometry(layers);
  register_regularization(layers);
  register_reshaping(layers);
  register_rnn(layers);
  register_simple_rnn(layers);
  register_spectral_normalization(layers);
  register_spectrograms(layers);
  register_stacked_rnn_cells(layers);
  register_string_lookup(layers);
  register_text_vectorization(layers);
  register_time_distributed(layers);
  register_torch_module(layers);
  register_up_sampling(layers);
}

}  // namespace keraslike::layers
