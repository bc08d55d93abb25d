#pragma once

// Compiles a function once per vector width and picks one when the program starts, so that one
// binary runs on every CPU of its architecture and uses the vectors that CPU has. The versions
// compute the same bits: floating-point contraction is off and element order never changes.
//
// HOLDEM_ONLY_VECTORS, the name of one of them, leaves no choice: for tests that compare them.
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__)
#ifdef HOLDEM_ONLY_VECTORS
#define HOLDEM_WIDEST_VECTORS __attribute__((target(HOLDEM_ONLY_VECTORS)))
#else
#define HOLDEM_WIDEST_VECTORS __attribute__((target_clones("avx512f", "avx2", "default")))
#endif
#else
#define HOLDEM_WIDEST_VECTORS
#endif
