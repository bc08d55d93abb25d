#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "abstraction/bucket_map.hpp"
#include "cards/hole_pairs.hpp"

namespace holdem {

// The buckets of all hands on one board, street by street as somebody asks for them.
class BoardBuckets {
 public:
  struct Street {
    std::vector<std::uint32_t> buckets;              // those that are met, each once
    std::array<std::uint16_t, kNumHolePairs> place;  // [pair]: of its bucket among them; anything
                                                     // for hands that cannot be held
  };

  explicit BoardBuckets(const BucketMap& map) : map_(map) {}

  // Args: board: five cards.
  void deal(const Card* board);
  const Street& street(int street);

 private:
  void list(int street);

  const BucketMap& map_;
  std::array<Card, 5> board_{};
  std::array<bool, kNumStreets> is_listed_{};
  std::array<Street, kNumStreets> streets_;
  // Where a bucket is among those met so far: a table by hash, emptied by a new mark.
  struct Slot {
    std::uint32_t bucket = 0;
    std::uint32_t mark = 0;
    std::uint16_t place = 0;
  };
  static constexpr std::uint32_t kNumSlots = 1 << 12;
  std::vector<Slot> slots_ = std::vector<Slot>(kNumSlots);
  std::uint32_t mark_ = 0;
};

}  // namespace holdem
