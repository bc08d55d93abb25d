#include "evaluation/best_response.hpp"

#include <algorithm>
#include <stdexcept>

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
  bool responds() const { return play_ == Play::respond; }
  bool weighs_actions() const { return !responds(); }

  void enter(const PublicState& state, double) {
    bucket_of_hand_[static_cast<std::size_t>(state.street)] = state.bucket.data();
  }
  void begin_group(int, std::uint32_t) {}
  void end_group(int, std::uint32_t) {}

  StrategyRows strategy(int street, std::uint32_t group, int player) const {
    return strategies_[static_cast<std::size_t>(player)]->rows(
        street, group, bucket_of_hand_[static_cast<std::size_t>(street)]);
  }

  void value_action(const PublicWalk<Player>::Decision& decision, std::uint32_t action,
                    const Lanes* of_action, Lanes* values) const {
    if (responds()) return take_larger(decision.num_hands, of_action, values);
    if (action == 0) std::fill_n(values, decision.num_hands, Lanes{});
    add_by_strategy(decision.num_hands, strategy(decision.street, decision.group, player_),
                    decision.node.offset + action, of_action, values);
  }
  void value_decision(const PublicWalk<Player>::Decision&, const Lanes*, const Lanes*) const {}

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
    ones_.assign(root.num_hands(), 1.0);
    by_hand_.assign(root.num_hands(), 0.0);
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
    std::vector<std::vector<double>> sums(num_tasks);
    parallel_for(num_tasks, 1, num_workers, [&](std::uint64_t begin, std::uint64_t end) {
      // Pieces are of one task: a worker's memory is taken from those that are idle, or made.
      std::unique_ptr<Worker> worker = take_worker();
      for (std::uint64_t task = begin; task < end && !stop; ++task) {
        sums[task].assign(first.leaf_values.size(), 0.0);
        PublicState& state = worker->walk.level(2).state;
        game_.child(first.state, static_cast<std::uint32_t>(task), state);
        worker->walk.walk(2, first.ends(sums[task].data()), 1.0);
      }
      give_worker(std::move(worker));
    });
    if (stop) return false;
    for (const std::vector<double>& of_task : sums) {
      for (std::size_t i = 0; i < of_task.size(); ++i) first.leaf_values[i] += of_task[i];
    }
    walk_.ascend(1, to_root);
    return true;
  }

  double value() {
    std::fill(by_hand_.begin(), by_hand_.end(), 0.0);
    walk_.ascend(0, ends_);
    double total = 0;
    for (const double value : by_hand_) total += value;
    return total;
  }

  const std::vector<double>& by_hand() const { return by_hand_; }

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
  std::vector<double> ones_;
  std::vector<double> by_hand_;
  WalkEnds ends_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Worker>> idle_;
};

ExactValue::ExactValue(const PublicGame& game, const StreetForest& forest,
                       std::vector<const StrategyLanes*> strategies, int player, Play play)
    : walks_(std::make_unique<Walks>(game, forest, std::move(strategies), player, play)) {}

ExactValue::~ExactValue() = default;

std::uint32_t ExactValue::num_parts() const {
  return walks_->walk().is_last(0) ? 0 : walks_->walk().level(0).state.num_children;
}

bool ExactValue::add_part(std::uint32_t part, int num_workers, const std::atomic<bool>& stop) {
  return walks_->add_part(part, num_workers, stop);
}

std::span<double> ExactValue::sums() { return walks_->walk().level(0).leaf_values; }

double ExactValue::value() { return walks_->value(); }

const std::vector<double>& ExactValue::values_by_hand() const { return walks_->by_hand(); }

ProfileValue evaluate_profile(const TabularPolicy& policy) {
  // A best response goes where training has not been yet.
  BettingTree tree = policy.tree();
  complete(tree);
  const PublicGame* game = tree.game().public_game();
  if (game == nullptr) {
    throw std::invalid_argument("exact values need a game whose hands can be walked all at once");
  }
  const int num_players = tree.num_players();
  const StreetForest forest(tree, game->settles_folds());
  std::vector<std::unique_ptr<StrategyLanes>> lanes;
  std::vector<const StrategyLanes*> strategies;
  for (int p = 0; p < num_players; ++p) {
    lanes.push_back(std::make_unique<StrategyLanes>(forest, policy, p, 1));
    strategies.push_back(lanes.back().get());
  }
  const auto value = [&](int player, Play play) {
    ExactValue exact(*game, forest, strategies, player, play);
    const std::atomic<bool> never{false};
    for (std::uint32_t part = 0; part < exact.num_parts(); ++part) exact.add_part(part, 1, never);
    return exact.value();
  };
  ProfileValue result;
  for (int p = 0; p < num_players; ++p) {
    // What two players win adds up to zero.
    const bool known = num_players == 2 && p == 1;
    result.value.push_back(known ? -result.value[0] : value(p, Play::follow));
    result.best_response_value.push_back(value(p, Play::respond));
  }
  return result;
}

}  // namespace holdem
