#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "cards/card.hpp"
#include "cards/deck.hpp"
#include "cards/hand_index.hpp"

namespace holdem {

// The buckets of all hands of a deck: a view of one table of bucket ids per street, by hand index.
// Owns no memory: the tables are a mapped bucket file that all processes of a machine share.
// Without tables (lossless) the bucket is the index, and the board counts as a sequence of streets:
// whoever knows a bucket knows those of the streets before.
class BucketMap {
 public:
  struct Table {
    const void* ids;          // [num_hands] unsigned integers of id_bytes bytes, little-endian
    std::uint64_t num_hands;  // size of the street's hand index
    int id_bytes;             // 1, 2 or 4; lossless: 0
    std::uint32_t num_buckets;
  };

  // Throws std::invalid_argument for a table of another size than the street's hand index, another
  // id_bytes, or no buckets. The ids are trusted to be below num_buckets.
  explicit BucketMap(const std::array<Table, kNumStreets>& tables, const Deck& deck = {});

  // A bucket for every hand.
  static BucketMap lossless(const Deck& deck);

  const Deck& deck() const { return deck_; }
  bool is_lossless() const { return tables_[0].id_bytes == 0; }
  std::uint32_t num_buckets(int street) const { return tables_[street].num_buckets; }

  // Hand index of two hole cards on the street's board (unused preflop), flop, turn, river.
  std::uint64_t hand_index(int street, const Card* hole_cards, const Card* board) const {
    Card cards[HandIndexer::kMaxCards];
    std::copy_n(hole_cards, 2, cards);
    std::copy_n(board, kBoardCards[street], cards + 2);
    return indexers_[street]->index(cards);
  }

  std::uint32_t bucket(int street, const Card* hole_cards, const Card* board) const {
    return bucket_at(street, hand_index(street, hole_cards, board));
  }

  std::uint32_t bucket_at(int street, std::uint64_t hand_index) const {
    const Table& table = tables_[street];
    switch (table.id_bytes) {
      case 0:
        return static_cast<std::uint32_t>(hand_index);
      case 1:
        return static_cast<const std::uint8_t*>(table.ids)[hand_index];
      case 2:
        return static_cast<const std::uint16_t*>(table.ids)[hand_index];
      default:
        return static_cast<const std::uint32_t*>(table.ids)[hand_index];
    }
  }

  // Where bucket_at() will read: to prefetch it while the other hands are being indexed.
  const void* address(int street, std::uint64_t hand_index) const {
    const Table& table = tables_[street];
    return static_cast<const std::byte*>(table.ids) + hand_index * table.id_bytes;
  }

 private:
  explicit BucketMap(const Deck& deck);

  Deck deck_;
  std::array<Table, kNumStreets> tables_;
  std::array<const HandIndexer*, kNumStreets> indexers_;
};

}  // namespace holdem
