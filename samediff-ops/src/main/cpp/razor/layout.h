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
    int* beyond = nullptr;  // becomes 1 if a finite number was beyond fp16's largest; or null

    // int8 values that share a range: RazorLayout.group.
    addr group() const { return room == per_sample ? 64 : 512; }
    addr groups() const { return (room + group() - 1) / group(); }
};

}  // namespace revlayers
