// The device that is none: what its libraries know of it. See integration-tests/cuda-emulated.sh.
#pragma once
#include <cstdint>

extern "C" {
int emulated_devices();     // EMULATED_DEVICES, 1 if not set
int emulated_capability();  // EMULATED_CAPABILITY, 80 if not set: 8.0
int emulated_device();      // of the calling thread
void emulated_set_device(int device);
int64_t emulated_total();  // EMULATED_MIB, 65536 if not set: of each device, in bytes
int64_t emulated_others();  // EMULATED_OTHERS_MIB, 0 if not set: of it, in use by other processes
int64_t emulated_free(int device);
bool emulated_take(int64_t bytes, int device);  // false: there is not so much
void emulated_give(int64_t bytes, int device);
// Where memory lies: kernels and copies of a thread of another device are refused.
void emulated_place(void* memory, int64_t bytes, int device);
void emulated_forget(void* memory);
int emulated_device_of(const void* memory);  // that of the calling thread for what is the host's
}
