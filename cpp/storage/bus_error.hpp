#pragma once

#include <string_view>

namespace holdem {

// Lets the process write a line to standard error before a bus error (SIGBUS) ends it. The kernel
// sends one where a page of a mapped file cannot be had: the file was cut short, or its disk
// failed.
void explain_bus_errors(std::string_view line);

}  // namespace holdem
