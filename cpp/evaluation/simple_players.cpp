#include <algorithm>
#include <stdexcept>
#include <utility>

#include "evaluation/policy.hpp"

namespace holdem {
namespace {

// Enough for a hundredth of a win rate in tables of a few thousand buckets.
constexpr std::uint64_t kStrengthDeals = 1'000'000;

// What `tight` asks of a hand, as chances against a random one.
constexpr double kTightContinues = 0.5;
constexpr double kTightRaises = 0.7;

class RandomPlayer final : public TabularPolicy {
 public:
  using TabularPolicy::TabularPolicy;

  void probabilities(std::uint32_t node, std::uint32_t, float* to) const override {
    const int num_actions = tree().data()[node].num_actions;
    std::fill_n(to, num_actions, 1.0f / static_cast<float>(num_actions));
  }
};

// A player that never mixes.
class PurePlayer : public TabularPolicy {
 public:
  using TabularPolicy::TabularPolicy;

  void probabilities(std::uint32_t node, std::uint32_t bucket, float* to) const final {
    std::fill_n(to, tree().data()[node].num_actions, 0.0f);
    to[choose(tree().data()[node], bucket)] = 1.0f;
  }

 protected:
  virtual int choose(const Node& node, std::uint32_t bucket) const = 0;

  // A decision lists its actions as fold (where there is a bet), check or call, raises ascending.
  Chips code(const Node& node, int action) const {
    return tree().action_codes()[node.first_child + static_cast<std::uint32_t>(action)];
  }
  bool facing_bet(const Node& node) const { return code(node, 0) == kFold; }
  int call(const Node& node) const { return facing_bet(node) ? 1 : 0; }
};

class CallPlayer final : public PurePlayer {
  using PurePlayer::PurePlayer;
  int choose(const Node& node, std::uint32_t) const override { return call(node); }
};

class RaisePlayer final : public PurePlayer {
  using PurePlayer::PurePlayer;
  int choose(const Node& node, std::uint32_t) const override { return node.num_actions - 1; }
};

class TightPlayer final : public PurePlayer {
 public:
  explicit TightPlayer(std::shared_ptr<const BettingTree> tree)
      : PurePlayer(std::move(tree)), strengths_(showdown_strengths(this->tree().game())) {}

 private:
  int choose(const Node& node, std::uint32_t bucket) const override {
    const double strength = strengths_[node.street][bucket];
    if (strength >= kTightRaises) return std::min(call(node) + 1, node.num_actions - 1);
    return facing_bet(node) && strength < kTightContinues ? 0 : call(node);
  }

  std::vector<std::vector<double>> strengths_;
};

struct Record {
  double halves_won = 0;  // 2 for a win, 1 for a tie, times the deal's weight
  double weight = 0;
};
using Records = std::vector<std::vector<Record>>;  // [street][bucket]

void add(Records& records, const Deal& deal, double weight) {
  const int sign = (deal.strength[0] > deal.strength[1]) - (deal.strength[0] < deal.strength[1]);
  for (std::size_t street = 0; street < records.size(); ++street) {
    Record& first = records[street][deal.bucket[street][0]];
    Record& second = records[street][deal.bucket[street][1]];
    first.halves_won += weight * (1 + sign);
    second.halves_won += weight * (1 - sign);
    first.weight += weight;
    second.weight += weight;
  }
}

}  // namespace

std::vector<std::vector<double>> showdown_strengths(const Game& game) {
  Records records;
  for (int street = 0; street < game.num_streets(); ++street) {
    records.emplace_back(game.num_buckets(street));
  }
  for (const WeightedDeal& listed : game.all_deals()) add(records, listed.deal, listed.probability);
  if (game.all_deals().empty()) {
    Deal deal;
    for (std::uint64_t i = 0; i < kStrengthDeals; ++i) {
      RandomStream random(0, 0, i, Purpose::strength);
      game.sample_deal(random, deal);
      add(records, deal, 1);
    }
  }
  std::vector<std::vector<double>> strengths;
  for (const auto& street : records) {
    auto& of_bucket = strengths.emplace_back();
    for (const Record& record : street) {
      of_bucket.push_back(record.weight > 0 ? record.halves_won / (2 * record.weight) : 0.5);
    }
  }
  return strengths;
}

std::unique_ptr<TabularPolicy> make_simple_player(SimplePlayer kind,
                                                  std::shared_ptr<const BettingTree> tree) {
  switch (kind) {
    case SimplePlayer::call:
      return std::make_unique<CallPlayer>(std::move(tree));
    case SimplePlayer::random:
      return std::make_unique<RandomPlayer>(std::move(tree));
    case SimplePlayer::raise:
      return std::make_unique<RaisePlayer>(std::move(tree));
    case SimplePlayer::tight:
      return std::make_unique<TightPlayer>(std::move(tree));
  }
  throw std::invalid_argument("unknown simple player");
}

}  // namespace holdem
