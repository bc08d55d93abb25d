#include "base/interrupt.hpp"

#include <atomic>
#include <chrono>

namespace holdem {
namespace {

constexpr std::chrono::milliseconds kBetweenCalls{50};
std::atomic<void (*)()> interrupt_handler{nullptr};

}  // namespace

void set_interrupt_handler(void (*handler)()) { interrupt_handler = handler; }

void check_interrupts() {
  using Clock = std::chrono::steady_clock;
  thread_local Clock::time_point next_call{};
  const Clock::time_point now = Clock::now();
  if (now < next_call) return;
  next_call = now + kBetweenCalls;
  if (void (*const handler)() = interrupt_handler) handler();
}

}  // namespace holdem
