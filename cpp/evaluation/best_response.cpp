#include "evaluation/best_response.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "base/parallel.hpp"
#include "tree/public_walk.hpp"

namespace holdem {
namespace {

// What a walk does at decisions (public_walk.hpp): follow the strategies, or respond to them.
class Player {
 public:
  Player(std::vector<const StrategyLanes*> strategies, int player, Play play)
      : strategies_(std::move(strategies)), player_(player), play_(play) {}

  int player() const { return player_; }
  bool weighs_actions() const { return play_ == Play::follow; }

  void enter(const PublicState& state, double) {
    bucket_of_hand_[static_cast<std::size_t>(state.street)] = state.bucket.data();
  }
  void begin_group(int, std::uint32_t) {}
  void end_group(int, std::uint32_t) {}

  StrategyRows strategy(int street, std::uint32_t group, int player) const {
    return strategies_[static_cast<std::size_t>(player)]->rows(
        street, group, bucket_of_hand_[static_cast<std::size_t>(street)]);
  }

  void value_action(const WalkDecision& decision, std::uint32_t action, const Lanes* of_action,
                    Lanes* values) const {
    if (action == 0) std::fill_n(values, decision.num_hands, Lanes{});
    add_by_strategy(decision.num_hands, strategy(decision.street, decision.group, player_),
                    decision.node.offset + action, of_action, values);
  }
  void value_decision(const WalkDecision&, const Lanes*, const Lanes*) const {}

 private:
  std::vector<const StrategyLanes*> strategies_;
  int player_;
  Play play_;
  std::array<const std::uint32_t*, kMaxStreets> bucket_of_hand_{};
};

}  // namespace

// The first two streets are walked here; what follows after the second public cards, by workers.
class ExactValue::Walks {
 public:
  Walks(const PublicGame& game, const StreetForest& forest,
        std::vector<const StrategyLanes*> strategies, int player, Play play)
      : game_(game),
        forest_(forest),
        player_(std::move(strategies), player, play),
        walk_(game, forest, player_) {
    PublicState& root = walk_.level(0).state;
    game.root(root);
    ones_.assign(root.num_hands(), Lanes::all(1.0));
    by_hand_.assign(root.num_hands(), Lanes{});
    ends_ = {root.num_hands(), {}, by_hand_.data()};
    for (int p = 0; p < forest.tree().num_players(); ++p) {
      if (p != player) ends_.reach[p] = ones_.data();
    }
    walk_.descend(0, ends_, 1.0);
  }

  PublicWalk<Player>& walk() { return walk_; }

  bool add_part(std::uint32_t part, int num_workers, const std::atomic<bool>& stop) {
    auto& root = walk_.level(0);
    auto& first = walk_.level(1);
    game_.child(root.state, part, first.state);
    const WalkEnds to_root = root.ends(root.leaf_values.data());
    if (walk_.is_last(1)) {
      walk_.walk(1, to_root, 1.0);
      return true;
    }
    walk_.descend(1, to_root, 1.0);
    const std::uint32_t num_tasks = first.state.num_children;
    std::vector<std::vector<Lanes>> sums(num_tasks);
    parallel_for(num_tasks, 1, num_workers, [&](std::uint64_t begin, std::uint64_t end) {
      // Pieces are of one task: a worker's memory is taken from those that are idle, or made.
      std::unique_ptr<Worker> worker = take_worker();
      for (std::uint64_t task = begin; task < end && !stop; ++task) {
        sums[task].assign(first.leaf_values.size(), Lanes{});
        PublicState& state = worker->walk.level(2).state;
        game_.child(first.state, static_cast<std::uint32_t>(task), state);
        worker->walk.walk(2, first.ends(sums[task].data()), 1.0);
      }
      give_worker(std::move(worker));
    });
    if (stop) return false;
    for (const std::vector<Lanes>& of_task : sums) {
      for (std::size_t i = 0; i < of_task.size(); ++i) first.leaf_values[i] += of_task[i];
    }
    walk_.ascend(1, to_root);
    return true;
  }

  double value() {
    std::fill(by_hand_.begin(), by_hand_.end(), Lanes{});
    walk_.ascend(0, ends_);
    double total = 0;
    for (const Lanes& value : by_hand_) total += value[0];
    return total;
  }

 private:
  struct Worker {
    Worker(const PublicGame& game, const StreetForest& forest, const Player& like)
        : player(like), walk(game, forest, player) {}
    Player player;
    PublicWalk<Player> walk;
  };

  std::unique_ptr<Worker> take_worker() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::make_unique<Worker>(game_, forest_, player_);
    std::unique_ptr<Worker> worker = std::move(idle_.back());
    idle_.pop_back();
    return worker;
  }
  void give_worker(std::unique_ptr<Worker> worker) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(worker));
  }

  const PublicGame& game_;
  const StreetForest& forest_;
  Player player_;
  PublicWalk<Player> walk_;
  std::vector<Lanes> ones_;
  std::vector<Lanes> by_hand_;
  WalkEnds ends_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Worker>> idle_;
};

ExactValue::ExactValue(const PublicGame& game, const StreetForest& forest,
                       std::vector<const StrategyLanes*> strategies, int player, Play play)
    : walks_(std::make_unique<Walks>(game, forest, std::move(strategies), player, play)) {}

