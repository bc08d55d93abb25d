#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "base/interrupt.hpp"
#include "base/worker_pool.hpp"
#include "cfr/group_walk.hpp"
#include "cfr/sampled_board.hpp"
#include "cfr/sampler.hpp"

namespace holdem {
namespace {

// Public-chance sampling for two players: one board an iteration, and all hands that it leaves.
//
// The streets are walked one after the other, the groups of a street in any order: down, with the
// reach probabilities of both players, to the last, and up again with the values of one player's
// hands. Then once more for the other player, by whom the new strategy is met already. A group has
// its own rows in the tables and its own places in what passes between streets, so workers never
// meet, and how many there are changes nothing.
//
// Source: Johanson, Bard, Lanctot, Gibson, Bowling 2012, "Efficient Nash equilibrium approximation
// through Monte Carlo counterfactual regret minimization", public chance sampling.
// Differs: alternating updates (Tammelin 2014).
class PublicChance final : public Sampler {
 public:
  explicit PublicChance(Training& training)
      : t_(training),
        board_(training.tree, game_of(training)),
        pool_(training.options.num_workers),
        stacks_(static_cast<std::size_t>(pool_.size())) {
    deal_next(0);  // so that memory is known
    take_next();
  }

  std::uint64_t extra_bytes() const override {
    std::uint64_t floats = board_.passed_floats();
    for (const VectorStack& stack : stacks_) floats += stack.num_floats();
    return floats * sizeof(float);
  }

  std::uint64_t iteration_nodes() const override { return board_.num_nodes(); }

  void run_iteration(std::uint64_t iteration) override {
    if (next_ != iteration) deal_next(iteration);
    take_next();
    RandomStream rounding = t_.stream(iteration, Purpose::rounding);
    for (int player = 0; player < 2; ++player) walk(iteration, player, rounding.next());
    t_.counters.nodes_visited += board_.num_nodes();
  }

 private:
  static const PublicGame& game_of(const Training& training) {
    const PublicGame* game = training.game.public_game();
    if (training.tree.num_players() != 2 || game == nullptr) {
      throw std::invalid_argument(
          "sampling is public_chance; that is for two players: use external");
    }
    if (!training.tree.in_lanes()) {
      throw std::invalid_argument("public_chance sampling needs tables with rows in lanes");
    }
    return *game;
  }

  void deal_next(std::uint64_t iteration) {
    board_.deal_next(t_.stream(iteration, Purpose::deal));
    next_ = iteration;
  }
  void take_next() {
    board_.take_next();
    next_.reset();
    for (VectorStack& stack : stacks_) stack.reserve(board_.walk_floats());
  }

  void walk(std::uint64_t iteration, int player, std::uint32_t random) {
    // The other's strategy has not changed since the walk for the first player.
    for (int mover = 0; mover < 2 - player; ++mover) {
      for (std::size_t s = 0; s < board_.last(); ++s) {
        for_each_group(s, [&](auto walk) { walk.descend(mover, t_.tables.regrets()); });
      }
    }
    for (std::size_t s = board_.num_streets(); s-- > 0;) {
      const SampledBoard::Level& level = board_.level(s);
      const double chance = level.chance;
      const StreetUpdate update{
          player,
          {static_cast<float>(chance * static_cast<double>(t_.discount.regret_weight())),
           t_.regret_floor(),
           static_cast<float>(chance * level.state.num_others *
                              static_cast<double>(t_.discount.strategy_weight())),
           random},
          t_.tables.regrets(),
          t_.tables.strategy_sums()};
      // Where there is most to do beside it, one worker deals the next board.
      const bool deals = player == 1 && s == board_.last();
      for_each_group(
          s, [&](auto walk) { walk.ascend(update); },
          deals ? std::optional(iteration + 1) : std::nullopt);
    }
  }

  // Args: deal: the iteration whose board is dealt as well.
  template <class Body>
  void for_each_group(std::size_t s, const Body& body,
                      std::optional<std::uint64_t> deal = std::nullopt) {
    const SampledBoard::Level& level = board_.level(s);
    const std::uint32_t first = deal ? 1 : 0;
    const auto num_tasks = first + static_cast<std::uint32_t>(level.order.size());
    pool_.run(num_tasks, [&](std::uint32_t task, int worker) {
      if (worker == 0) ticker_.tick();
      if (task < first) return deal_next(*deal);
      const std::uint32_t g = level.order[task - first];
      VectorStack& stack = stacks_[static_cast<std::size_t>(worker)];
      switch (level.street->groups[g].width) {
        case 4:
          return body(GroupWalk<4>(board_, s, g, stack));
        case 8:
          return body(GroupWalk<8>(board_, s, g, stack));
        default:
          return body(GroupWalk<16>(board_, s, g, stack));
      }
    });
  }

  Training& t_;
  SampledBoard board_;
  std::optional<std::uint64_t> next_;  // the iteration whose board has been dealt already
  WorkerPool pool_;
  std::vector<VectorStack> stacks_;  // [worker]
  InterruptTicker ticker_{16};
};

}  // namespace

std::unique_ptr<Sampler> make_public_chance_sampler(Training& training) {
  return std::make_unique<PublicChance>(training);
}

}  // namespace holdem
