#include <stdexcept>
#include <vector>

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
    for (const WeightedDeal& weighted : deals_) probability_.push_back(weighted.probability);
  }

  void run_iteration(std::uint64_t) override {
    floor_ = t_.regret_floor();
    for (traverser_ = 0; traverser_ < t_.tree.num_players(); ++traverser_) {
      std::vector<double> values(deals_.size());
      walk(0, std::vector<double>(deals_.size(), 1.0), probability_, values);
    }
  }

 private:
  using PerDeal = std::vector<double>;

  // Args: own_reach, cf_reach: probabilities [deal] that the traverser, and all others with chance,
  // come here. values [deal]: receives the traverser's payoff times cf_reach.
  void walk(std::uint32_t index, const PerDeal& own_reach, const PerDeal& cf_reach,
            PerDeal& values) {
    ++t_.counters.nodes_visited;
    if (t_.tree.data()[index].base == 0 && t_.tree.data()[index].kind == NodeKind::decision) {
      t_.tree.grow(index);
    }
    const Node node = t_.tree.data()[index];
    if (node.kind != NodeKind::decision) return settle_all(node, cf_reach, values);

    const std::size_t num_deals = deals_.size();
    const std::size_t num_actions = node.num_actions;
    const std::vector<float> sigma = strategies(node);
    std::vector<PerDeal> action_values(num_actions, PerDeal(num_deals));
    PerDeal reach(num_deals);
    const bool own = node.player == traverser_;
    for (std::size_t a = 0; a < num_actions; ++a) {
      for (std::size_t d = 0; d < num_deals; ++d) {
        reach[d] = (own ? own_reach[d] : cf_reach[d]) * sigma[bucket(node, d) * num_actions + a];
      }
      walk(node.first_child + static_cast<std::uint32_t>(a), own ? reach : own_reach,
           own ? cf_reach : reach, action_values[a]);
    }
    for (std::size_t d = 0; d < num_deals; ++d) {
      double value = 0;
      for (std::size_t a = 0; a < num_actions; ++a) {
        value += action_values[a][d] * (own ? sigma[bucket(node, d) * num_actions + a] : 1.0);
      }
      values[d] = value;
    }
    if (own) update(node, sigma, own_reach, action_values, values);
  }

  void settle_all(const Node& node, const PerDeal& cf_reach, PerDeal& values) const {
    for (std::size_t d = 0; d < deals_.size(); ++d) {
      const ChipsPerPlayer net = t_.tree.payoffs(node, deals_[d].deal);
      values[d] = cf_reach[d] * net[static_cast<std::size_t>(traverser_)];
    }
  }

  std::size_t bucket(const Node& node, std::size_t deal) const {
    return deals_[deal].deal.bucket[node.street][node.player];
  }

  // Current strategies [bucket, action] of a node.
  std::vector<float> strategies(const Node& node) const {
    const std::uint32_t num_buckets = t_.game.num_buckets(node.street);
    std::vector<float> sigma(std::size_t{num_buckets} * node.num_actions + kMaxActions);
    for (std::uint32_t b = 0; b < num_buckets; ++b) {
      match_positive(t_.tables.regrets() + node.row(b), node.num_actions)
          .store(&sigma[std::size_t{b} * node.num_actions], node.num_actions);
    }
    return sigma;
  }

  void update(const Node& node, const std::vector<float>& sigma, const PerDeal& own_reach,
              const std::vector<PerDeal>& action_values, const PerDeal& values) {
    const std::size_t num_actions = node.num_actions;
    std::vector<double> regret(sigma.size());
    std::vector<double> reach(t_.game.num_buckets(node.street));
    for (std::size_t d = 0; d < deals_.size(); ++d) {
      const std::size_t b = bucket(node, d);
      reach[b] += probability_[d] * own_reach[d];
      for (std::size_t a = 0; a < num_actions; ++a) {
        regret[b * num_actions + a] += action_values[a][d] - values[d];
      }
    }
    for (std::uint32_t b = 0; b < reach.size(); ++b) {
      float* regrets = current_regrets(t_.tables, node, b, t_.discount);
      float* sums = t_.tables.strategy_sums() + node.row(b);
      for (std::size_t a = 0; a < num_actions; ++a) {
        const float next = regrets[a] + t_.discount.regret_weight() *
                                            static_cast<float>(regret[b * num_actions + a]);
        regrets[a] = next < floor_ ? floor_ : next;
        sums[a] += t_.discount.strategy_weight() * static_cast<float>(reach[b]) *
                   sigma[b * num_actions + a];
      }
    }
  }

  Training& t_;
  std::span<const WeightedDeal> deals_;
  float floor_ = 0;
  int traverser_ = 0;
  PerDeal probability_;
};

}  // namespace

std::unique_ptr<Sampler> make_full_width(Training& training) {
  return std::make_unique<FullWidth>(training);
}

}  // namespace holdem