ExactValue::ExactValue(ExactValue&&) noexcept = default;
ExactValue::~ExactValue() = default;

std::uint32_t ExactValue::num_parts() const {
  return walks_->walk().is_last(0) ? 0 : walks_->walk().level(0).state.num_children;
}

bool ExactValue::add_part(std::uint32_t part, int num_workers, const std::atomic<bool>& stop) {
  return walks_->add_part(part, num_workers, stop);
}

std::span<double> ExactValue::sums() {
  std::vector<Lanes>& sums = walks_->walk().level(0).leaf_values;
  return {reinterpret_cast<double*>(sums.data()), sums.size() * kLanes};
}

double ExactValue::value() { return walks_->value(); }

StrategyProfile::StrategyProfile(std::shared_ptr<const Game> game,
                                 const std::vector<const TabularPolicy*>& policies, int num_workers,
                                 std::uint32_t start)
    : game_(std::move(game)), tree_(policies.at(0)->tree()) {
  if (game_->public_game() == nullptr) {
    throw std::invalid_argument("exact values need a game whose hands can be walked all at once");
  }
  bool fits = policies.size() == static_cast<std::size_t>(game_->num_players());
  for (const TabularPolicy* policy : policies) {
    const Game& of_policy = policy->tree().game();
    fits = fits && of_policy.num_players() == game_->num_players() &&
           of_policy.num_streets() == game_->num_streets();
    for (int street = 0; fits && street < game_->num_streets(); ++street) {
      fits = of_policy.num_buckets(street) == game_->num_buckets(street);
    }
  }
  if (!fits) throw std::invalid_argument("the strategies are not of this game");
  complete(tree_);  // a best response goes where training has not been yet
  for (const TabularPolicy* policy : policies) {
    if (!is_numbered_alike(tree_, policy->tree())) {
      throw std::invalid_argument(
          "the strategies are of different betting, or of trees that grew differently");
    }
  }
  forest_ = std::make_unique<StreetForest>(tree_, public_game().settles_folds(), start);
  for (int p = 0; p < num_players(); ++p) {
    lanes_.push_back(std::make_unique<StrategyLanes>(
        *forest_, *policies[static_cast<std::size_t>(p)], p, num_workers));
  }
}

std::vector<const StrategyLanes*> StrategyProfile::strategies() const {
  std::vector<const StrategyLanes*> strategies;
  for (const auto& lanes : lanes_) strategies.push_back(lanes.get());
  return strategies;
}

ExactValue StrategyProfile::value(int player, Play play) const {
  if (forest_->start() != 0) throw std::invalid_argument("play does not begin at the root");
  return ExactValue(public_game(), *forest_, strategies(), player, play);
}

std::vector<double> StrategyProfile::values_at(std::span<const std::uint8_t> public_cards,
                                               const std::vector<std::span<const double>>& reach,
                                               int player, Play play) const {
  const PublicGame& game = public_game();
  Player visitor(strategies(), player, play);
  PublicWalk<Player> walk(game, *forest_, visitor);
  PublicState root;
  game.root(root, false);
  PublicState start;
  game.at(public_cards, start);
  const int street = forest_->first_street();
  if (start.street != street) {
    throw std::invalid_argument("public_cards: play begins on another street");
  }
  walk.level(street).state = std::move(start);

  std::vector<Lanes> values(root.num_hands());
  std::vector<std::vector<Lanes>> lanes(reach.size());
  WalkEnds ends{root.num_hands(), {}, values.data()};
  bool fits = reach.size() == static_cast<std::size_t>(num_players());
  for (std::size_t p = 0; fits && p < reach.size(); ++p) {
    fits = reach[p].size() == root.num_hands();
    if (!fits || static_cast<int>(p) == player) continue;
    for (const double of_hand : reach[p]) lanes[p].push_back(Lanes::all(of_hand));
    ends.reach[p] = lanes[p].data();
  }
  if (!fits) {
    throw std::invalid_argument("reach: must be a number for each of the " +
                                std::to_string(root.num_hands()) + " hands of every player");
  }
  walk.walk(street, ends, 1.0);
  std::vector<double> result;
  for (const Lanes& value : values) result.push_back(value[0]);
  return result;
}

ProfileValue evaluate_profile(std::shared_ptr<const Game> game, const TabularPolicy& policy) {
  const std::vector<const TabularPolicy*> policies(static_cast<std::size_t>(game->num_players()),
                                                   &policy);
  const StrategyProfile profile(std::move(game), policies, 1);
  const auto value = [&](int player, Play play) {
    ExactValue exact = profile.value(player, play);
    const std::atomic<bool> never{false};
    for (std::uint32_t part = 0; part < exact.num_parts(); ++part) exact.add_part(part, 1, never);
    return exact.value();
  };
  ProfileValue result;
  for (int p = 0; p < profile.num_players(); ++p) {
    // What two players win adds up to zero.
    const bool known = profile.num_players() == 2 && p == 1;
    result.value.push_back(known ? -result.value[0] : value(p, Play::follow));
    result.best_response_value.push_back(value(p, Play::respond));
  }
  return result;
}

}  // namespace holdem
