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

// Calls body(begin, end, worker) for consecutive pieces of 0 .. count - 1, each piece once, on the
// threads of a pool, and returns when all are done. Which thread takes a piece is left to chance:
// the results must not depend on it. The first exception of a body, or of check_interrupts(), ends
// the work and is thrown here.
template <typename Body>
void for_each_piece(WorkerPool& pool, std::uint64_t count, std::uint64_t piece, const Body& body) {
  const auto num_pieces = static_cast<std::uint32_t>((count + piece - 1) / piece);
  pool.run(num_pieces, [&](std::uint32_t i, int worker) {
    if (worker == 0) check_interrupts();
    const std::uint64_t begin = i * piece;
    body(begin, std::min(begin + piece, count), worker);
  });
}

// The same on up to `num_workers` threads of its own, as body(begin, end). For work that takes
// longer than threads take to start; else see WorkerPool.
template <typename Body>
void parallel_for(std::uint64_t count, std::uint64_t piece, int num_workers, const Body& body) {
  const std::uint64_t most = std::min<std::uint64_t>((count + piece - 1) / piece, 1u << 16);
  WorkerPool pool(std::min(num_workers, static_cast<int>(most)));
  for_each_piece(pool, count, piece,
                 [&](std::uint64_t begin, std::uint64_t end, int) { body(begin, end); });
}

}  // namespace holdem
