#pragma once

#include <cstdint>

#include "tree/betting_tree.hpp"

namespace holdem {

// What a complete tree takes, as it is before anything is built. Numbers beyond 2^53 are rounded.
struct TreeSize {
  double nodes = 0;
  double table_floats = 0;  // of each table
  double bytes() const;     // of the tree and both tables
};

// Counts a complete tree without keeping it. Equal betting states have equal trees below them, so
// each is counted once as long as there is room to remember it: most trees that no memory holds are
// counted within a second.
// Throws std::overflow_error when counting takes long and the tree is known to pass `max_bytes`;
// and for rows in lanes whenever it does without padding, as only what fits has its lanes counted.
TreeSize measure_tree(const Game& game, TableLayout layout, double max_bytes,
                      const TreeProgress& progress);

// How many nodes a complete tree has that fits `max_bytes` with its tables.
// Throws std::overflow_error when it does not, or has more nodes than can be numbered.
std::uint64_t num_nodes_within(const Game& game, TableLayout layout, std::uint64_t max_bytes,
                               const TreeProgress& progress);

}  // namespace holdem
