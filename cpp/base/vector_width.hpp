#pragma once

// Compiles a function once per vector width and picks one when the program starts, so that one
// binary runs on every CPU of its architecture and uses the vectors that CPU has. The versions
// compute the same bits: floating-point contraction is off and element order never changes.
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__)
#define HOLDEM_WIDEST_VECTORS __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define HOLDEM_WIDEST_VECTORS
#endif
