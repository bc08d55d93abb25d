#include "evaluation/match.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "cfr/strategy.hpp"

namespace holdem {
namespace {

bool same_decisions(const Node& a, const Node& b) {
  const bool terminal = a.kind != NodeKind::decision;
  return a.kind == b.kind && a.street == b.street && a.player == b.player &&
         a.num_actions == b.num_actions && a.amount == b.amount &&
         (terminal || a.first_child == b.first_child);
}

bool same_betting(const BettingTree& a, const BettingTree& b) {
  return &a == &b || (std::ranges::equal(a.action_codes(), b.action_codes()) &&
                      std::ranges::equal(a.nodes(), b.nodes(), same_decisions));
}

void check(const BettingTree& first, const BettingTree& second) {
  for (const BettingTree* tree : {&first, &second}) {
    if (tree->num_players() != 2) {
      throw std::invalid_argument("a match is played by two; this game has " +
                                  std::to_string(tree->num_players()) + " players");
    }
  }
  if (!same_betting(first, second)) {
    throw std::invalid_argument("the two policies do not bet in the same tree");
  }
}

// One deal at a time. Seats are the players of the tree; a seating says who sits in seat 0.
class Table {
 public:
  Table(const TabularPolicy& first, const TabularPolicy& second, const MatchOptions& options)
      : policies_{&first, &second},
        same_cards_(&first.tree().game() == &second.tree().game()),
        options_(options) {}

  // Chips a hand of the first policy.
  double play_deal(std::uint64_t number) {
    deal_cards(number);
    std::int64_t total = 0;
    for (int i = 0; i < options_.hands_per_seat; ++i) {
      for (const int seat : {0, 1}) {
        RandomStream random(options_.seed, 0, number, Purpose::match, 1 + i);
        total += play_hand(seat, random);
      }
    }
    return static_cast<double>(total) / (2 * options_.hands_per_seat);
  }

 private:
  // A game draws cards from the stream alone, so two games on equal streams deal the same ones.
  void deal_cards(std::uint64_t number) {
    for (int p = 0; p < (same_cards_ ? 1 : 2); ++p) {
      RandomStream random(options_.seed, 0, number, Purpose::match);
      policies_[p]->tree().game().sample_deal(random, deals_[p]);
    }
  }

  // Net chips of the first policy, sitting in `seat`.
  Chips play_hand(int seat, RandomStream& random) const {
    const BettingTree& tree = policies_[0]->tree();
    std::uint32_t index = 0;
    while (tree.data()[index].kind == NodeKind::decision) {
      const Node& node = tree.data()[index];
      const int who = node.player == seat ? 0 : 1;
      const Deal& seen = deals_[same_cards_ ? 0 : who];
      float probabilities[kMaxActions];
      policies_[who]->probabilities(index, seen.bucket[node.street][node.player], probabilities);
      const int action = sample_action(probabilities, node.num_actions, random.next_unit());
      index = node.first_child + static_cast<std::uint32_t>(action);
    }
    return tree.payoffs(tree.data()[index], deals_[0])[static_cast<std::size_t>(seat)];
  }

  const TabularPolicy* policies_[2];
  bool same_cards_;
  MatchOptions options_;
  Deal deals_[2];  // as each policy sees the cards
};

}  // namespace

MatchTally play_match(const TabularPolicy& first, const TabularPolicy& second,
                      const MatchOptions& options, std::uint64_t first_deal,
                      std::uint64_t num_deals) {
  check(first.tree(), second.tree());
  Table table(first, second, options);
  MatchTally tally;
  for (std::uint64_t i = 0; i < num_deals; ++i) tally.add(table.play_deal(first_deal + i));
  return tally;
}

}  // namespace holdem
