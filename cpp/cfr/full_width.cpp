#include <algorithm>
#include <stdexcept>
#include <vector>

#include "base/interrupt.hpp"
#include "base/vector_width.hpp"
#include "cfr/sampler.hpp"
#include "cfr/strategy.hpp"
#include "tree/public_walk.hpp"

namespace holdem {
namespace {

using Step = StreetForest::Step;

// Regret matching for a group's lanes at one decision of one infoset a lane.
//
// Args: row: [action][lane], regrets that become probabilities.
HOLDEM_INLINE void match_lanes(float* row, std::uint32_t num_actions) {
  using Floats = float __attribute__((vector_size(kLanes * sizeof(float)), aligned(4), may_alias));
  auto* actions = reinterpret_cast<Floats*>(row);
  Floats total{};
  for (std::uint32_t a = 0; a < num_actions; ++a) {
    actions[a] = actions[a] > 0 ? actions[a] : Floats{};
    total += actions[a];
  }
  const float uniform = 1.0f / static_cast<float>(num_actions);
  for (std::uint32_t a = 0; a < num_actions; ++a) {
    actions[a] = total > 0 ? actions[a] / (total > 0 ? total : total + 1) : Floats{} + uniform;
  }
}

// The current strategies of a group in the public state at hand: [row][action][lane].
HOLDEM_WIDEST_VECTORS
void match_group(std::uint32_t num_rows, const StreetForest::Shape& shape, int player,
                 float* block) {
  const std::uint32_t num_actions = shape.num_actions[static_cast<std::size_t>(player)];
  for (std::uint32_t row = 0; row < num_rows; ++row) {
    float* const of_row = block + std::size_t{row} * num_actions * kLanes;
    for (const auto& node : shape.nodes) {
      if (node.step != Step::decision || node.player != player) continue;
      match_lanes(of_row + std::size_t{node.offset} * kLanes, node.num_actions);
    }
  }
}

// values = the strategy's mean over actions so far; sums [row, action] += what the action is worth.
HOLDEM_WIDEST_VECTORS
void weigh_action(std::uint32_t num_hands, const StrategyRows& strategy, std::uint32_t action,
                  bool is_first, const Lanes* of_action, Lanes* values, Lanes* sums) {
  const float* const probabilities = strategy.of_action(action);
  const std::uint32_t* const rows = strategy.row_of_hand;
  const std::size_t num_actions = strategy.num_actions;
  for (std::uint32_t h = 0; h < num_hands; ++h) {
    const std::size_t row = rows[h] * num_actions;
    const Lanes weighed = of_action[h] * Lanes::of_floats(probabilities + row * kLanes);
    values[h] = is_first ? weighed : values[h] + weighed;
    sums[row + action] += of_action[h];
  }
}

// Takes what the decision is worth off each action's sum; adds the reach probabilities of each row.
HOLDEM_WIDEST_VECTORS
void close_decision(std::uint32_t num_hands, const StrategyRows& strategy,
                    const StreetForest::ShapeNode& node, const Lanes* values,
                    const Lanes* own_reach, Lanes* sums, Lanes* reaches) {
  for (std::uint32_t h = 0; h < num_hands; ++h) {
    const std::size_t first =
        std::size_t{strategy.row_of_hand[h]} * strategy.num_actions + node.offset;
    for (std::uint32_t a = 0; a < node.num_actions; ++a) sums[first + a] += -values[h];
    reaches[first] += own_reach[h];
  }
}

// What a walk does at decisions: it plays the current strategies of all, and adds to the regrets
// and strategy sums of one player.
//
// Rows of a bucket that a single public state has are updated as the walk leaves the state. Those
// of a bucket that many states share must stay as they are until the walk is over: what is added to
// them is kept in a table of its own.
class RegretUpdate {
 public:
  RegretUpdate(Training& training, const StreetForest& forest, const PublicGame& game)
      : t_(training), forest_(forest) {
    bool any_shared = false;
    for (std::size_t s = 0; s < forest.streets().size(); ++s) {
      Street& street = streets_.emplace_back();
      street.shared = !game.buckets_are_private(static_cast<int>(s));
      any_shared = any_shared || street.shared;
      for (auto& of_player : street.strategies) of_player.resize(forest.streets()[s].groups.size());
    }
    if (any_shared) added_ = std::make_unique<MemoryBlock>(training.tables.capacity());
  }

