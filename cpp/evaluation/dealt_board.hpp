#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "abstraction/bucket_map.hpp"
#include "evaluation/rated_boards.hpp"

namespace holdem {

// What the players of a deal have in common: the board, and on each street, as soon as somebody
// asks, the buckets of all hands and how strong they are on the boards that may come.
class DealtBoard {
 public:
  struct Buckets {
    std::vector<std::uint32_t> met;                  // the buckets there are, each once
    std::array<std::uint16_t, kNumHolePairs> place;  // [pair]: of its bucket among them; anything
                                                     // for hands that cannot be held
  };

  explicit DealtBoard(const BucketMap& map) : map_(map) {}

  // Args: board: five cards. seed, number: of the deal, for runouts.
  void deal(const Card* board, std::uint32_t seed, std::uint64_t number);
  const Buckets& buckets(int street);
  // On the river the board itself, on the turn all rivers, on the flop about a hundred boards.
  const RatedBoards& runouts(int street);

 private:
  void list_buckets(int street, Buckets& to);
  std::uint16_t place_of(std::uint32_t bucket, Buckets& to);

  const BucketMap& map_;
  std::array<Card, 5> board_{};
  std::uint32_t seed_ = 0;
  std::uint64_t number_ = 0;
  std::array<bool, kNumStreets> has_buckets_{};
  std::array<Buckets, kNumStreets> buckets_;
  std::array<bool, kNumStreets> has_runouts_{};
  std::array<RatedBoards, kNumStreets> runouts_;
  std::vector<std::pair<int, std::uint64_t>> indices_;  // pair and hand index
  // Where a bucket is among those met so far: a table by hash, emptied by a new mark.
  struct Slot {
    std::uint32_t bucket = 0;
    std::uint32_t mark = 0;
    std::uint16_t place = 0;
  };
  static constexpr int kSlotBits = 12;
  std::vector<Slot> slots_ = std::vector<Slot>(std::size_t{1} << kSlotBits);
  std::uint32_t mark_ = 0;
};

}  // namespace holdem
