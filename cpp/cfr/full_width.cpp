#include <deque>
#include <stdexcept>
#include <vector>

#include "base/interrupt.hpp"
#include "cfr/sampler.hpp"
#include "cfr/strategy.hpp"

namespace holdem {
namespace {

// Counterfactual regret minimisation without sampling, for games whose deals can be listed. The
// betting tree is walked once per player and iteration with a value for every deal.
//
// Source: Zinkevich et al. 2007; alternating updates and regret matching plus from Tammelin 2014.
class FullWidth final : public Sampler {
 public:
  explicit FullWidth(Training& training) : t_(training), deals_(training.game.all_deals()) {
    if (deals_.empty()) {
      throw std::invalid_argument(
          "sampling is full_width; that walks every deal, and this game has too many to list");
    }
    for (const WeightedDeal& weighted : deals_) {
      const Strengths& strength = weighted.deal.strength;
      probability_.push_back(weighted.probability);
      player0_wins_.push_back((strength[0] > strength[1]) - (strength[0] < strength[1]));
      for (int street = 0; street < training.game.num_streets(); ++street) {
        for (int player = 0; player < training.game.num_players(); ++player) {
          buckets_[street][player].push_back(weighted.deal.bucket[street][player]);
        }
      }
    }
  }

  void run_iteration(std::uint64_t iteration) override {
    RandomStream rounding = t_.stream(iteration, Purpose::rounding);
    floor_ = t_.regret_floor();
    const PerDeal certain(deals_.size(), 1.0);
    PerDeal values(deals_.size());
    for (traverser_ = 0; traverser_ < t_.tree.num_players(); ++traverser_) {
      walk(0, 0, certain, probability_, values, rounding);
    }
  }

 private:
  using PerDeal = std::vector<double>;

  // Scratch of one level of the walk, kept from node to node.
  struct Level {
    PerDeal reach;
    std::array<PerDeal, kMaxActions> action_values;
    std::vector<float> sigma;          // [bucket, action]
    std::vector<double> regret;        // [bucket, action]
    std::vector<double> bucket_reach;  // [bucket]
  };

  // Args: own_reach, cf_reach: probabilities [deal] that the traverser, and all others with chance,
  // come here. values [deal]: receives the traverser's payoff times cf_reach.
  void walk(std::uint32_t index, std::size_t depth, const PerDeal& own_reach,
            const PerDeal& cf_reach, PerDeal& values, RandomStream& rounding) {
    ++t_.counters.nodes_visited;
    ticker_.tick();
    if (t_.tree.data()[index].kind == NodeKind::decision && t_.tree.data()[index].base == 0) {
      t_.tree.grow(index);
    }
    const Node node = t_.tree.data()[index];
    if (node.kind != NodeKind::decision) return settle(node, cf_reach, values);

    const std::size_t num_deals = deals_.size();
    const std::size_t num_actions = node.num_actions;
    const bool own = node.player == traverser_;
    const std::uint32_t* bucket = buckets_[node.street][node.player].data();
    Level& level = prepare(depth, node);
    for (std::size_t a = 0; a < num_actions; ++a) {
      const PerDeal& before = own ? own_reach : cf_reach;
      for (std::size_t d = 0; d < num_deals; ++d) {
        level.reach[d] = before[d] * level.sigma[bucket[d] * num_actions + a];
      }
      walk(node.first_child + static_cast<std::uint32_t>(a), depth + 1,
           own ? level.reach : own_reach, own ? cf_reach : level.reach, level.action_values[a],
           rounding);
    }
    for (std::size_t d = 0; d < num_deals; ++d) {
      const float* sigma = &level.sigma[bucket[d] * num_actions];
      double value = 0;
      for (std::size_t a = 0; a < num_actions; ++a) {
        value += own ? level.action_values[a][d] * sigma[a] : level.action_values[a][d];
      }
      values[d] = value;
    }
    if (own) update(node, level, own_reach, values, rounding);
  }

  // The scratch of a level with the current strategies of `node` in it.
  Level& prepare(std::size_t depth, const Node& node) {
    if (depth == levels_.size()) {
      Level& level = levels_.emplace_back();
      level.reach.resize(deals_.size());
      for (PerDeal& values : level.action_values) values.resize(deals_.size());
    }
    Level& level = levels_[depth];
    const std::uint32_t num_buckets = t_.game.num_buckets(node.street);
    const std::size_t size = std::size_t{num_buckets} * node.num_actions;
    level.sigma.resize(size + kMaxActions);
    level.regret.assign(size, 0.0);
    level.bucket_reach.assign(num_buckets, 0.0);
    for (std::uint32_t b = 0; b < num_buckets; ++b) {
      match_positive(t_.tables.regrets() + t_.tree.make_place(node, b).row, node.num_actions)
          .store(&level.sigma[std::size_t{b} * node.num_actions], node.num_actions);
    }
    return level;
  }

  void settle(const Node& node, const PerDeal& cf_reach, PerDeal& values) const {
    if (t_.tree.num_players() > 2) {
      for (std::size_t d = 0; d < deals_.size(); ++d) {
        values[d] = cf_reach[d] *
                    t_.tree.payoffs(node, deals_[d].deal)[static_cast<std::size_t>(traverser_)];
      }
      return;
    }
    const double amount = traverser_ == 0 ? node.amount : -node.amount;
    const bool fold = node.kind == NodeKind::fold;
    for (std::size_t d = 0; d < deals_.size(); ++d) {
      values[d] = cf_reach[d] * amount * (fold ? 1.0 : player0_wins_[d]);
    }
  }

  void update(const Node& node, Level& level, const PerDeal& own_reach, const PerDeal& values,
              RandomStream& rounding) {
    const std::size_t num_actions = node.num_actions;
    const std::uint32_t* bucket = buckets_[node.street][node.player].data();
    for (std::size_t d = 0; d < deals_.size(); ++d) {
      const std::size_t b = bucket[d];
      level.bucket_reach[b] += probability_[d] * own_reach[d];
      for (std::size_t a = 0; a < num_actions; ++a) {
        level.regret[b * num_actions + a] += level.action_values[a][d] - values[d];
      }
    }
    const float regret_weight = t_.discount.regret_weight();
    const float strategy_weight = t_.discount.strategy_weight();
    for (std::uint32_t b = 0; b < level.bucket_reach.size(); ++b) {
      const Place place = t_.tree.place(node, b);
      float* regrets = current_regrets(t_.tables, node, place, t_.discount);
      const float weight = strategy_weight * static_cast<float>(level.bucket_reach[b]);
      const Strategy strategy = Strategy::load(&level.sigma[b * num_actions]);
      add_strategy(t_.tables.strategy_sums() + place.row, strategy, weight, node.num_actions,
                   rounding.next());
      for (std::size_t a = 0; a < num_actions; ++a) {
        const std::size_t i = b * num_actions + a;
        const float regret = regrets[a] + regret_weight * static_cast<float>(level.regret[i]);
        regrets[a] = regret < floor_ ? floor_ : regret;
      }
    }
  }

  Training& t_;
  std::span<const WeightedDeal> deals_;
  PerDeal probability_;
  PerDeal player0_wins_;  // [deal]: 1, 0 or -1
  // [street][player][deal]
  std::array<std::array<std::vector<std::uint32_t>, kMaxPlayers>, kMaxStreets> buckets_;
  float floor_ = 0;
  int traverser_ = 0;
  InterruptTicker ticker_{64};
  std::deque<Level> levels_;
};

}  // namespace

std::unique_ptr<Sampler> make_full_width(Training& training) {
  return std::make_unique<FullWidth>(training);
}

}  // namespace holdem
