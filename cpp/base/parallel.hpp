#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "base/interrupt.hpp"
#include "base/worker_pool.hpp"

namespace holdem {

// Throws std::invalid_argument for less than one worker.
inline void check_workers(int num_workers) {
  if (num_workers < 1) {
    throw std::invalid_argument("num_workers: " + std::to_string(num_workers) +
                                ", must be at least 1");
  }
}

// Calls body(begin, end) for consecutive pieces of 0 .. count - 1, each piece once, on up to
// `num_workers` threads of its own, and returns when all are done. Which thread takes a piece is
// left to chance: the results of the pieces must not depend on one another. The first exception of
// a body, or of check_interrupts(), ends the work and is thrown here. For work that takes longer
// than threads take to start; else see WorkerPool.
template <typename Body>
void parallel_for(std::uint64_t count, std::uint64_t piece, int num_workers, const Body& body) {
  const auto num_pieces = static_cast<std::uint32_t>((count + piece - 1) / piece);
  const auto most = static_cast<int>(std::min<std::uint32_t>(num_pieces, 1u << 16));
  WorkerPool pool(std::min(num_workers, most));
  pool.run(num_pieces, [&](std::uint32_t i, int worker) {
    if (worker == 0) check_interrupts();
    const std::uint64_t begin = i * piece;
    body(begin, std::min(begin + piece, count));
  });
}

}  // namespace holdem
