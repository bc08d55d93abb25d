#include "evaluation/board_buckets.hpp"

#include <algorithm>

namespace holdem {

void BoardBuckets::deal(const Card* board) {
  std::copy_n(board, board_.size(), board_.begin());
  std::fill(is_listed_.begin() + 1, is_listed_.end(), false);  // before the flop there is none
}

const BoardBuckets::Street& BoardBuckets::street(int street) {
  if (!is_listed_[static_cast<std::size_t>(street)]) list(street);
  return streets_[static_cast<std::size_t>(street)];
}

void BoardBuckets::list(int street) {
  Street& to = streets_[static_cast<std::size_t>(street)];
  to.buckets.clear();
  ++mark_;
  const CardSet dead = card_set(board_.data(), kBoardCards[street]) | ~map_.deck().cards();
  for_each_live_pair(dead, [&](int pair, Card a, Card b) {
    const Card hole_cards[2] = {a, b};
    const std::uint32_t bucket = map_.bucket(street, hole_cards, board_.data());
    std::uint32_t at = bucket * 0x9E3779B1u >> 20;
    while (slots_[at].mark == mark_ && slots_[at].bucket != bucket) at = (at + 1) % kNumSlots;
    Slot& slot = slots_[at];
    if (slot.mark != mark_) {
      slot = {bucket, mark_, static_cast<std::uint16_t>(to.buckets.size())};
      to.buckets.push_back(bucket);
    }
    to.place[static_cast<std::size_t>(pair)] = slot.place;
  });
  is_listed_[static_cast<std::size_t>(street)] = true;
}

}  // namespace holdem
