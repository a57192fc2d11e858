// Stacks that take turns on one core. The switch saves what a call must keep; ucontext.h, which asks the kernel each time, where no switch is written.
#pragma once
#include <cstdint>
#include <memory>
#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace emulation {

const size_t STACK = 96 << 10;

#if defined(__x86_64__)
extern "C" void rl_switch_stack(void** from, void* to);
asm(R"(
    .text
    .local rl_switch_stack
    .type rl_switch_stack, @function
rl_switch_stack:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size rl_switch_stack, .-rl_switch_stack
)");

class Stack {
    std::unique_ptr<char[]> memory{new char[STACK]};
    void* top = nullptr;

  public:
    // Runs `run` when it is next gone to; `run` must not return.
    void begin(void (*run)()) {
        void** place = (void**) (((uintptr_t) memory.get() + STACK) & ~(uintptr_t) 15);
        *--place = nullptr;  // where run would return to
        *--place = (void*) run;
        for (int i = 0; i < 6; i++) *--place = nullptr;
        top = place;
    }
    void go(void*& back) { rl_switch_stack(&back, top); }
    void leave(void*& back) { rl_switch_stack(&top, back); }
    typedef void* Back;
};
#else
class Stack {
    std::unique_ptr<char[]> memory{new char[STACK]};
    ucontext_t own;

  public:
    typedef ucontext_t Back;
    void begin(void (*run)()) {
        getcontext(&own);
        own.uc_stack.ss_sp = memory.get();
        own.uc_stack.ss_size = STACK;
        own.uc_link = nullptr;
        makecontext(&own, run, 0);
    }
    void go(Back& back) { swapcontext(&back, &own); }
    void leave(Back& back) { swapcontext(&own, &back); }
};
#endif

}  // namespace emulation