  void begin(int player, RandomStream& rounding, float floor) {
    player_ = player;
    rounding_ = &rounding;
    floor_ = floor;
  }

  // Brings what was added to shared rows into the regrets, when the walk is over.
  void finish() {
    for (const Node& node : t_.tree.nodes()) {
      if (node.kind != NodeKind::decision || node.player != player_) continue;
      if (!streets_[node.street].shared) continue;
      for (std::uint32_t b = 0; b < t_.game.num_buckets(node.street); ++b) {
        const Place place = t_.tree.place(node, b);
        if (place.row == 0) continue;
        float* added = added_->data() + place.row;
        add_regrets(node, place, added);
        std::fill_n(added, node.num_actions, 0.0f);
      }
    }
  }

  // For the walk (public_walk.hpp) -----------------------------------------------------------

  int player() const { return player_; }
  bool weighs_actions() const { return true; }

  void enter(const PublicState& state, double chance) {
    Street& street = streets_[static_cast<std::size_t>(state.street)];
    street.chance = chance;
    street.num_others = state.num_others;
    street.bucket_of_row = state.bucket;
    std::sort(street.bucket_of_row.begin(), street.bucket_of_row.end());
    street.bucket_of_row.erase(
        std::unique(street.bucket_of_row.begin(), street.bucket_of_row.end()),
        street.bucket_of_row.end());
    street.row_of_hand.resize(state.num_hands());
    for (std::uint32_t h = 0; h < state.num_hands(); ++h) {
      const auto found = std::lower_bound(street.bucket_of_row.begin(), street.bucket_of_row.end(),
                                          state.bucket[h]);
      street.row_of_hand[h] = static_cast<std::uint32_t>(found - street.bucket_of_row.begin());
    }
    const auto& of_street = forest_.streets()[static_cast<std::size_t>(state.street)];
    const auto num_players = static_cast<std::uint32_t>(t_.tree.num_players());
    const auto num_blocks = static_cast<std::uint32_t>(of_street.groups.size()) * num_players;
    // Each block of rows is asked for while the one before is read.
    for (std::uint32_t block = 0; block <= num_blocks; ++block) {
      if (block < num_blocks) {
        prefetch_rows(street, state.street, block / num_players,
                      static_cast<int>(block % num_players), t_.tables.regrets());
      }
      if (block > 0) {
        load_strategies(street, of_street, (block - 1) / num_players,
                        static_cast<int>((block - 1) % num_players));
      }
    }
  }

  StrategyRows strategy(int number, std::uint32_t group, int player) const {
    const Street& street = streets_[static_cast<std::size_t>(number)];
    return {street.strategies[static_cast<std::size_t>(player)][group].data(),
            shape_of(number, group).num_actions[static_cast<std::size_t>(player)],
            street.row_of_hand.data()};
  }

  void begin_group(int number, std::uint32_t group) {
    ticker_.tick();
    const Street& street = streets_[static_cast<std::size_t>(number)];
    const auto& shape = shape_of(number, group);
    const std::size_t room =
        street.bucket_of_row.size() * shape.num_actions[static_cast<std::size_t>(player_)];
    sums_.assign(room, Lanes{});
    reaches_.assign(room, Lanes{});
    // Asked for now, the rows are there when the walk of the group is over.
    prefetch_rows(street, number, group, player_, t_.tables.regrets());
    prefetch_rows(street, number, group, player_, t_.tables.strategy_sums());
    t_.counters.nodes_visited +=
        shape.nodes.size() *
        forest_.streets()[static_cast<std::size_t>(number)].groups[group].num_roots;
  }

  void value_action(const WalkDecision& decision, std::uint32_t action, const Lanes* of_action,
                    Lanes* values) {
    weigh_action(decision.num_hands, strategy(decision.street, decision.group, player_),
                 decision.node.offset + action, action == 0, of_action, values, sums_.data());
  }

  void value_decision(const WalkDecision& decision, const Lanes* own_reach, const Lanes* values) {
    close_decision(decision.num_hands, strategy(decision.street, decision.group, player_),
                   decision.node, values, own_reach, sums_.data(), reaches_.data());
  }

