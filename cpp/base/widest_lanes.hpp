#pragma once

#include "base/float_lanes.hpp"

namespace holdem {

// Kernels on FloatLanes: Kernel::run, inlined, is compiled once per vector width with lanes in such
// vectors, and one is picked by the CPU. As in base/vector_width.hpp all compute the same bits.
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__)

template <class Kernel, class... Args>
__attribute__((target("avx512f"))) auto run_avx512f(const Args&... args) {
  return Kernel::run(in_vectors<16>(args)...);
}
template <class Kernel, class... Args>
__attribute__((target("avx2"))) auto run_avx2(const Args&... args) {
  return Kernel::run(in_vectors<8>(args)...);
}
template <class Kernel, class... Args>
auto run_default(const Args&... args) {
  return Kernel::run(in_vectors<4>(args)...);
}

// Floats in a vector of the CPU.
inline int widest_vectors() {
#ifdef HOLDEM_ONLY_VECTORS
  constexpr char first = HOLDEM_ONLY_VECTORS[0], last = HOLDEM_ONLY_VECTORS[3];
  return first == 'd' ? 4 : last == '2' ? 8 : 16;
#else
  static const int floats = __builtin_cpu_supports("avx512f") ? 16
                            : __builtin_cpu_supports("avx2")  ? 8
                                                              : 4;
  return floats;
#endif
}

template <class Kernel, class... Args>
auto run_widest(const Args&... args) {
  switch (widest_vectors()) {
    case 16:
      return run_avx512f<Kernel>(args...);
    case 8:
      return run_avx2<Kernel>(args...);
    default:
      return run_default<Kernel>(args...);
  }
}

#else

template <class Kernel, class... Args>
auto run_widest(const Args&... args) {
  return Kernel::run(in_vectors<4>(args)...);
}

#endif

}  // namespace holdem
