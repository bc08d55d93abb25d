#include "evaluation/local_best_response.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include "evaluation/opponent_range.hpp"

namespace holdem {
namespace {

constexpr Action kCheckOrCall{ActionType::call, 0};
constexpr int kTurn = 2;
constexpr int kRiver = kNumStreets - 1;

const HoldemGame& holdem_game(const BettingTree& tree) {
  const auto* game = dynamic_cast<const HoldemGame*>(&tree.game());
  if (game == nullptr) throw std::invalid_argument("a local best response plays hold'em only");
  if (game->num_players() != 2) {
    throw std::invalid_argument("a local best response is for two players; this game has " +
                                std::to_string(game->num_players()));
  }
  if (tree.grows()) throw std::invalid_argument("the betting tree is not complete");
  return *game;
}

// About a thousand boards for all hands: what is left of their luck is a hundredth of a pot.
constexpr int kPreflopShuffles = 20;

std::vector<float> preflop_shares(const HoldemGame& game, std::uint32_t seed) {
  RatedBoards boards;
  boards.add_runouts(game.deck(), nullptr, 0, kPreflopShuffles,
                     RandomStream(seed, 0, 0, Purpose::rollout));
  std::vector<float> shares(std::size_t{kNumHolePairs} * kNumHolePairs);
  Showdowns showdowns;
  for (std::size_t mine = 0; mine < kNumHolePairs; ++mine) {
    boards.showdowns(static_cast<int>(mine), showdowns);
    for (std::size_t theirs = 0; theirs < kNumHolePairs; ++theirs) {
      shares[mine * kNumHolePairs + theirs] = static_cast<float>(showdowns.share(theirs));
    }
  }
  return shares;
}

double uniform(RandomStream& random) {
  const std::uint64_t word = std::uint64_t{random.next()} << 32 | random.next();
  return static_cast<double>(word >> 11) * 0x1p-53;
}

}  // namespace

// One hand at a time.
class LocalBestResponse::Table {
 public:
  explicit Table(const LocalBestResponse& response)
      : game_(response.game_),
        options_(response.options_),
        preflop_shares_(response.preflop_shares_),
        board_(game_.buckets()),
        range_(response.policy_, game_.rules()) {}

  void deal(std::uint64_t number) {
    RandomStream random(options_.seed, 0, number, Purpose::match);
    number_ = number;
    cards_ = game_.draw_cards(random);
    board_.deal(cards_.data(), options_.seed, number);
  }

  double play_hand(int seat) {
    seat_ = seat;
    const Card* const hole_cards = cards_.data() + HoldemGame::kBoard + 2 * seat;
    pair_ = static_cast<std::size_t>(hole_pair_index(hole_cards[0], hole_cards[1]));
    hands_.deal(game_.deck(), cards_.data(), hole_cards);
    range_.deal(hands_, board_);
    has_shares_.fill(false);
    RandomStream random(options_.seed, 0, number_, Purpose::match,
                        1 + static_cast<std::uint32_t>(seat));
    BettingState state(game_.rules());
    double value = 0;
    double reach = 1;  // of the play so far, beside what has been counted in `value`
    while (!state.is_over()) {
      if (state.player_to_act() == seat) {
        const bool chooses = options_.chooses[static_cast<std::size_t>(state.street())];
        const Action action = chooses ? choose(state) : kCheckOrCall;
        if (action.type == ActionType::fold) return value - reach * state.contribution(seat);
        range_.see(state, action);
        state = state.apply(action);
        continue;
      }
      double folding = 0;
      double others = 0;
      const auto replies = range_.replies(state);
      for (const auto& reply : replies) {
        (reply.action.type == ActionType::fold ? folding : others) += reply.reach;
      }
      const double folds = folding / (folding + others);
      value += reach * folds * state.contribution(1 - seat);
      if (others == 0) return value;
      reach *= 1 - folds;
      const Action action = draw(replies, others * uniform(random));
      range_.reply(state, action);
      state = state.apply(action);
    }
    return value + reach * showdown(state);
  }

 private:
  // One of the replies that are no folds.
  static Action draw(std::span<const OpponentRange::Reply> replies, double place) {
    Action action;
    for (const auto& reply : replies) {
      if (reply.action.type == ActionType::fold) continue;
      action = reply.action;
      if (place < reply.reach) break;
      place -= reply.reach;
    }
    return action;
  }

