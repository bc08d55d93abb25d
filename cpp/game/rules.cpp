#include "game/rules.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>

namespace holdem {
namespace {

void require_range(const std::string& field, Chips value, Chips low, Chips high) {
  if (low <= value && value <= high) return;
  throw std::invalid_argument(field + " is " + std::to_string(value) +
                              "; allowed: " + std::to_string(low) + " to " + std::to_string(high));
}

}  // namespace

void validate(const Rules& rules) {
  require_range("num_players", rules.num_players, 2, kMaxPlayers);
  require_range("big_blind", rules.big_blind, 1, kMaxStack);
  require_range("small_blind", rules.small_blind, 1, rules.big_blind);
  require_range("ante", rules.ante, 0, kMaxStack - rules.big_blind);
  for (int player = 0; player < rules.num_players; ++player) {
    require_range("stacks[" + std::to_string(player) + "]", rules.stacks[player],
                  rules.ante + rules.big_blind, kMaxStack);
  }
}

BettingState::BettingState(const Rules& rules)
    : big_blind_(rules.big_blind),
      current_bet_(rules.big_blind),
      min_raise_(rules.big_blind),
      num_players_(static_cast<std::uint8_t>(rules.num_players)) {
  validate(rules);
  for (int player = 0; player < num_players_; ++player) {
    stack_[player] = rules.stacks[player] - rules.ante;
    earlier_[player] = rules.ante;
  }
  put_in(rules.small_blind_player(), rules.small_blind);
  put_in(rules.big_blind_player(), rules.big_blind);
  pass_action_on(rules.big_blind_player());
}

Chips BettingState::pot() const {
  return std::accumulate(bet_.begin(), bet_.end(), Chips{0}) +
         std::accumulate(earlier_.begin(), earlier_.end(), Chips{0});
}

std::uint8_t BettingState::can_bet_mask() const {
  std::uint8_t mask = 0;
  for (int player = 0; player < num_players_; ++player) {
    if (!is_folded(player) && stack_[player] > 0) mask |= static_cast<std::uint8_t>(1 << player);
  }
  return mask;
}

std::uint8_t BettingState::all_in_mask() const {
  return static_cast<std::uint8_t>(in_hand_mask() & ~can_bet_mask());
}

// Raising beyond what every other player has can never be matched.
bool BettingState::can_be_called_above(int player, Chips bet) const {
  for (int other = 0; other < num_players_; ++other) {
    if (other != player && !is_folded(other) && bet_[other] + stack_[other] > bet) return true;
  }
  return false;
}

bool BettingState::must_act(int player) const {
  if (is_folded(player) || stack_[player] == 0) return false;
  if (bet_[player] < current_bet_) return true;
  return !has_acted(player) && std::popcount(can_bet_mask()) > 1;
}

LegalActions BettingState::legal_actions() const {
  if (is_over()) throw std::invalid_argument("no legal actions: the hand is over");
  const int player = to_act_;
  const Chips to_call = current_bet_ - bet_[player];

  LegalActions legal;
  legal.can_fold = to_call > 0;
  legal.call_chips = std::min(stack_[player], to_call);
  // After a full raise everyone faces at least that raise, so only short all-ins fail this test.
  const bool is_open = !has_acted(player) || to_call >= min_raise_;
  if (is_open && stack_[player] > to_call && can_be_called_above(player, current_bet_)) {
    legal.can_raise = true;
    legal.max_raise_to = bet_[player] + stack_[player];
    legal.min_raise_to = std::min(current_bet_ + min_raise_, legal.max_raise_to);
  }
  return legal;
}

void BettingState::require_legal(Action action) const {
  const LegalActions legal = legal_actions();
  switch (action.type) {
    case ActionType::call:
      return;
    case ActionType::fold:
      if (legal.can_fold) return;
      throw std::invalid_argument("fold is not legal: there is no bet to face");
    case ActionType::raise:
      if (!legal.can_raise) throw std::invalid_argument("raise is not legal here");
      return require_range("raise_to", action.raise_to, legal.min_raise_to, legal.max_raise_to);
  }
  throw std::invalid_argument("unknown action type");
}

BettingState BettingState::apply(Action action) const {
  require_legal(action);
  BettingState next = *this;
  const int player = to_act_;
  switch (action.type) {
    case ActionType::fold:
      next.folded_ |= static_cast<std::uint8_t>(1 << player);
      break;
    case ActionType::call:
      next.put_in(player, std::min(stack_[player], current_bet_ - bet_[player]));
      break;
    case ActionType::raise:
      next.raise_to(player, action.raise_to);
      break;
  }
  next.acted_ |= static_cast<std::uint8_t>(1 << player);
  next.pass_action_on(player);
  return next;
}

void BettingState::put_in(int player, Chips chips) {
  stack_[player] -= chips;
  bet_[player] += chips;
}

void BettingState::raise_to(int player, Chips bet) {
  min_raise_ = std::max(min_raise_, bet - current_bet_);
  put_in(player, bet - bet_[player]);
  current_bet_ = bet;
  if (num_raises_ < std::numeric_limits<std::uint8_t>::max()) ++num_raises_;
}

void BettingState::pass_action_on(int from) {
  if (std::popcount(in_hand_mask()) == 1) return finish();
  for (int step = 1; step <= num_players_; ++step) {
    const int player = (from + step) % num_players_;
    if (must_act(player)) {
      to_act_ = static_cast<std::uint8_t>(player);
      return;
    }
  }
  if (street_ == kNumStreets - 1 || std::popcount(can_bet_mask()) < 2) return finish();
  begin_next_street();
}

void BettingState::begin_next_street() {
  for (int player = 0; player < num_players_; ++player) {
    earlier_[player] += bet_[player];
    bet_[player] = 0;
  }
  ++street_;
  current_bet_ = 0;
  min_raise_ = big_blind_;
  acted_ = 0;
  num_raises_ = 0;
  to_act_ = static_cast<std::uint8_t>(std::countr_zero(can_bet_mask()));
}

// Ends the hand and returns the part of the largest bet that nobody matched.
void BettingState::finish() {
  to_act_ = kNobody;
  const auto top = std::max_element(bet_.begin(), bet_.end());
  Chips matched = 0;
  for (auto bet = bet_.begin(); bet != bet_.end(); ++bet) {
    if (bet != top) matched = std::max(matched, *bet);
  }
  put_in(static_cast<int>(top - bet_.begin()), matched - *top);
}

FixedVector<Pot, kMaxPlayers> side_pots(const BettingState& state) {
  FixedVector<Pot, kMaxPlayers> pots;
  // The largest contribution always belongs to a player in the hand, so these levels cover all.
  for (Chips below = 0;;) {
    Chips level = std::numeric_limits<Chips>::max();
    Pot pot;
    for (int player = 0; player < state.num_players(); ++player) {
      if (state.is_folded(player) || state.contribution(player) <= below) continue;
      level = std::min(level, state.contribution(player));
      pot.eligible |= static_cast<std::uint8_t>(1 << player);
    }
    if (pot.eligible == 0) return pots;
    for (int player = 0; player < state.num_players(); ++player) {
      const Chips chips = state.contribution(player);
      pot.chips += std::min(chips, level) - std::min(chips, below);
    }
    pots.push_back(pot);
    below = level;
  }
}

namespace {

// The players of `pot` who share it: all who hold its best hand.
std::uint8_t winners_of(const Pot& pot, std::span<const std::int32_t> strengths) {
  if (std::has_single_bit(pot.eligible)) return pot.eligible;
  std::uint8_t winners = 0;
  std::int32_t best = std::numeric_limits<std::int32_t>::min();
  for (int player = 0; player < kMaxPlayers; ++player) {
    if (!(pot.eligible >> player & 1) || strengths[player] < best) continue;
    if (strengths[player] > best) winners = 0;
    best = strengths[player];
    winners |= static_cast<std::uint8_t>(1 << player);
  }
  return winners;
}

}  // namespace

std::array<Chips, kMaxPlayers> payoffs(const BettingState& state,
                                       std::span<const std::int32_t> strengths) {
  if (!state.is_over()) throw std::invalid_argument("no payoffs: the hand is not over");
  if (state.is_showdown() && strengths.size() != static_cast<std::size_t>(state.num_players())) {
    throw std::invalid_argument("strengths has " + std::to_string(strengths.size()) +
                                " entries; a showdown needs one for each of the " +
                                std::to_string(state.num_players()) + " players");
  }
  std::array<Chips, kMaxPlayers> net{};
  for (int player = 0; player < state.num_players(); ++player) {
    net[player] = -state.contribution(player);
  }
  for (const Pot& pot : side_pots(state)) {
    const std::uint8_t winners = winners_of(pot, strengths);
    const Chips num_winners = std::popcount(winners);
    for (int player = 0; player < kMaxPlayers; ++player) {
      if (winners >> player & 1) net[player] += pot.chips / num_winners;
    }
    net[std::countr_zero(winners)] += pot.chips % num_winners;
  }
  return net;
}

}  // namespace holdem
