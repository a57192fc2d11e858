// CUDA's blocks and threads on one core: the threads of a block are fibers that take turns where they wait for each other, from the first to the last and
// back, so that what depends on who comes first goes wrong. For tests: slow, exact; a barrier that not all reach is an error that says so, and so is a warp
// that waits for a lane which has returned, and a block of more threads than its kernel has registers for.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>
#include "fiber.h"

namespace emulation {

struct Index {
    unsigned x = 0, y = 0, z = 0;
};
enum State { READY, AT_WARP, AT_BLOCK, DONE };

struct Fiber {
    Index thread;
    State state = READY;
    int exchanges = 0;  // how often it has handed a value to its warp
    Stack* stack = nullptr;
};

const int LANES = 32;

struct Exchange {
    uint64_t value[2][LANES];
};

struct Block {
    std::vector<Fiber> fibers;
    std::vector<Exchange> warps;
    Stack::Back scheduler;
    Fiber* current = nullptr;
    Index block, blocks, threads;
    std::function<void()> body;
};

inline Block*& now() {
    static thread_local Block* block = nullptr;
    return block;
}

inline void wait(State where) {
    Block* b = now();
    b->current->state = where;
    b->current->stack->leave(b->scheduler);
}

inline void run_fiber() {
    Block* b = now();
    b->body();
    b->current->state = DONE;
    b->current->stack->leave(b->scheduler);
}

// Lets those go on who have all arrived; whether any could.
inline bool release(Block& b) {
    bool any = false;
    size_t n = b.fibers.size(), at_block = 0, done = 0;
    for (size_t w = 0; w < n; w += LANES) {
        size_t end = w + LANES < n ? w + LANES : n, waiting = 0, ended = 0;
        for (size_t i = w; i < end; i++) {
            waiting += b.fibers[i].state == AT_WARP;
            ended += b.fibers[i].state == DONE;
            at_block += b.fibers[i].state == AT_BLOCK;
            done += b.fibers[i].state == DONE;
        }
        if (waiting > 0 && ended > 0) throw std::logic_error("a warp waits for a lane that has returned");
        if (waiting == end - w) {
            for (size_t i = w; i < end; i++) {
                if (b.fibers[i].state == AT_WARP) b.fibers[i].state = READY;
            }
            any = true;
        }
    }
    if (at_block > 0 && at_block + done == n) {
        for (auto& f : b.fibers) {
            if (f.state == AT_BLOCK) f.state = READY;
        }
        any = true;
    }
    return any;
}

inline void run_block(Block& b) {
    for (size_t i = 0; i < b.fibers.size(); i++) {
        Fiber& f = b.fibers[i];
        f.thread.x = (unsigned) i;
        f.state = READY;
        f.exchanges = 0;
        f.stack->begin(run_fiber);
    }
    bool backwards = (b.block.x + b.block.y) % 2;
    for (;; backwards = !backwards) {
        bool ran = false, left = false;
        for (size_t i = 0; i < b.fibers.size(); i++) {
            Fiber& f = b.fibers[backwards ? b.fibers.size() - 1 - i : i];
            if (f.state == READY) {
                b.current = &f;
                f.stack->go(b.scheduler);
                ran = true;
            }
            left = left || f.state != DONE;
        }
        if (!left) return;
        if (!release(b) && !ran) throw std::logic_error("threads of a block wait for each other at different places");
    }
}

// A value of each lane to all lanes of its warp.
template <class T> T exchange(T v, int from) {
    static_assert(sizeof(T) <= 8, "a word");
    Block* b = now();
    int me = b->current->thread.x, turn = b->current->exchanges++ & 1;
    Exchange& warp = b->warps[me / LANES];
    uint64_t bits = 0;
    memcpy(&bits, &v, sizeof v);
    warp.value[turn][me % LANES] = bits;
    wait(AT_WARP);
    memcpy(&v, &warp.value[turn][from], sizeof v);
    return v;
}
inline unsigned ballot(bool v) {
    Block* b = now();
    int me = b->current->thread.x, turn = b->current->exchanges++ & 1;
    Exchange& warp = b->warps[me / LANES];
    warp.value[turn][me % LANES] = v;
    wait(AT_WARP);
    unsigned bits = 0;
    size_t lanes = b->fibers.size() - me / LANES * LANES;
    for (size_t i = 0; i < (lanes < LANES ? lanes : LANES); i++) bits |= (unsigned) warp.value[turn][i] << i;
    return bits;
}
inline int lane() { return now()->current->thread.x % LANES; }

typedef std::function<void(const long long*)> Kernel;
struct Registered {
    int parameters, threads;  // of a block, at most
    Kernel kernel;
};
inline std::map<std::string, Registered>& kernels() {
    static std::map<std::string, Registered> all;
    return all;
}
template <class T> T slot(long long bits) {
    T v;
    memcpy(&v, &bits, sizeof v);
    return v;
}
template <class... P, size_t... I> void call(void (*kernel)(P...), const long long* slots, std::index_sequence<I...>) {
    kernel(slot<P>(slots[I])...);
}
struct Register {
    template <class... P> Register(const char* name, int threads, void (*kernel)(P...)) {
        kernels()[name] = {(int) sizeof...(P), threads, [kernel](const long long* slots) { call(kernel, slots, std::index_sequence_for<P...>()); }};
    }
};

inline void launch(const char* name, long long blocks_x, long long blocks_y, int threads, const long long* slots, int count) {
    auto found = kernels().find(name);
    if (found == kernels().end()) throw std::invalid_argument(std::string("no kernel ") + name);
    if (found->second.parameters != count) throw std::invalid_argument(std::string(name) + " takes another number of arguments");
    if (threads < 1 || threads > found->second.threads || threads % LANES != 0 || blocks_x < 1 || blocks_x > 2147483647 || blocks_y < 1 || blocks_y > 65535) {
        throw std::invalid_argument(std::string(name) + ": a grid that no device takes");
    }
    Block b;
    b.fibers.resize(threads);
    static thread_local std::vector<Stack> stacks;
    if (stacks.size() < b.fibers.size()) stacks = std::vector<Stack>(b.fibers.size());
    for (int i = 0; i < threads; i++) b.fibers[i].stack = &stacks[i];
    b.warps.resize((threads + LANES - 1) / LANES);
    b.threads = {(unsigned) threads, 1, 1};
    b.blocks = {(unsigned) blocks_x, (unsigned) blocks_y, 1};
    b.body = [&] { found->second.kernel(slots); };
    now() = &b;
    for (long long y = 0; y < blocks_y; y++) {
        for (long long x = 0; x < blocks_x; x++) {
            b.block = {(unsigned) x, (unsigned) y, 0};
            run_block(b);
        }
    }
    now() = nullptr;
}

}  // namespace emulation

