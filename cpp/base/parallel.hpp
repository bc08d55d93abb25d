#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "base/interrupt.hpp"

namespace holdem {

// Calls body(begin, end) for consecutive pieces of 0 .. count - 1, each piece once, on up to
// `num_workers` threads, and returns when all are done. Which thread takes a piece is left to
// chance: the results of the pieces must not depend on one another. Where the system refuses more
// threads, fewer do the work. The first exception of a body, or of check_interrupts(), ends the
// work and is thrown here.
template <typename Body>
void parallel_for(std::uint64_t count, std::uint64_t piece, int num_workers, const Body& body) {
  std::atomic<std::uint64_t> next{0};
  std::exception_ptr error;
  std::mutex error_mutex;
  const auto work = [&](bool is_caller) {
    try {
      for (std::uint64_t begin; (begin = next.fetch_add(piece)) < count;) {
        if (is_caller) check_interrupts();
        body(begin, std::min(begin + piece, count));
      }
    } catch (...) {
      next = count;
      const std::lock_guard lock(error_mutex);
      if (!error) error = std::current_exception();
    }
  };
  const std::uint64_t num_pieces = (count + piece - 1) / piece;
  const auto num_threads = std::min<std::uint64_t>(num_workers, num_pieces);
  std::vector<std::thread> helpers;
  helpers.reserve(num_threads);
  try {
    while (helpers.size() + 1 < num_threads) helpers.emplace_back(work, false);
  } catch (const std::system_error&) {
  }
  work(true);
  for (std::thread& helper : helpers) helper.join();
  if (error) std::rethrow_exception(error);
}

}  // namespace holdem
