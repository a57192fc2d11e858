// The sizes and the arrays of a thinned activation. Included by the headers of the razor, whatever the instruction set.
#pragma once
#include "shared/machine.h"

namespace revlayers {

struct Razor {  // RazorLayout and what is stored by it; format: the ordinal of RazorValues, all: RazorTies.ALL
    addr batch, per_sample, rank, room;
    int format;
    bool all;
    uint8_t *bitmap, *values;
    float* ranges;
};

}  // namespace revlayers