  // An all-in before the turn is settled on the board that was dealt.
  double showdown(const BettingState& state) {
    const int street = state.street() == kTurn ? kTurn : kRiver;
    const auto sums = range_.sums(street, shares(street));
    return (2 * sums.share / sums.reach - 1) * state.contribution(seat_);
  }

  // What it wins of a pot from each hand, on average over the boards that may come.
  const std::vector<double>& shares(int street) {
    const auto s = static_cast<std::size_t>(street);
    if (std::exchange(has_shares_[s], true)) return shares_[s];
    if (street > 0) board_.runouts(street).showdowns(static_cast<int>(pair_), showdowns_);
    shares_[s].clear();
    for (int h = 0; h < hands_.num_hands(street); ++h) {
      const std::size_t pair = hands_.pairs()[static_cast<std::size_t>(h)];
      shares_[s].push_back(street > 0 ? showdowns_.share(pair)
                                      : preflop_shares_[pair_ * kNumHolePairs + pair]);
    }
    return shares_[s];
  }

  // The best action, were nobody to bet after it. Values are chips won of the whole hand.
  Action choose(const BettingState& state) {
    const LegalActions legal = state.legal_actions();
    const auto& share = shares(state.street());
    const auto all = range_.sums(state.street(), share);
    const double already = state.contribution(seat_);
    Action best = kCheckOrCall;
    double best_value = (2 * all.share / all.reach - 1) * (already + legal.call_chips);
    if (legal.can_fold && -already > best_value) {
      best = {ActionType::fold, 0};
      best_value = -already;
    }
    if (!legal.can_raise) return best;
    for (const Chips raise_to : raises(state)) {
      const Action raise{ActionType::raise, raise_to};
      const auto folds = range_.folds(state, raise, share);
      if (!folds) break;
      const double stake = already - state.street_bet(seat_) + raise_to;
      const double called =
          2 * (all.share - folds->share) - (all.reach - folds->reach);  // wins less losses
      const double value =
          (folds->reach * state.contribution(1 - seat_) + called * stake) / all.reach;
      if (value <= best_value) continue;
      best = raise;
      best_value = value;
    }
    return best;
  }

  std::vector<Chips> raises(const BettingState& state) const {
    std::vector<Chips> raises;
    if (options_.tree_bets) raises = range_.tree_raises(state);
    for (const double fraction : options_.pot_fractions) {
      raises.push_back(sized_raise({BetSizeKind::pot_fraction, fraction}, state));
    }
    if (options_.all_in) raises.push_back(sized_raise({BetSizeKind::all_in, 0}, state));
    std::sort(raises.begin(), raises.end());
    raises.erase(std::unique(raises.begin(), raises.end()), raises.end());
    return raises;
  }

  const HoldemGame& game_;
  const LocalBestResponseOptions& options_;
  const std::vector<float>& preflop_shares_;
  DealtBoard board_;
  OpponentRange range_;
  OpponentHands hands_;
  std::array<bool, kNumStreets> has_shares_{};
  std::array<std::vector<double>, kNumStreets> shares_;
  Showdowns showdowns_;
  HoldemGame::DealtCards cards_{};
  std::uint64_t number_ = 0;
  int seat_ = 0;
  std::size_t pair_ = 0;  // its hand
};

LocalBestResponse::LocalBestResponse(const TabularPolicy& policy, LocalBestResponseOptions options)
    : policy_(policy), game_(holdem_game(policy.tree())), options_(std::move(options)) {
  for (const double fraction : options_.pot_fractions) {
    if (!(fraction > 0) || !std::isfinite(fraction)) {
      throw std::invalid_argument("pot_fractions: " + std::to_string(fraction) +
                                  ", must be above 0");
    }
  }
  if (options_.chooses[0]) preflop_shares_ = preflop_shares(game_, options_.seed);
}

MatchTally LocalBestResponse::play(std::uint64_t first_deal, std::uint64_t num_deals) const {
  Table table(*this);
  MatchTally tally;
  for (std::uint64_t i = 0; i < num_deals; ++i) {
    table.deal(first_deal + i);
    tally.add((table.play_hand(0) + table.play_hand(1)) / 2);
  }
  return tally;
}

double LocalBestResponse::hand_value(std::uint64_t deal, int seat) const {
  Table table(*this);
  table.deal(deal);
  return table.play_hand(seat);
}

}  // namespace holdem
