// The few SSE operations that the narrowest kernels use, for machines that have none: GCC's vector extension makes NEON of them.
#pragma once
typedef float __m128 __attribute__((vector_size(16), may_alias));
typedef long long __m128i __attribute__((vector_size(16), may_alias));
typedef double __m128d __attribute__((vector_size(16), may_alias));
namespace revlayers {
typedef int four_ints __attribute__((vector_size(16), may_alias));
typedef int two_ints __attribute__((vector_size(8), may_alias));
typedef float two_floats __attribute__((vector_size(8), may_alias));

static inline __m128 _mm_min_ps(__m128 a, __m128 b) { return a < b ? a : b; }  // b if one is NaN, as there
static inline __m128 _mm_max_ps(__m128 a, __m128 b) { return a > b ? a : b; }
static inline __m128d _mm_min_pd(__m128d a, __m128d b) { return a < b ? a : b; }
static inline __m128d _mm_max_pd(__m128d a, __m128d b) { return a > b ? a : b; }
static inline int _mm_movemask_ps(__m128 v) {
    four_ints sign = (four_ints) v < 0;
    sign &= (four_ints){1, 2, 4, 8};
    return sign[0] | sign[1] | sign[2] | sign[3];
}
static inline __m128i _mm_mul_epu32(__m128i a, __m128i b) { return (a & 0xFFFFFFFFll) * (b & 0xFFFFFFFFll); }
static inline __m128i _mm_unpacklo_epi64(__m128i a, __m128i b) { return (__m128i){a[0], b[0]}; }
static inline __m128i _mm_unpackhi_epi64(__m128i a, __m128i b) { return (__m128i){a[1], b[1]}; }
static inline __m128d _mm_cvtps_pd(__m128 v) { return (__m128d){v[0], v[1]}; }
static inline __m128 _mm_movehl_ps(__m128 a, __m128 b) { return (__m128){b[2], b[3], a[2], a[3]}; }
static inline __m128i _mm_loadl_epi64(const __m128i* p) {
    long long low;
    memcpy(&low, p, sizeof low);
    return (__m128i){low, 0};
}
static inline void _mm_storel_epi64(__m128i* p, __m128i v) { memcpy(p, &v, 8); }
static inline __m128d _mm_cvtepi32_pd(__m128i v) { return (__m128d){(double) ((four_ints) v)[0], (double) ((four_ints) v)[1]}; }
static inline __m128i _mm_cvtpd_epi32(__m128d v) { return (__m128i) (four_ints){(int) rint(v[0]), (int) rint(v[1]), 0, 0}; }
static inline __m128i _mm_cvtps_epi32(__m128 v) {
    return (__m128i) (four_ints){(int) rintf(v[0]), (int) rintf(v[1]), (int) rintf(v[2]), (int) rintf(v[3])};
}
static inline __m128 _mm_cvtpd_ps(__m128d v) { return (__m128){(float) v[0], (float) v[1], 0, 0}; }
static inline __m128 _mm_castsi128_ps(__m128i v) { return (__m128) v; }
static inline __m128i _mm_castps_si128(__m128 v) { return (__m128i) v; }
static inline __m128i _mm_slli_epi32(__m128i v, int n) { return (__m128i) ((four_ints) v << n); }
}  // namespace revlayers
