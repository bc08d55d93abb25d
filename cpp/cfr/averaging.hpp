#pragma once

#include <cstdint>
#include <span>

namespace holdem {

// out[i] = (tables[0][i] + tables[1][i] + ...) / number of tables, added in this order in double
// precision and rounded once. Floats that are equal in all tables come out as they are, as the
// stamps of settled strips have to (Solver::settle_regrets); only -0 becomes +0.
//
// Args: out: may not overlap the tables.
void average_tables(std::span<const float* const> tables, std::uint64_t count, float* out);

}  // namespace holdem