#define RL_KERNEL_UP_TO(threads, name, ...)                                         \
    static void rl_##name(__VA_ARGS__);                                             \
    static const emulation::Register registered_##name(#name, threads, rl_##name);  \
    static void rl_##name(__VA_ARGS__)
#define RL_KERNEL(name, ...) RL_KERNEL_UP_TO(256, name, __VA_ARGS__)
#define RL_DEVICE static inline
#define RL_METHOD inline
#define RL_SHARED static thread_local

#define threadIdx (emulation::now()->current->thread)
#define blockIdx (emulation::now()->block)
#define blockDim (emulation::now()->threads)
#define gridDim (emulation::now()->blocks)

static inline void __syncthreads() { emulation::wait(emulation::AT_BLOCK); }
static inline void __syncwarp() { emulation::wait(emulation::AT_WARP); }
template <class T> static inline T __shfl_xor_sync(unsigned, T v, int mask) { return emulation::exchange(v, emulation::lane() ^ mask); }
template <class T> static inline T __shfl_sync(unsigned, T v, int from) { return emulation::exchange(v, from); }
template <class T> static inline T __shfl_up_sync(unsigned, T v, int by) {
    int from = emulation::lane() - by;
    return emulation::exchange(v, from < 0 ? emulation::lane() : from);
}
template <class T> static inline T __shfl_down_sync(unsigned, T v, int by) {
    int from = emulation::lane() + by;
    return emulation::exchange(v, from >= emulation::LANES ? emulation::lane() : from);
}
static inline unsigned __ballot_sync(unsigned, bool v) { return emulation::ballot(v); }
static inline int __popc(unsigned v) { return __builtin_popcount(v); }
static inline int __popcll(unsigned long long v) { return __builtin_popcountll(v); }
static inline int __ffs(unsigned v) { return __builtin_ffs((int) v); }
static inline int __float_as_int(float v) {
    int i;
    memcpy(&i, &v, sizeof i);
    return i;
}
static inline float __int_as_float(int i) {
    float v;
    memcpy(&v, &i, sizeof v);
    return v;
}
static inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned) ((uint64_t) a * b >> 32); }
template <class T> static inline T atomicAdd(T* to, T v) {
    T old = *to;
    *to += v;
    return old;
}
template <class T> static inline T atomicMax(T* to, T v) {
    T old = *to;
    *to = v > old ? v : old;
    return old;
}
static inline unsigned atomicOr(unsigned* to, unsigned v) {
    unsigned old = *to;
    *to |= v;
    return old;
}
