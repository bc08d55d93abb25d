#pragma once

#include <cstdint>
#include <span>

#include "abstraction/street_boards.hpp"
#include "cards/deck.hpp"

namespace holdem {

inline constexpr int kMaxOpponentClusters = 8;

// Opponent cluster hand strength: every hand's equity against each of a few clusters of opponents'
// starting hands, in 13 bits. On the river exact: against each hand of the cluster that shares no
// card with hand and board, all alike. Before, the expectation over all boards to come and all such
// hands together, so that a board counts by how many hands of the cluster it leaves. Against a
// cluster that card removal leaves none of, the equity against all hands.
//
// Source: Johanson et al. 2013, "Evaluating State-Space Abstractions in Extensive-Form Games".
//
// With a choice of flops as equity_features.hpp.
//
// Args:
//   clusters: cluster of each preflop hand by street_indexer(0), below num_clusters, 1 to 8.
//   out: [number of hands, 8]; columns from num_clusters on are 0.
void opponent_cluster_equities(const Deck& deck, int street, const std::uint8_t* clusters,
                               int num_clusters, int num_workers, std::span<const FlopShare> flops,
                               std::uint16_t* out);

}  // namespace holdem
