// cuBLAS by OpenBLAS: both take columns one behind the other.
#include <cstdint>
enum { COLUMNS = 102, PLAIN = 111, TURNED = 112 };
#define OF(letter, T)                                                                                                                              \
    extern "C" {                                                                                                                                   \
    T cblas_##letter##dot(int, const T*, int, const T*, int);                                                                                      \
    T cblas_##letter##nrm2(int, const T*, int);                                                                                                    \
    T cblas_##letter##asum(int, const T*, int);                                                                                                    \
    void cblas_##letter##axpy(int, T, const T*, int, T*, int);                                                                                     \
    void cblas_##letter##copy(int, const T*, int, T*, int);                                                                                        \
    void cblas_##letter##swap(int, T*, int, T*, int);                                                                                              \
    void cblas_##letter##scal(int, T, T*, int);                                                                                                    \
    void cblas_##letter##gemv(int, int, int, int, T, const T*, int, const T*, int, T, T*, int);                                                    \
    void cblas_##letter##ger(int, int, int, T, const T*, int, const T*, int, T*, int);                                                             \
    void cblas_##letter##gemm(int, int, int, int, int, int, T, const T*, int, const T*, int, T, T*, int);                                          \
    }
OF(s, float)
OF(d, double)
#define CUBLAS(L, letter, T)                                                                                                                       \
    extern "C" {                                                                                                                                   \
    int cublas##L##dot_v2(void*, int n, const T* x, int dx, const T* y, int dy, T* r) { *r = cblas_##letter##dot(n, x, dx, y, dy); return 0; }     \
    int cublas##L##nrm2_v2(void*, int n, const T* x, int dx, T* r) { *r = cblas_##letter##nrm2(n, x, dx); return 0; }                              \
    int cublas##L##asum_v2(void*, int n, const T* x, int dx, T* r) { *r = cblas_##letter##asum(n, x, dx); return 0; }                              \
    int cublas##L##axpy_v2(void*, int n, const T* a, const T* x, int dx, T* y, int dy) { cblas_##letter##axpy(n, *a, x, dx, y, dy); return 0; }    \
    int cublas##L##copy_v2(void*, int n, const T* x, int dx, T* y, int dy) { cblas_##letter##copy(n, x, dx, y, dy); return 0; }                    \
    int cublas##L##swap_v2(void*, int n, T* x, int dx, T* y, int dy) { cblas_##letter##swap(n, x, dx, y, dy); return 0; }                          \
    int cublas##L##scal_v2(void*, int n, const T* a, T* x, int dx) { cblas_##letter##scal(n, *a, x, dx); return 0; }                               \
    int cublas##L##gemv_v2(void*, int t, int m, int n, const T* a, const T* A, int la, const T* x, int dx, const T* b, T* y, int dy) {             \
        cblas_##letter##gemv(COLUMNS, t ? TURNED : PLAIN, m, n, *a, A, la, x, dx, *b, y, dy);                                                      \
        return 0;                                                                                                                                  \
    }                                                                                                                                              \
    int cublas##L##ger_v2(void*, int m, int n, const T* a, const T* x, int dx, const T* y, int dy, T* A, int la) {                                 \
        cblas_##letter##ger(COLUMNS, m, n, *a, x, dx, y, dy, A, la);                                                                               \
        return 0;                                                                                                                                  \
    }                                                                                                                                              \
    int cublas##L##gemm_v2(void*, int ta, int tb, int m, int n, int k, const T* a, const T* A, int la, const T* B, int lb, const T* b, T* C, int lc) { \
        cblas_##letter##gemm(COLUMNS, ta ? TURNED : PLAIN, tb ? TURNED : PLAIN, m, n, k, *a, A, la, B, lb, *b, C, lc);                             \
        return 0;                                                                                                                                  \
    }                                                                                                                                              \
    }
CUBLAS(S, s, float)
CUBLAS(D, d, double)
extern "C" {
int cublasCreate_v2(void** handle) {
    static long one[8];
    *handle = one;
    return 0;
}
int cublasSetStream_v2(void*, void*) { return 0; }
int cublasSetPointerMode_v2(void*, int) { return 0; }
}
