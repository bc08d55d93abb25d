#include "evaluation/opponent_range.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace holdem {
namespace {

constexpr Action kCheckOrCall{ActionType::call, 0};
constexpr int kRiver = kNumStreets - 1;

}  // namespace

void OpponentRange::deal(const OpponentHands& hands, DealtBoard& board) {
  hands_ = &hands;
  board_ = &board;
  beliefs_.clear();
  reach_at(root_position(rules_), hands.pairs().size(), beliefs_).assign(hands.pairs().size(), 1);
}

OpponentRange::Sums OpponentRange::sums(int street, std::span<const double> shares) const {
  const auto num_hands = static_cast<std::size_t>(hands_->num_hands(street));
  Sums sums;
  for (const Belief& belief : beliefs_) {
    for (std::size_t h = 0; h < num_hands; ++h) {
      sums.reach += belief.reach[h];
      sums.share += belief.reach[h] * shares[h];
    }
  }
  return sums;
}

std::optional<OpponentRange::Sums> OpponentRange::folds(const BettingState& real, Action raise,
                                                        std::span<const double> shares) {
  Sums sums;
  for (Belief& belief : beliefs_) {
    if (calls_anything(belief.at, real)) continue;
    const int first = first_raise(tree(), belief.at.node);
    if (first == tree().data()[belief.at.node].num_actions) return std::nullopt;
    for (const auto& [action, probability] : taken_for(tree(), belief.at, real, raise)) {
      if (action < first) continue;  // nobody folds to a call
      auto& known = belief.folds[static_cast<std::size_t>(action)];
      if (!known) known = folds_to(belief, action, shares);
      sums.reach += probability * known->reach;
      sums.share += probability * known->share;
    }
  }
  return sums;
}

OpponentRange::Sums OpponentRange::folds_to(const Belief& belief, int raise,
                                            std::span<const double> shares) {
  const int street = belief.at.betting.street();
  const std::uint32_t node =
      tree().data()[belief.at.node].first_child + static_cast<std::uint32_t>(raise);
  read_strategy(node, child_strategy_);
  const std::size_t num_actions = tree().data()[node].num_actions;
  const auto& place = board_->buckets(street).place;
  const auto num_hands = static_cast<std::size_t>(hands_->num_hands(street));
  Sums sums;
  for (std::size_t h = 0; h < num_hands; ++h) {
    const double folded =
        belief.reach[h] *
        static_cast<double>(child_strategy_[place[hands_->pairs()[h]] * num_actions]);
    sums.reach += folded;
    sums.share += folded * shares[h];
  }
  return sums;
}

std::vector<Chips> OpponentRange::tree_raises(const BettingState& real) const {
  const Belief* likeliest = nullptr;
  double most = 0;
  for (const Belief& belief : beliefs_) {
    double reach = 0;
    for (const double of_hand : belief.reach) reach += of_hand;
    if (calls_anything(belief.at, real) || reach <= most) continue;
    likeliest = &belief;
    most = reach;
  }
  std::vector<Chips> raises;
  if (likeliest == nullptr) return raises;
  const TreePosition& at = likeliest->at;
  for (int a = first_raise(tree(), at.node); a < tree().data()[at.node].num_actions; ++a) {
    const Action action = in_chips(tree(), at, a, real);
    if (action.type == ActionType::raise) raises.push_back(action.raise_to);
  }
  return raises;
}

void OpponentRange::see(const BettingState& real, Action action) {
  std::vector<Belief> next;
  for (Belief& belief : beliefs_) {
    if (calls_anything(belief.at, real)) {
      std::vector<double>& reach = reach_at(belief.at, belief.reach.size(), next);
      for (std::size_t h = 0; h < reach.size(); ++h) reach[h] += belief.reach[h];
      continue;
    }
    for (const auto& [meaning, probability] : taken_for(tree(), belief.at, real, action)) {
      if (probability <= 0) continue;
      std::vector<double>& reach =
          reach_at(next_position(tree(), belief.at, meaning), belief.reach.size(), next);
      for (std::size_t h = 0; h < reach.size(); ++h) reach[h] += probability * belief.reach[h];
    }
  }
  beliefs_ = std::move(next);
}

