#pragma once

#include <cstdint>
#include <span>

#include "abstraction/street_boards.hpp"
#include "cards/deck.hpp"

namespace holdem {

inline constexpr int kMaxTreeEdges = 128;
inline constexpr int kMaxBucketGroups = 255;

// A tree over groups of the next street's buckets: lengths[group][edge] is the length of an edge
// that the group lies below, else 0.
using EdgeLengths = std::uint8_t[kMaxTreeEdges];

// Potential-aware features: where a hand goes next. For every edge of a tree over groups of the
// next street's buckets, the share of next cards that lead below it times the edge's length,
// rounded; the L1 distance of two rows is then the earth mover's distance on the tree.
//
// Source: Indyk and Thaper 2003, "Fast Image Retrieval via Embeddings".
//
// With a choice of flops as equity_features.hpp.
//
// Args:
//   street: 0 to 2.
//   next_ids: bucket of each hand of the next street, by its street_indexer().
//   groups: group of each bucket, below num_groups, 1 to 255.
//   out: [number of hands, 128].
template <typename Id>
void next_bucket_histograms(const Deck& deck, int street, const Id* next_ids,
                            const std::uint8_t* groups, const EdgeLengths* lengths, int num_groups,
                            int num_workers, std::span<const FlopShare> flops, std::uint8_t* out);

}  // namespace holdem
