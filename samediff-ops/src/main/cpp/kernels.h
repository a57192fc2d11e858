// Every kernel for one instruction set, in namespace revlayers::RL_NS with vectors of RL_WIDTH floats. Included once per instruction set, by
// revlayers.h. Each header below includes what it needs, so their order does not matter; their guards hold for one instruction set.
#include "activation/activation.h"
#include "activation/dropout.h"
#include "attention/attention.h"
#include "channel/channel.h"
#include "linear/linear.h"
#include "norm/norm.h"
#include "razor/fill.h"
#include "razor/product.h"
#include "razor/razor.h"
#include "stream/stream.h"

#undef RL_ACTIVATION_H
#undef RL_ATTENTION_H
#undef RL_BITS_H
#undef RL_CHANNEL_H
#undef RL_CURVES_H
#undef RL_DOUBLES_H
#undef RL_DROPOUT_H
#undef RL_EXP_H
#undef RL_FILL_H
#undef RL_LANES_H
#undef RL_LINEAR_H
#undef RL_MIX_H
#undef RL_NORM_H
#undef RL_PRODUCT_H
#undef RL_RAZOR_H
#undef RL_ROWS_H
#undef RL_SELECT_H
#undef RL_SHORTS_H
#undef RL_SIMD_H
#undef RL_SOFTMAX_H
#undef RL_STREAM_H
#undef RL_VALUES_H
#undef RL_MM
#undef RL_LANES
#undef RL_INLINE
