// Back Razor: thins an activation and stores it, and writes it back. Samples run side by side, each by one thread; those that are left over
// when the threads have had equally many are cut into pieces. What a piece keeps begins where those before it end, so that threads do not
// change the result. The contract is that of RazorKernels.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_RAZOR_H
#define RL_RAZOR_H
#include "razor/bits.h"
#include "razor/select.h"
#include "razor/values.h"

namespace revlayers {
namespace RL_NS {

// Calls work(sample, pieces) for all.
template <class Work>
static inline void each_sample(addr batch, addr m, Work work) {
    const int threads = batch * m > PARALLEL_FROM ? omp_get_max_threads() : 1;
    const addr whole = m > PARALLEL_FROM ? batch / threads * threads : batch;
    #pragma omp parallel for schedule(static) num_threads(threads) if (threads > 1 && whole > 1)
    for (addr s = 0; s < whole; s++) work(s, 1);
    for (addr s = whole; s < batch; s++) work(s, threads);
}

// Calls part(i, begin, end) for pieces of the elements of sample s that begin on a byte of the bitmap, but for the first.
static inline void cut(addr s, addr m, int pieces, Piece* piece) {
    const addr begin = s * m, end = begin + m, each = (m / pieces + 63) / 64 * 64;
    for (int i = 0; i < pieces; i++) {
        addr from = begin / 8 * 8 + i * each, to = from + each;
        piece[i] = {};
        piece[i].begin = i == 0 ? begin : from < end ? from : end;
        piece[i].end = i == pieces - 1 ? end : to < end ? to : end;
    }
}

// The first ones, as long as there are some left.
static inline uint32_t first_bits(uint32_t bits, addr* left) {
    if (*left == 0) return 0;
    int n = ones(bits);
    for (; n > *left; n--) bits &= ~(1u << (31 - __builtin_clz(bits)));
    *left -= n;
    return bits;
}

// Thins n <= BLOCK elements: their bits, and the kept numbers one after the other. How many.
static inline int thin(const float* x, addr n, int threshold, addr* ties, uint8_t* bits, float* kept) {
    int count = 0;
    for (addr i = 0; i < n; i += 2 * W) {  // two vectors: a whole byte also where W is 4
        uint32_t both = 0;
        for (int part = 0; part < 2 && i + part * W < n; part++) {
            addr at = i + part * W, m = n - at < W ? n - at : W;
            vf v = get(x + at, m);
            vi key = magnitudes(v);
            uint32_t keep = above(key, threshold), same = above(key, threshold - 1) & ~keep & ((1u << m) - 1);
            if (same) keep |= first_bits(same, ties);
            count += squeeze(kept + count, v, keep);
            both |= keep << part * W;
        }
        memcpy(bits + i / 8, &both, W / 4);
    }
    return count;
}
static inline void thicken(const float* kept, addr n, const uint8_t* bits, float* x) {
    each_vector(bits, n, [&](addr at, addr m, uint32_t keep) {
        put(x + at, spread_out(kept, keep), m);
        kept += ones(keep);
    });
}

// Of no pieces where there is no memory.
static Search search(const float* x, addr s, addr m, addr k, int pieces, Scratch& scratch) {
    Search found = {x, k, pieces, scratch.take<Piece>(pieces), 0, 0, 0};
    if (!found.piece) return found;
    cut(s, m, pieces, found.piece);
    find_threshold(found, m, scratch);
    if (scratch.lacks()) {
        free(found.piece);
        found.piece = nullptr;
    }
    return found;
}

// tau: or null. The largest number of elements of a sample that reach its threshold.
static addr razor_thresholds(const float* x, addr batch, addr m, addr k, float* tau) {
    addr most = 0;
    Scratch scratch;
    each_sample(batch, m, [&](addr s, int pieces) {
        Search found = search(x, s, m, k, pieces, scratch);
        if (!found.piece) return;
        addr count = 0;
        for (int i = 0; i < pieces; i++) count += found.piece[i].more + found.piece[i].ties;
        if (tau) memcpy(tau + s, &found.threshold, sizeof(float));
        #pragma omp critical(razor)
        most = count > most ? count : most;
        free(found.piece);
    });
    scratch.check();
    return most;
}

// One piece: `at` is its first place in the slot, `ties` how many elements at the threshold it may keep.
static void keep_piece(const Razor& r, addr s, const Search& found, const Piece& p, addr at, addr ties, float* numbers) {
    each_block(p.begin, p.end, [&](addr i, addr n, int skip) {
        uint8_t bits[BLOCK / 8 + 8];
        float kept[BLOCK + W];
        int count = thin(found.x + i, n, found.threshold, &ties, bits, kept);
        put_bits(r.bitmap, i, n, skip, bits);
        if (numbers) memcpy(numbers + at, kept, count * sizeof(float));
        else put_numbers(r, s, at, kept, count);
        at += count;
    });
}

// Without a bitmap every element is there, zeros too, one after the other: calls part(first, how many) for all, from all threads.
template <class Part>
static inline void each_of_all(const Razor& r, Part part) {
    const addr n = r.batch * r.per_sample, blocks = (n + BLOCK - 1) / BLOCK;
    #pragma omp parallel for schedule(static) if (n > PARALLEL_FROM)
    for (addr b = 0; b < blocks; b++) part(b * BLOCK, n - b * BLOCK < BLOCK ? n - b * BLOCK : (addr) BLOCK);
}

// The same for int8: calls part(sample, first in it, how many) for the groups of all samples.
template <class Part>
static inline void each_group_of_all(const Razor& r, Part part) {
    const addr m = r.per_sample, group = r.group(), groups = r.groups();
    #pragma omp parallel for schedule(static) if (r.batch * m > PARALLEL_FROM)
    for (addr g = 0; g < r.batch * groups; g++) {
        addr from = g % groups * group;
        part(g / groups, from, m - from < group ? m - from : group);
    }
}

// The largest number of values of a sample; those of a sample that has no room for them are left out. Its bits are inverted if finite numbers
// were beyond fp16's largest.
static addr razor_compress(addr batch, addr per_sample, addr rank, addr room, int format, bool all, const float* x, uint8_t* bitmap,
        uint8_t* values, float* ranges) {
    int beyond = 0;
    const Razor r = {batch, per_sample, rank, room, format, all, bitmap, values, ranges, format == 1 ? &beyond : nullptr};
    const addr m = r.per_sample, group = r.group(), groups = r.groups();
    if (!bitmap) {
        if (format == 3) {
            each_group_of_all(r, [&](addr s, addr from, addr n) {
                addr at = s * m + from;
                put_levels(x + at, n, n, (int8_t*) values + at, ranges + 2 * (s * groups + from / group));
            });
        } else each_of_all(r, [&](addr i, addr n) { put_numbers(r, 0, i, x + i, n); });
        return beyond ? ~m : m;
    }
    addr most = 0;
    Scratch scratch;
    clear_shared(r, r.bitmap);
    each_sample(r.batch, m, [&](addr s, int pieces) {
        Search found = search(x, s, m, r.rank, pieces, scratch);
        if (!found.piece) return;
        addr more = 0, count = 0;
        for (int i = 0; i < pieces; i++) more += found.piece[i].more;
        addr ties = r.all ? m : found.threshold && r.room > more ? r.room - more : 0;
        struct Start {
            addr at, ties;
        }* start = scratch.take<Start>(pieces);
        float* numbers = r.format == 3 ? scratch.take<float>(r.room) : nullptr;
        if (!start || (r.format == 3 && !numbers)) {
            free(numbers);
            free(start);
            free(found.piece);
            return;
        }
        for (int i = 0; i < pieces; i++) {
            const Piece& p = found.piece[i];
            addr own = p.ties < ties ? p.ties : ties;
            start[i] = {count, own};
            ties -= own;
            count += p.more + own;
        }
        if (count <= r.room) {
            each_piece(pieces, [&](int i) { keep_piece(r, s, found, found.piece[i], start[i].at, start[i].ties, numbers); });
            if (numbers) {
                each_piece(pieces, [&](int i) {
                    for (addr g = groups * i / pieces; g < groups * (i + 1) / pieces; g++) {
                        addr from = g * group, size = r.room - from < group ? r.room - from : group, used = count - from;
                        used = used < 0 ? 0 : used < size ? used : size;
                        put_levels(numbers + from, used, size, (int8_t*) r.values + s * r.room + from, r.ranges + 2 * (s * groups + g));
                    }
                });
            } else {
                addr width = r.format == 0 ? 4 : 2;
                memset(r.values + (s * r.room + count) * width, 0, (r.room - count) * width);
            }
        }
        free(numbers);
        #pragma omp critical(razor)
        most = count > most ? count : most;
        free(start);
        free(found.piece);
    });
    scratch.check();
    return beyond ? ~most : most;
}

static addr razor_decompress(addr batch, addr per_sample, addr room, int format, uint8_t* bitmap, uint8_t* values, float* ranges,
        float* x) {
    const Razor r = {batch, per_sample, 0, room, format, false, bitmap, values, ranges};
    if (!bitmap) {
        if (format == 3) each_group_of_all(r, [&](addr s, addr from, addr n) { get_numbers(r, s, from, x + s * per_sample + from, n); });
        else each_of_all(r, [&](addr i, addr n) { get_numbers(r, 0, i, x + i, n); });
        return per_sample;
    }
    addr most = 0;
    Scratch scratch;
    each_sample(r.batch, r.per_sample, [&](addr s, int pieces) {
        Piece* piece = scratch.take<Piece>(pieces);
        if (!piece) return;
        cut(s, r.per_sample, pieces, piece);
        each_piece(pieces, [&](int i) { piece[i].more = count_bits(r.bitmap, piece[i].begin, piece[i].end); });
        addr count = 0;
        for (int i = 0; i < pieces; i++) {
            piece[i].inside = count;
            count += piece[i].more;
        }
        if (count <= r.room) {
            each_piece(pieces, [&](int i) {
                addr at = piece[i].inside;
                each_block(piece[i].begin, piece[i].end, [&](addr i, addr n, int skip) {
                    uint8_t bits[BLOCK / 8 + 8] = {};
                    float kept[BLOCK + W];
                    bits_of(r.bitmap, i, n, skip, bits);
                    addr count = count_bits(bits, 0, n);
                    get_numbers(r, s, at, kept, count);
                    thicken(kept, n, bits, x + i);
                    at += count;
                });
            });
        }
        #pragma omp critical(razor)
        most = count > most ? count : most;
        free(piece);
    });
    scratch.check();
    return most;
}

}  // namespace RL_NS
}  // namespace revlayers
#endif
