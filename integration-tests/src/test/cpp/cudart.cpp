// libcudart.so.11.0 as far as ND4J's Java and this project call it.
#include <cstdio>
#include "emulated_device.h"

extern "C" {

int cudaGetDeviceCount(int* count) {
    *count = emulated_devices();
    return *count > 0 ? 0 : 100;  // cudaErrorNoDevice
}
int cudaDeviceGetAttribute(int* value, int attribute, int) {
    const int MAJOR = 75, MINOR = 76;
    *value = attribute == MAJOR ? emulated_capability() / 10 : attribute == MINOR ? emulated_capability() % 10 : 0;
    return 0;
}
int cudaDeviceGetPCIBusId(char* id, int bytes, int device) {
    snprintf(id, bytes, "0000:%02x:00.0", device + 1);
    return 0;
}

}  // extern "C"
