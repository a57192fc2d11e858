// Before glibc 2.34 these were in libdl: by their old names the library runs from 2.28 on. Included in front of everything, JavaCPP's own code too.
#if defined(__x86_64__) && defined(__linux__)
#include <features.h>
#if defined(__GLIBC__)
__asm__(".symver dlopen,dlopen@GLIBC_2.2.5");
__asm__(".symver dlsym,dlsym@GLIBC_2.2.5");
__asm__(".symver dlclose,dlclose@GLIBC_2.2.5");
__asm__(".symver dlerror,dlerror@GLIBC_2.2.5");
#endif
#endif