  void end_group(int number, std::uint32_t group_number) {
    const Street& street = streets_[static_cast<std::size_t>(number)];
    const auto& group = forest_.streets()[static_cast<std::size_t>(number)].groups[group_number];
    const auto& shape = shape_of(number, group_number);
    for (std::size_t n = 0; n < shape.nodes.size(); ++n) {
      const auto& node = shape.nodes[n];
      if (node.step != Step::decision || node.player != player_) continue;
      for (std::uint32_t lane = 0; lane < group.num_roots; ++lane) {
        update_rows(street, strategy(number, group_number, player_), node, group.node(n, lane),
                    static_cast<int>(lane));
      }
    }
  }

 private:
  // The public state that the walk has entered on a street.
  struct Street {
    bool shared = false;
    double chance = 0;
    double num_others = 0;
    std::vector<std::uint32_t> bucket_of_row;  // ascending
    std::vector<std::uint32_t> row_of_hand;
    std::array<std::vector<std::vector<float>>, kMaxPlayers> strategies;  // [player][group]
  };

  const StreetForest::Shape& shape_of(int street, std::uint32_t group) const {
    const auto& of_street = forest_.streets()[static_cast<std::size_t>(street)];
    return of_street.shapes[of_street.groups[group].shape];
  }

  // Rows of a bucket lie side by side in one street's subtree (street_rows): the first decision's
  // stand for all. They are the better part of the time otherwise: where every hand has a bucket of
  // its own, nothing of them is in a cache.
  void prefetch_rows(const Street& street, int number, std::uint32_t group_number, int player,
                     const float* table) const {
    if (t_.tree.layout() != TableLayout::street_rows) return;
    const auto& group = forest_.streets()[static_cast<std::size_t>(number)].groups[group_number];
    const auto& nodes = shape_of(number, group_number).nodes;
    const auto first = std::find_if(nodes.begin(), nodes.end(), [&](const auto& node) {
      return node.step == Step::decision && node.player == player;
    });
    if (first == nodes.end()) return;
    for (std::uint32_t lane = 0; lane < group.num_roots; ++lane) {
      const auto index = static_cast<std::size_t>(first - nodes.begin());
      const Node& node = t_.tree.data()[group.node(index, lane)];
      for (const std::uint32_t bucket : street.bucket_of_row) {
        __builtin_prefetch(table + node.row(bucket));
      }
    }
  }

  void load_strategies(Street& street, const StreetForest::Street& of_street, std::uint32_t g,
                       int player) {
    const auto& group = of_street.groups[g];
    const auto& shape = of_street.shapes[group.shape];
    const std::uint32_t num_actions = shape.num_actions[static_cast<std::size_t>(player)];
    const auto num_rows = static_cast<std::uint32_t>(street.bucket_of_row.size());
    std::vector<float>& block = street.strategies[static_cast<std::size_t>(player)][g];
    block.resize(std::size_t{num_rows} * num_actions * kLanes);
    for (std::size_t n = 0; n < shape.nodes.size(); ++n) {
      const auto& node = shape.nodes[n];
      if (node.step != Step::decision || node.player != player) continue;
      for (std::uint32_t lane = 0; lane < group.num_roots; ++lane) {
        const Node& in_tree = t_.tree.data()[group.node(n, lane)];
        for (std::uint32_t row = 0; row < num_rows; ++row) {
          const Place place = t_.tree.make_place(in_tree, street.bucket_of_row[row]);
          const float* regrets = t_.tables.regrets() + place.row;
          float* to = &block[(std::size_t{row} * num_actions + node.offset) * kLanes + lane];
          for (std::uint32_t a = 0; a < node.num_actions; ++a) {
            to[std::size_t{a} * kLanes] = regrets[a];
          }
        }
      }
    }
    match_group(num_rows, shape, player, block.data());
  }

