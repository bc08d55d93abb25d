#include "storage/bus_error.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace holdem {
namespace {

// What a signal handler may touch: no memory that somebody could be about to free.
std::array<char, 4096> line_of_handler;
std::size_t line_bytes = 0;

void explain(int number) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line_of_handler.data(), line_bytes);
  ::signal(number, SIG_DFL);
  ::raise(number);  // comes once this handler is over
}

}  // namespace

void explain_bus_errors(std::string_view line) {
  line_bytes = std::min(line.size(), line_of_handler.size());
  std::copy_n(line.begin(), line_bytes, line_of_handler.begin());
  struct sigaction action = {};
  action.sa_handler = explain;
  action.sa_flags = SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGBUS, &action, nullptr);
}

}  // namespace holdem
