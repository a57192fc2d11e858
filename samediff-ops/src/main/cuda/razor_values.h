// Back Razor, the kept values: fp32 numbers to the slots of RazorLayout and back, as fp32, fp16, bf16 or int8.
#pragma once
#include "value.h"
#include "razor/shorts.h"

namespace razor {

const int FULL = 0, FP16 = 1, BF16 = 2, INT8 = 3;  // the ordinals of RazorValues
const int LARGEST_HALF = 0x477FE000;               // 65,504

// int8 values that share a range: RazorLayout.group.
RL_DEVICE addr group_of(addr m, addr room) { return room == m ? 64 : 512; }

// Marks a finite number beyond fp16's largest; beyond: or null.
RL_DEVICE void mark(word* beyond, int format, float v) {
    const int magnitude = __float_as_int(v) & 0x7FFFFFFF;
    if (beyond && format == FP16 && magnitude > LARGEST_HALF && magnitude < INFINITE) atomicMax(beyond, (word) 1);
}

// The number at place i of all slots; not for int8.
RL_DEVICE void put_number(byte* values, int format, addr i, float v) {
    if (format == FULL) ((float*) values)[i] = v;
    else ((unsigned short*) values)[i] = (unsigned short) (format == FP16 ? half_of(v) : brain_of(v));
}
// The number at a place of the slot of a sample.
RL_DEVICE float get_number(const byte* values, const float* ranges, int format, addr m, addr room, addr s, addr place) {
    addr i = s * room + place;
    if (format == FULL) return ((const float*) values)[i];
    if (format == INT8) {
        const addr group = group_of(m, room);
        const float* range = ranges + 2 * (s * ((room + group - 1) / group) + place / group);
        return range[0] + (float) (((const signed char*) values)[i] + 128) * range[1];
    }
    int bits = ((const unsigned short*) values)[i];
    return format == FP16 ? of_half(bits) : of_brain(bits);
}

// A block makes a group of int8 values of a slot of which the first totals[s] numbers count, all without totals; every step rounds to fp32.
RL_KERNEL(razor_levels, const float* numbers, const unsigned* totals, signed char* values, float* ranges, addr m, addr room, addr groups) {
    RL_SHARED unsigned shared[WARP];
    const addr s = blockIdx.x / groups, group = group_of(m, room), from = blockIdx.x % groups * group;
    const addr size = room - from < group ? room - from : group;
    addr used = (totals ? (addr) totals[s] : room) - from;
    used = used < 0 ? 0 : used < size ? used : size;
    numbers += s * room + from;
    values += s * room + from;
    unsigned high = 0, low = 0, most = 0;  // the largest order, the largest of what is left to the highest order, the largest magnitude
    for (int i = threadIdx.x; i < used; i += blockDim.x) {
        int bits = __float_as_int(numbers[i]);
        unsigned order = (unsigned) (bits ^ (bits >> 31 & 0x7FFFFFFF)) ^ 0x80000000u, size = bits & 0x7FFFFFFF;  // -0 before 0
        high = order > high ? order : high;
        low = ~order > low ? ~order : low;
        most = size > most ? size : most;
    }
    high = block_max(high, shared);
    low = ~block_max(low, shared);
    most = block_max(most, shared);
    float min = 0, max = 0;
    if (used > 0) {
        int least = (int) (low ^ 0x80000000u), greatest = (int) (high ^ 0x80000000u);
        min = __int_as_float(least ^ (least >> 31 & 0x7FFFFFFF));
        max = __int_as_float(greatest ^ (greatest >> 31 & 0x7FFFFFFF));
    }
    const bool broken = most >= (unsigned) INFINITE;
    const float none = __int_as_float(NOT_A_NUMBER), step = broken ? none : (max - min) / 255.0f;
    if (threadIdx.x == 0) {
        ranges[2 * (addr) blockIdx.x] = broken ? none : min;
        ranges[2 * (addr) blockIdx.x + 1] = step;
    }
    for (int i = threadIdx.x; i < size; i += blockDim.x) {
        int code = 0;
        if (i < used && !broken) {
            float level = step == 0.0f ? 0.0f : (numbers[i] - min) / step;
            if (level != level) level = 0.0f;  // an infinite step
            code = (int) rintf(level < 255.0f ? level : 255.0f) - 128;
        }
        values[i] = (signed char) code;
    }
}

}  // namespace razor
