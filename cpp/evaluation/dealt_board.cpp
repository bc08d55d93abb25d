#include "evaluation/dealt_board.hpp"

#include <algorithm>
#include <utility>

namespace holdem {
namespace {

constexpr int kNumShuffles = 2;

}  // namespace

void DealtBoard::deal(const Card* board, std::uint32_t seed, std::uint64_t number) {
  std::copy_n(board, board_.size(), board_.begin());
  seed_ = seed;
  number_ = number;
  std::fill(has_buckets_.begin() + 1, has_buckets_.end(), false);  // before the flop none change
  has_runouts_.fill(false);
}

const DealtBoard::Buckets& DealtBoard::buckets(int street) {
  const auto s = static_cast<std::size_t>(street);
  if (!std::exchange(has_buckets_[s], true)) list_buckets(street, buckets_[s]);
  return buckets_[s];
}

const RatedBoards& DealtBoard::runouts(int street) {
  const auto s = static_cast<std::size_t>(street);
  if (!std::exchange(has_runouts_[s], true)) {
    runouts_[s].clear();
    runouts_[s].add_runouts(
        map_.deck(), board_.data(), kBoardCards[street], kNumShuffles,
        RandomStream(seed_, 0, number_, Purpose::rollout, static_cast<std::uint32_t>(street)));
  }
  return runouts_[s];
}

void DealtBoard::list_buckets(int street, Buckets& to) {
  // Index all hands first: the tables are far larger than the caches, so their loads overlap.
  indices_.clear();
  const CardSet dead = card_set(board_.data(), kBoardCards[street]) | ~map_.deck().cards();
  for_each_live_pair(dead, [&](int pair, Card a, Card b) {
    const Card hole_cards[2] = {a, b};
    indices_.emplace_back(pair, map_.hand_index(street, hole_cards, board_.data()));
    __builtin_prefetch(map_.address(street, indices_.back().second));
  });
  to.met.clear();
  ++mark_;
  for (const auto& [pair, index] : indices_) {
    to.place[static_cast<std::size_t>(pair)] = place_of(map_.bucket_at(street, index), to);
  }
}

std::uint16_t DealtBoard::place_of(std::uint32_t bucket, Buckets& to) {
  std::uint32_t at = bucket * 0x9E3779B1u >> (32 - kSlotBits);
  while (slots_[at].mark == mark_ && slots_[at].bucket != bucket) at = (at + 1) % slots_.size();
  Slot& slot = slots_[at];
  if (slot.mark != mark_) {
    slot = {bucket, mark_, static_cast<std::uint16_t>(to.met.size())};
    to.met.push_back(bucket);
  }
  return slot.place;
}

}  // namespace holdem
