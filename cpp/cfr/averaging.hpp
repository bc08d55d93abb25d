#pragma once

#include <cstdint>
#include <span>

namespace holdem {

// out[i] = (tables[0][i] + tables[1][i] + ...) / number of tables, added in this order in double
// precision and rounded once. Floats that are equal in all tables come out with the same bits, as
// the stamps of settled strips have to (Solver::settle_regrets).
//
// Args: out: may not overlap the tables.
void average_tables(std::span<const float* const> tables, std::uint64_t count, float* out);

}  // namespace holdem
