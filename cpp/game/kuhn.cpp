#include "game/kuhn.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "game/single_cards.hpp"

namespace holdem {

KuhnGame::KuhnGame(int num_players) : num_players_(num_players) {
  if (num_players < 2 || num_players > kMaxPlayers) {
    throw std::invalid_argument("num_players is " + std::to_string(num_players) +
                                "; Kuhn poker takes 2 to 6");
  }
  std::vector<std::uint32_t> deck(static_cast<std::size_t>(num_players) + 1);
  std::iota(deck.begin(), deck.end(), 0u);
  do {  // every order of the deck; the last card is the one nobody holds
    Deal deal;
    for (int p = 0; p < num_players; ++p) {
      deal.bucket[0][p] = deck[p];
      deal.strength[p] = static_cast<std::int32_t>(deck[p]);
    }
    add_deal(deal, 1);
  } while (std::next_permutation(deck.begin(), deck.end()));
  normalise();
}

void KuhnGame::root(PublicState& state, bool) const {
  const int num_cards = num_players_ + 1;
  list_single_cards(num_cards, {}, state);
  state.num_others = 1;
  for (int others = 1; others < num_players_; ++others) state.num_others *= num_cards - others;
  state.weight = 1 / (num_cards * state.num_others);
  state.strength_begin.clear();
  for (int card = 0; card < num_cards; ++card) {
    state.bucket.push_back(static_cast<std::uint32_t>(card));
    state.strength_begin.push_back(static_cast<std::uint16_t>(card));
  }
  state.strength_begin.push_back(static_cast<std::uint16_t>(num_cards));
}

void KuhnGame::at(std::span<const std::uint8_t> public_cards, PublicState& state) const {
  if (!public_cards.empty()) throw std::invalid_argument("public_cards: Kuhn poker has none");
  root(state, false);
  state.weight = 1;
}

BettingStateBytes KuhnGame::initial() const { return BettingStateBytes::of(State{0, -1, 0}); }

BettingNode KuhnGame::describe(const BettingStateBytes& bytes) const {
  const auto state = bytes.as<State>();
  BettingNode node;
  node.contributions.fill(0);
  for (int p = 0; p < num_players_; ++p) {
    const bool in_for_two = p == state.bettor || (state.called >> p & 1) != 0;
    node.contributions[p] = in_for_two ? 2 : 1;
  }
  const bool everyone_checked = state.bettor < 0 && state.num_acted == num_players_;
  const bool everyone_answered =
      state.bettor >= 0 && state.num_acted == state.bettor + num_players_;
  if (!everyone_checked && !everyone_answered) {
    node.kind = NodeKind::decision;
    node.player = static_cast<std::uint8_t>(state.num_acted % num_players_);
    node.num_actions = 2;
    return node;
  }
  if (state.bettor >= 0) {
    const unsigned in = state.called | 1u << state.bettor;
    node.folded = static_cast<std::uint8_t>(~in & ((1u << num_players_) - 1));
  }
  node.kind = everyone_answered && state.called == 0 ? NodeKind::fold : NodeKind::showdown;
  return node;
}

BettingStateBytes KuhnGame::after(const BettingStateBytes& bytes, int action) const {
  auto state = bytes.as<State>();
  const int player = state.num_acted % num_players_;
  if (action == 1) {
    if (state.bettor < 0) {
      state.bettor = static_cast<std::int8_t>(player);
    } else {
      state.called = static_cast<std::uint8_t>(state.called | 1u << player);
    }
  }
  ++state.num_acted;
  return BettingStateBytes::of(state);
}

Chips KuhnGame::action_code(const BettingStateBytes& bytes, int action) const {
  const bool facing_bet = bytes.as<State>().bettor >= 0;
  if (action == 0) return facing_bet ? kFold : kCall;
  return facing_bet ? kCall : 1;
}

}  // namespace holdem
