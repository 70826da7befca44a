// SHA-256 as FIPS 180-4 has it. x86 processors with instructions for it are about six times as fast.
#include "sha256.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BLOCK 64

static const uint32_t rounds[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static void digest_blocks(uint32_t state[8], const unsigned char *at, size_t blocks);

bool sha256_of_file(int file, char text[SHA256_TEXT]) {
  static unsigned char buffer[256 * 1024 + 2 * BLOCK];
  uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  uint64_t size = 0;
  size_t filled = 0;

  for (;;) {
    ssize_t count = read(file, buffer + filled, sizeof buffer - 2 * BLOCK - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    if (count == 0) break;
    size += (uint64_t)count;
    filled += (size_t)count;
    size_t whole = filled / BLOCK;
    digest_blocks(state, buffer, whole);
    filled %= BLOCK;
    memmove(buffer, buffer + whole * BLOCK, filled);
  }

  // A one bit, zeros, and the length in bits fill the last block.
  buffer[filled++] = 0x80;
  size_t end = filled + 8 <= BLOCK ? BLOCK : 2 * BLOCK;
  memset(buffer + filled, 0, end - filled);
  for (int byte = 0; byte < 8; byte++) buffer[end - 1 - (size_t)byte] = (unsigned char)(size * 8 >> (8 * byte));
  digest_blocks(state, buffer, end / BLOCK);

  for (int word = 0; word < 8; word++) snprintf(text + 8 * word, 9, "%08x", state[word]);
  return true;
}

static uint32_t rotate(uint32_t word, int by) {
  return word >> by | word << (32 - by);
}

static void digest_plainly(uint32_t state[8], const unsigned char *at, size_t blocks) {
  for (; blocks > 0; blocks--, at += BLOCK) {
    uint32_t words[64];
    for (int index = 0; index < 16; index++) {
      const unsigned char *bytes = at + 4 * index;
      words[index] = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    }
    for (int index = 16; index < 64; index++) {
      uint32_t near = words[index - 2], far = words[index - 15];
      uint32_t near_mixed = rotate(near, 17) ^ rotate(near, 19) ^ near >> 10;
      uint32_t far_mixed = rotate(far, 7) ^ rotate(far, 18) ^ far >> 3;
      words[index] = near_mixed + words[index - 7] + far_mixed + words[index - 16];
    }

    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int index = 0; index < 64; index++) {
      uint32_t input = rounds[index] + words[index];
      uint32_t one = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + input;
      uint32_t two = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + one;
      d = c, c = b, b = a, a = one + two;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
  }
}

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>

static bool has_sha_instructions(void) {
  unsigned a, b, c, d;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & 1u << 29);
}

/** The state is held as (a b e f) and (c d g h), as Intel's instructions take it; each of them does two rounds. */
__attribute__((target("sha,sse4.1"))) static void digest_by_instructions(uint32_t state[8], const unsigned char *at,
                                                                          size_t blocks) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0bll, 0x0405060700010203ll);
  __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)&state[0]), 0xb1);
  __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)&state[4]), 0x1b);
  __m128i abef = _mm_alignr_epi8(badc, hgfe, 8);
  __m128i cdgh = _mm_blend_epi16(hgfe, badc, 0xf0);

  for (; blocks > 0; blocks--, at += BLOCK) {
    __m128i abef_before = abef, cdgh_before = cdgh, words[4];
    for (int group = 0; group < 16; group++) {
      __m128i *now = &words[group & 3];
      if (group < 4) {
        *now = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)at + group), big_endian);
      } else {
        __m128i last = words[(group + 3) & 3], third = words[(group + 2) & 3], second = words[(group + 1) & 3];
        __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(*now, second), _mm_alignr_epi8(last, third, 4));
        *now = _mm_sha256msg2_epu32(sum, last);
      }
      __m128i input = _mm_add_epi32(*now, _mm_loadu_si128((const __m128i *)&rounds[4 * group]));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, input);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(input, 0x0e));
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }

  __m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
  _mm_storeu_si128((__m128i *)&state[0], _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128((__m128i *)&state[4], _mm_alignr_epi8(dchg, feba, 8));
}
#endif

static void digest_blocks(uint32_t state[8], const unsigned char *at, size_t blocks) {
#ifdef __x86_64__
  static int instructions = -1;
  if (instructions < 0) instructions = has_sha_instructions();
  if (instructions) {
    digest_by_instructions(state, at, blocks);
    return;
  }
#endif
  digest_plainly(state, at, blocks);
}
