// Back Razor, the threshold: the k-th smallest magnitude of a sample, exact, by the bits of the numbers without their sign, which order
// alike. A few thousand of them tell within which bracket it must lie; one pass counts what is below and collects the few that are inside;
// their digits give the threshold. Should it lie elsewhere, or too many inside, two passes count the digits of the whole sample.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_SELECT_H
#define RL_SELECT_H
#include "razor/lanes.h"
#include "shared/mix.h"

namespace revlayers {
namespace RL_NS {

const addr GUESS = 4096, RUN = 4;  // magnitudes that the bracket is taken from, and neighbours among them

struct Piece {  // what one thread does of a sample
    addr begin, end;       // elements of x
    addr less, low, high;  // how many magnitudes are below the bracket, and at its ends
    addr inside, room;     // how many are strictly within, -1: too many, and how many there is room for
    int* found;            // these
    uint32_t* digits;      // or a histogram
    addr more, ties;       // how many are above the threshold, and at it
};

struct Search {
    const float* x;
    addr k;
    int pieces;
    Piece* piece;
    int low, high, threshold;
};

// Calls work(i) for every piece of a sample.
template <class Work>
static inline void each_piece(int pieces, Work work) {
    #pragma omp parallel for schedule(static) num_threads(pieces) if (pieces > 1)
    for (int i = 0; i < pieces; i++) work(i);
}

// The rank-th smallest of the keys that each(f) passes to f: 11 + 10 + 10 bits from the highest.
template <class Each>
static inline int select(addr rank, Each each) {
    uint32_t counts[2048], prefix = 0;
    for (int shift = 20;; shift -= 10) {
        memset(counts, 0, sizeof counts);
        if (shift == 20) each([&](uint32_t key) { counts[key >> 20]++; });
        else each([&](uint32_t key) { if (key >> (shift + 10) == prefix) counts[key >> shift & 1023]++; });
        uint32_t digit = 0;
        while (rank > counts[digit]) rank -= counts[digit++];
        prefix = shift == 20 ? digit : prefix << 10 | digit;
        if (shift == 0) return (int) prefix;
    }
}

// A bracket that holds the k-th smallest of m, but for a strange sample: RUN neighbours from a random place of each of many stretches.
static inline void guess(const float* x, addr m, addr k, int* low, int* high) {
    *low = 0;
    *high = 0x7FFFFFFF;
    if (m <= GUESS) return;
    int keys[GUESS];
    const addr stretch = m / (GUESS / RUN);
    for (addr i = 0; i < GUESS / RUN; i++) {
        addr at = i * stretch + (addr) (mixed((uint64_t) i) % (uint64_t) (stretch - RUN + 1));
        for (addr j = 0; j < RUN; j++) keys[i * RUN + j] = magnitude(x + at + j);
    }
    auto each = [&](auto f) { for (int key : keys) f((uint32_t) key); };
    const double q = (double) k / m, rank = q * GUESS, margin = 5 * sqrt(GUESS * q * (1 - q)) + 4;
    if (rank - margin >= 1) *low = select((addr) (rank - margin), each);
    if (rank + margin + 1 <= GUESS) *high = select((addr) (rank + margin + 1), each);
}

static inline void scan(const float* x, int low, int high, Piece& p) {
    addr i = p.begin, inside = 0, least = 0, over_low = 0, over_high = 0, up_to_high = 0;
    for (; i < p.end; i += BLOCK) {
        const addr n = p.end - i < BLOCK ? p.end - i : BLOCK;
        if (inside + n + W > p.room) {
            p.inside = -1;
            return;
        }
        addr j = 0;
        for (; j + W <= n; j += W) {
            vf v = load(x + i + j);
            vi key = magnitudes(v);
            uint32_t over = above(key, low), top = above(key, high - 1);
            least += ones(above(key, low - 1));
            over_low += ones(over);
            up_to_high += ones(top);
            over_high += ones(above(key, high));
            inside += squeeze((float*) p.found + inside, (vf) key, over & ~top);
        }
        for (; j < n; j++) {
            int key = magnitude(x + i + j);
            least += key >= low;
            over_low += key > low;
            up_to_high += key >= high;
            over_high += key > high;
            p.found[inside] = key;
            inside += key > low && key < high;
        }
    }
    p.less = p.end - p.begin - least;
    p.low = least - over_low;
    p.high = up_to_high - over_high;
    p.inside = inside;
}

// From the bracket's counts; false if the threshold is elsewhere.
static inline bool settle(Search& s) {
    addr less = 0, low = 0, high = 0, inside = 0;
    for (int i = 0; i < s.pieces; i++) {
        const Piece& p = s.piece[i];
        if (p.inside < 0) return false;
        less += p.less;
        low += p.low;
        high += p.high;
        inside += p.inside;
    }
    if (s.k <= less || s.k > less + low + inside + (s.high > s.low ? high : 0)) return false;
    addr rank = s.k - less - low;
    if (rank <= 0) s.threshold = s.low;
    else if (rank > inside) s.threshold = s.high;
    else {
        s.threshold = select(rank, [&](auto f) {
            for (int i = 0; i < s.pieces; i++) {
                for (addr j = 0; j < s.piece[i].inside; j++) f((uint32_t) s.piece[i].found[j]);
            }
        });
    }
    return true;
}

static inline void place(const Search& s, Piece& p) {
    const int t = s.threshold;
    addr more = 0, ties = 0;
    for (addr j = 0; j < p.inside; j++) {
        more += p.found[j] > t;
        ties += p.found[j] == t;
    }
    const addr beyond = p.end - p.begin - p.less - p.low - p.inside - (s.high > s.low ? p.high : 0);
    if (t == s.low) ties = p.low;
    else if (t == s.high) ties = p.high;
    p.ties = ties;
    p.more = t == s.high ? beyond : more + beyond + (s.high > s.low ? p.high : 0);
}

// Histograms of the upper 15 bits, then of the lower 16 of those that share the upper ones. Two counters per digit, so that equal numbers in
// a row do not wait for each other, and one step for W equal digits.
const addr DIGITS = 1 << 16;
static inline void digits(const float* x, int prefix, Piece& p) {
    memset(p.digits, 0, 2 * DIGITS * sizeof(uint32_t));
    addr i = p.begin;
    for (; i + W <= p.end; i += W) {
        vi key = magnitudes(load(x + i)), digit = prefix < 0 ? key >> 16 : key & 0xFFFF;
        uint32_t in = prefix < 0 ? (1u << W) - 1 : above(-((key >> 16) == prefix), 0);
        if (!in) continue;
        if (in == (1u << W) - 1 && !above(digit ^ digit[0], 0)) {
            p.digits[2 * digit[0]] += W;
            continue;
        }
        int each[W];
        memcpy(each, &digit, sizeof each);
        if (in == (1u << W) - 1) {
            for (int lane = 0; lane < W; lane++) p.digits[2 * each[lane] + (lane & 1)]++;
        } else {
            for (; in; in &= in - 1) p.digits[2 * each[__builtin_ctz(in)]]++;
        }
    }
    for (; i < p.end; i++) {
        int key = magnitude(x + i);
        if (prefix < 0 || key >> 16 == prefix) p.digits[2 * (prefix < 0 ? key >> 16 : key & 0xFFFF)]++;
    }
}
static inline int digit_of(Search& s, addr* rank) {
    for (addr d = 0; d < DIGITS; d++) {
        addr here = 0;
        for (int i = 0; i < s.pieces; i++) here += (addr) s.piece[i].digits[2 * d] + s.piece[i].digits[2 * d + 1];
        if (*rank <= here) {
            for (int i = 0; i < s.pieces; i++) {
                Piece& p = s.piece[i];
                p.ties = (addr) p.digits[2 * d] + p.digits[2 * d + 1];
                for (addr above = d + 1; above < DIGITS; above++) p.more += (addr) p.digits[2 * above] + p.digits[2 * above + 1];
            }
            return (int) d;
        }
        *rank -= here;
    }
    return 0;
}

// Finds the threshold and how the pieces share what is above it; nothing where there is no memory.
static void find_threshold(Search& s, addr m, Scratch& scratch) {
    guess(s.x + s.piece[0].begin, m, s.k, &s.low, &s.high);
    each_piece(s.pieces, [&](int i) {
        Piece& p = s.piece[i];
        p.room = (p.end - p.begin) / 8 + GUESS + BLOCK + W;
        p.found = scratch.take<int>(p.room);
        if (p.found) scan(s.x, s.low, s.high, p);
    });
    if (scratch.lacks()) s.threshold = 0;
    else if (settle(s)) each_piece(s.pieces, [&](int i) { place(s, s.piece[i]); });
    else {
        addr rank = s.k;
        for (int i = 0; i < s.pieces; i++) s.piece[i].digits = scratch.take<uint32_t>(2 * DIGITS);
        s.threshold = 0;
        for (int prefix = -1, round = 0; round < 2 && !scratch.lacks(); round++) {
            each_piece(s.pieces, [&](int i) { digits(s.x, prefix, s.piece[i]); });
            prefix = digit_of(s, &rank);
            s.threshold = s.threshold << 16 | prefix;
        }
        for (int i = 0; i < s.pieces; i++) free(s.piece[i].digits);
    }
    for (int i = 0; i < s.pieces; i++) free(s.piece[i].found);
}

}  // namespace RL_NS
}  // namespace revlayers
#endif
