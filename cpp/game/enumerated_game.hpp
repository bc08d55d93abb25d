#pragma once

#include <utility>
#include <vector>

#include "game/game.hpp"

namespace holdem {

// A toy game whose deals can be listed. Answers are known for it, so the solvers are proved on it.
class EnumeratedGame : public Game {
 public:
  void sample_deal(RandomStream& random, Deal& deal) const final {
    deal = deals_[draw_[random.below(static_cast<std::uint32_t>(draw_.size()))]].deal;
  }
  std::span<const WeightedDeal> all_deals() const final { return deals_; }

 protected:
  // Adds a deal that stands for `count` equally likely orders of the deck.
  void add_deal(const Deal& deal, std::size_t count) {
    draw_.insert(draw_.end(), count, static_cast<std::uint32_t>(deals_.size()));
    deals_.push_back({deal, static_cast<double>(count)});
  }
  void normalise() {
    for (WeightedDeal& weighted : deals_) {
      weighted.probability /= static_cast<double>(draw_.size());
    }
  }

 private:
  std::vector<WeightedDeal> deals_;
  std::vector<std::uint32_t> draw_;  // a deal for each equally likely order of the deck
};

}  // namespace holdem
