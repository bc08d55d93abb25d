#include "evaluation/best_response.hpp"

#include <limits>
#include <stdexcept>

#include "cfr/strategy.hpp"

namespace holdem {
namespace {

using PerDeal = std::vector<double>;

constexpr float kNeverVisited[kMaxActions] = {};  // a row that plays uniformly

// One walk of the betting tree for one player, with a value for every deal: the player either
// follows the profile or, at each infoset, takes the action with the best sum over its deals.
class Walk {
 public:
  Walk(const Game& game, const BettingTree& tree, const float* strategy_sums, int player,
       bool responds)
      : game_(game),
        tree_(tree),
        strategy_sums_(strategy_sums),
        deals_(game.all_deals()),
        player_(player),
        responds_(responds) {}

  double value() const {
    PerDeal reach;
    for (const WeightedDeal& weighted : deals_) reach.push_back(weighted.probability);
    double total = 0;
    for (const double value : values(0, reach)) total += value;
    return total;
  }

 private:
  // Payoffs [deal] times the probability `reach` [deal] that chance and the others come here.
  PerDeal values(std::uint32_t index, const PerDeal& reach) const {
    const Node& node = tree_.data()[index];
    if (node.kind != NodeKind::decision) return payoffs(node, reach);
    const bool free = node.player == player_ && responds_;
    std::vector<PerDeal> action_values;
    for (int action = 0; action < node.num_actions; ++action) {
      const std::uint32_t child = node.first_child + static_cast<std::uint32_t>(action);
      action_values.push_back(values(child, free ? reach : reach_after(node, action, reach)));
    }
    if (free) return best(node, action_values);
    PerDeal total(deals_.size());
    for (const PerDeal& of_action : action_values) {
      for (std::size_t d = 0; d < total.size(); ++d) total[d] += of_action[d];
    }
    return total;
  }

  PerDeal payoffs(const Node& node, const PerDeal& reach) const {
    PerDeal result(deals_.size());
    for (std::size_t d = 0; d < result.size(); ++d) {
      const ChipsPerPlayer net = tree_.payoffs(node, deals_[d].deal);
      result[d] = reach[d] * net[static_cast<std::size_t>(player_)];
    }
    return result;
  }

  PerDeal reach_after(const Node& node, int action, const PerDeal& reach) const {
    PerDeal result(reach.size());
    float sigma[kMaxActions] = {};
    for (std::size_t d = 0; d < reach.size(); ++d) {
      const std::uint32_t bucket = deals_[d].deal.bucket[node.street][node.player];
      const Place place = tree_.place(node, bucket);
      const float* sums = place.row == 0 ? kNeverVisited : strategy_sums_ + place.row;
      match_positive(sums, node.num_actions).store(sigma, node.num_actions);
      result[d] = reach[d] * static_cast<double>(sigma[action]);
    }
    return result;
  }

  PerDeal best(const Node& node, const std::vector<PerDeal>& action_values) const {
    const std::uint32_t num_buckets = game_.num_buckets(node.street);
    const auto bucket = [&](std::size_t d) {
      return deals_[d].deal.bucket[node.street][node.player];
    };
    std::vector<double> best_total(num_buckets, -std::numeric_limits<double>::infinity());
    std::vector<std::size_t> choice(num_buckets, 0);
    for (std::size_t a = 0; a < action_values.size(); ++a) {
      std::vector<double> total(num_buckets);
      for (std::size_t d = 0; d < deals_.size(); ++d) total[bucket(d)] += action_values[a][d];
      for (std::uint32_t b = 0; b < num_buckets; ++b) {
        if (total[b] > best_total[b]) {
          best_total[b] = total[b];
          choice[b] = a;
        }
      }
    }
    PerDeal result(deals_.size());
    for (std::size_t d = 0; d < result.size(); ++d) result[d] = action_values[choice[bucket(d)]][d];
    return result;
  }

  const Game& game_;
  const BettingTree& tree_;
  const float* strategy_sums_;
  std::span<const WeightedDeal> deals_;
  int player_;
  bool responds_;
};

}  // namespace

ProfileValue evaluate_profile(const Game& game, const BettingTree& grown,
                              const float* strategy_sums) {
  if (game.all_deals().empty()) {
    throw std::invalid_argument("exact best responses need a game whose deals can be listed");
  }
  // A best response goes where training has not been yet, so a growing tree is completed first.
  BettingTree tree = grown;
  for (std::uint32_t index = 0; index < tree.nodes().size(); ++index) {
    const Node& node = tree.data()[index];
    if (node.kind == NodeKind::decision && node.base == 0) tree.grow(index);
  }
  ProfileValue result;
  for (int player = 0; player < game.num_players(); ++player) {
    result.value.push_back(Walk(game, tree, strategy_sums, player, false).value());
    result.best_response_value.push_back(Walk(game, tree, strategy_sums, player, true).value());
  }
  return result;
}

}  // namespace holdem
