#include <vector>

#include "cfr/sampler.hpp"
#include "cfr/strategy.hpp"

namespace holdem {
namespace {

// Outcome sampling: one path a traversal. The traverser explores, uniformly with probability
// epsilon and by the current strategy otherwise; chance and the others play their own strategies.
//
// Source: Lanctot et al. 2009, outcome sampling, regrets of section 3.1.
// Differs: a player's strategy sums are added to while another traverses, where the player samples
// its own strategy: what is added then has its reach without being divided by the others', which
// may be as small as you like. Leduc came to a third of the exploitability in equal time. With more
// than two players the sums have the reach of those who do not traverse as well.
class OutcomeSampler final : public Sampler {
 public:
  explicit OutcomeSampler(Training& training) : t_(training) {}

  void run_iteration(std::uint64_t iteration) override {
    RandomStream deal_stream = t_.stream(iteration, Purpose::deal);
    t_.game.sample_deal(deal_stream, deal_);
    floor_ = t_.regret_floor();
    const float epsilon = t_.options.exploration.at(iteration);
    for (int traverser = 0; traverser < t_.tree.num_players(); ++traverser) {
      RandomStream random = t_.stream(iteration, Purpose::traversal, traverser);
      const double sampled_value = walk(traverser, epsilon, random);
      update(sampled_value);
    }
  }

 private:
  struct Step {  // a decision of the traverser on the path
    std::uint32_t node;
    Place place;
    int action;
    float sigma[kMaxActions];
  };

  // Plays one hand and returns the traverser's payoff, divided by the probability with which the
  // traverser's own choices were sampled. The others' probabilities are in both the reach and the
  // sampling probability and cancel.
  double walk(int traverser, float epsilon, RandomStream& random) {
    path_.clear();
    double own_sampled = 1;  // probability of the traverser's choices so far, as they were sampled
    std::uint32_t index = 0;
    while (true) {
      ++t_.counters.nodes_visited;
      if (t_.tree.data()[index].kind != NodeKind::decision) break;
      if (t_.tree.data()[index].base == 0) t_.tree.grow(index);
      const Node& node = t_.tree.data()[index];
      const std::uint32_t bucket = deal_.bucket[node.street][node.player];
      Step step{index, t_.tree.make_place(node, bucket), 0, {}};
      const int num_actions = node.num_actions;
      const Strategy strategy = match_positive(t_.tables.regrets() + step.place.row, num_actions);
      strategy.store(step.sigma, num_actions);
      if (node.player == traverser) {
        step.action = explore(step.sigma, num_actions, epsilon, random);
        own_sampled *= explored_probability(step.sigma[step.action], num_actions, epsilon);
        path_.push_back(step);
      } else {
        const auto weight = static_cast<float>(1 / own_sampled);
        add_strategy(t_.tables.strategy_sums() + step.place.row, strategy,
                     weight * t_.discount.strategy_weight(), num_actions, random.next());
        step.action = sample_action(step.sigma, num_actions, random.next_unit());
      }
      index = node.first_child + static_cast<std::uint32_t>(step.action);
    }
    const ChipsPerPlayer net = t_.tree.payoffs(t_.tree.data()[index], deal_);
    return net[static_cast<std::size_t>(traverser)] / own_sampled;
  }

  static double explored_probability(float sigma, int num_actions, float epsilon) {
    return static_cast<double>(epsilon) / num_actions +
           (1.0 - static_cast<double>(epsilon)) * static_cast<double>(sigma);
  }

  static int explore(const float* sigma, int num_actions, float epsilon, RandomStream& random) {
    if (random.next_unit() < epsilon) {
      return static_cast<int>(random.below(static_cast<std::uint32_t>(num_actions)));
    }
    return sample_action(sigma, num_actions, random.next_unit());
  }

  // From the end of the path back: the value of an action is the sampled payoff times the
  // probability that the traverser's strategy goes on as sampled; of actions not taken it is zero.
  void update(double sampled_value) {
    double tail = 1;
    for (auto step = path_.rbegin(); step != path_.rend(); ++step) {
      const Node& node = t_.tree.data()[step->node];
      float* regrets = current_regrets(t_.tables, node, step->place, t_.discount);
      const double taken = sampled_value * tail * t_.discount.regret_weight();
      const double expected = taken * step->sigma[step->action];
      for (int a = 0; a < node.num_actions; ++a) {
        const double value = a == step->action ? taken : 0.0;
        const float regret = regrets[a] + static_cast<float>(value - expected);
        regrets[a] = regret < floor_ ? floor_ : regret;
      }
      tail *= step->sigma[step->action];
    }
  }

  Training& t_;
  float floor_ = 0;
  Deal deal_;
  std::vector<Step> path_;
};

}  // namespace

std::unique_ptr<Sampler> make_outcome_sampler(Training& training) {
  return std::make_unique<OutcomeSampler>(training);
}

}  // namespace holdem