  void update_rows(const Street& street, const StrategyRows& strategies,
                   const StreetForest::ShapeNode& node, std::uint32_t index, int lane) {
    const Node& in_tree = t_.tree.data()[index];
    const double weight_per_reach =
        street.chance * street.num_others * static_cast<double>(t_.discount.strategy_weight());
    float row[kMaxActions] = {};
    float added[kMaxActions] = {};
    for (std::uint32_t r = 0; r < street.bucket_of_row.size(); ++r) {
      const Place place = t_.tree.place(in_tree, street.bucket_of_row[r]);
      const std::size_t first = std::size_t{r} * strategies.num_actions + node.offset;
      for (std::uint32_t a = 0; a < node.num_actions; ++a) {
        row[a] = strategies.probabilities[(first + a) * kLanes + static_cast<std::size_t>(lane)];
        added[a] = static_cast<float>(street.chance * sums_[first + a][lane]);
      }
      const auto weight = static_cast<float>(weight_per_reach * reaches_[first][lane]);
      add_strategy(t_.tables.strategy_sums() + place.row, Strategy::load(row), weight,
                   node.num_actions, rounding_->next());
      if (street.shared) {
        float* shared = added_->data() + place.row;
        for (std::uint32_t a = 0; a < node.num_actions; ++a) shared[a] += added[a];
      } else {
        add_regrets(in_tree, place, added);
      }
    }
  }

  void add_regrets(const Node& node, Place place, const float* added) {
    float* regrets = current_regrets(t_.tables, node, place, t_.discount);
    const float weight = t_.discount.regret_weight();
    for (std::uint32_t a = 0; a < node.num_actions; ++a) {
      const float regret = regrets[a] + weight * added[a];
      regrets[a] = regret < floor_ ? floor_ : regret;
    }
  }

  Training& t_;
  const StreetForest& forest_;
  std::vector<Street> streets_;
  std::unique_ptr<MemoryBlock> added_;  // [as the tables]
  std::vector<Lanes> sums_;             // [row, action] of the group at hand
  std::vector<Lanes> reaches_;          // likewise, at each decision's first action
  int player_ = 0;
  RandomStream* rounding_ = nullptr;
  float floor_ = 0;
  InterruptTicker ticker_{16};
};

// Counterfactual regret minimisation without sampling: every iteration walks all hands on all
// public cards, once for each player.
//
// Source: Zinkevich et al. 2007; alternating updates and regret matching plus from Tammelin 2014;
// walking hands as vectors from Johanson et al. 2011.
class FullWidth final : public Sampler {
 public:
  explicit FullWidth(Training& training) : t_(training), game_(training.game.public_game()) {
    if (game_ == nullptr) {
      throw std::invalid_argument(
          "sampling is full_width; that walks all hands at once, and this game has no such walk");
    }
  }

  std::uint64_t extra_bytes() const override {
    for (int street = 0; street < t_.game.num_streets(); ++street) {
      if (!game_->buckets_are_private(street)) return t_.tree.table_floats() * sizeof(float);
    }
    return 0;
  }

  std::uint64_t iteration_nodes() const override {
    if (t_.tree.layout() != TableLayout::street_rows) return 0;  // it has not grown yet
    const StreetForest forest(t_.tree, game_->settles_folds());
    std::uint64_t nodes = 0;
    for (int street = 0; street < t_.game.num_streets(); ++street) {
      nodes += game_->num_states(street) * forest.num_nodes(street);
    }
    return nodes * static_cast<std::uint64_t>(t_.tree.num_players());
  }

  void run_iteration(std::uint64_t iteration) override {
    if (forest_ == nullptr) prepare();
    RandomStream rounding = t_.stream(iteration, Purpose::rounding);
    PublicWalk<RegretUpdate> walk(*game_, *forest_, *update_);
    PublicState& root = walk.level(0).state;
    game_->root(root, true);
    const std::vector<Lanes> ones(root.num_hands(), Lanes::all(1.0));
    std::vector<Lanes> values(root.num_hands());
    WalkEnds ends{root.num_hands(), {}, values.data()};
    for (int p = 0; p < t_.tree.num_players(); ++p) ends.reach[p] = ones.data();
    for (int player = 0; player < t_.tree.num_players(); ++player) {
      update_->begin(player, rounding, t_.regret_floor());
      walk.walk(0, ends, root.weight);
      update_->finish();
    }
  }

 private:
  // Not in the constructor: a growing tree that is restored must not have grown before.
  void prepare() {
    complete(t_.tree);
    forest_ = std::make_unique<StreetForest>(t_.tree, game_->settles_folds());
    update_ = std::make_unique<RegretUpdate>(t_, *forest_, *game_);
  }

  Training& t_;
  const PublicGame* game_;
  std::unique_ptr<StreetForest> forest_;
  std::unique_ptr<RegretUpdate> update_;
};

}  // namespace

std::unique_ptr<Sampler> make_full_width(Training& training) {
  return std::make_unique<FullWidth>(training);
}

}  // namespace holdem