std::span<const OpponentRange::Reply> OpponentRange::replies(const BettingState& real) {
  replies_.clear();
  const auto add = [&](Action action, double reach) {
    if (reach <= 0) return;
    const auto same = std::find_if(replies_.begin(), replies_.end(),
                                   [&](const Reply& one) { return one.action == action; });
    if (same == replies_.end()) {
      replies_.push_back({action, reach});
    } else {
      same->reach += reach;
    }
  };
  const auto num_possible = static_cast<std::size_t>(hands_->num_hands(kRiver));
  for (Belief& belief : beliefs_) {
    std::array<double, kMaxActions> reach{};
    if (calls_anything(belief.at, real)) {
      for (std::size_t h = 0; h < num_possible; ++h) reach[0] += belief.reach[h];
      add(kCheckOrCall, reach[0]);
      continue;
    }
    read_strategy(belief.at.node, belief.strategy);
    const std::size_t num_actions = tree().data()[belief.at.node].num_actions;
    const auto& place = board_->buckets(belief.at.betting.street()).place;
    for (std::size_t h = 0; h < num_possible; ++h) {
      const float* row = &belief.strategy[place[hands_->pairs()[h]] * num_actions];
      for (std::size_t a = 0; a < num_actions; ++a) {
        reach[a] += belief.reach[h] * static_cast<double>(row[a]);
      }
    }
    for (std::size_t a = 0; a < num_actions; ++a) {
      add(in_chips(tree(), belief.at, static_cast<int>(a), real), reach[a]);
    }
  }
  return replies_;
}

void OpponentRange::reply(const BettingState& real, Action action) {
  std::vector<Belief> next;
  const auto num_hands = static_cast<std::size_t>(hands_->num_hands(real.street()));
  for (Belief& belief : beliefs_) {
    if (calls_anything(belief.at, real)) {
      if (action != kCheckOrCall) continue;
      std::vector<double>& reach = reach_at(belief.at, belief.reach.size(), next);
      for (std::size_t h = 0; h < num_hands; ++h) reach[h] += belief.reach[h];
      continue;
    }
    const std::size_t num_actions = tree().data()[belief.at.node].num_actions;
    const auto& place = board_->buckets(real.street()).place;
    for (std::size_t a = 0; a < num_actions; ++a) {
      if (in_chips(tree(), belief.at, static_cast<int>(a), real) != action) continue;
      std::vector<double>& reach = reach_at(next_position(tree(), belief.at, static_cast<int>(a)),
                                            belief.reach.size(), next);
      for (std::size_t h = 0; h < num_hands; ++h) {
        const float chosen = belief.strategy[place[hands_->pairs()[h]] * num_actions + a];
        reach[h] += belief.reach[h] * static_cast<double>(chosen);
      }
    }
  }
  beliefs_ = std::move(next);
}

void OpponentRange::read_strategy(std::uint32_t node, std::vector<float>& to) {
  const Node& decision = tree().data()[node];
  if (decision.kind != NodeKind::decision) throw std::logic_error("no decision follows a raise");
  const std::size_t num_actions = decision.num_actions;
  const auto& met = board_->buckets(decision.street).met;
  to.resize(met.size() * num_actions);
  float row[kMaxActions];
  for (std::size_t b = 0; b < met.size(); ++b) {
    policy_.probabilities(node, met[b], row);
    std::copy_n(row, num_actions, &to[b * num_actions]);
  }
}

std::vector<double>& OpponentRange::reach_at(const TreePosition& at, std::size_t num_hands,
                                             std::vector<Belief>& beliefs) {
  for (Belief& belief : beliefs) {
    if (belief.at.node == at.node) return belief.reach;
  }
  beliefs.push_back({at, std::vector<double>(num_hands), {}, {}});
  return beliefs.back().reach;
}

}  // namespace holdem
