#include "game/leduc.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "game/single_cards.hpp"

namespace holdem {
namespace {

bool facing_bet(const std::array<Chips, 2>& paid) { return paid[0] != paid[1]; }

void require(bool ok, const std::string& field, int value, const std::string& range) {
  if (!ok) throw std::invalid_argument(field + " is " + std::to_string(value) + "; " + range);
}

}  // namespace

LeducGame::LeducGame(int num_ranks, int num_suits, int max_raises)
    : num_ranks_(num_ranks), num_suits_(num_suits), max_raises_(max_raises) {
  require(num_ranks >= 2 && num_ranks <= 13, "num_ranks", num_ranks, "Leduc takes 2 to 13");
  require(num_suits >= 2 && num_suits <= 4, "num_suits", num_suits, "Leduc takes 2 to 4");
  require(max_raises >= 1 && max_raises <= 8, "max_raises", max_raises, "Leduc takes 1 to 8");
  const auto ranks = static_cast<std::uint32_t>(num_ranks);
  for (std::uint32_t first = 0; first < ranks; ++first) {
    for (std::uint32_t second = 0; second < ranks; ++second) {
      for (std::uint32_t board = 0; board < ranks; ++board) {
        const int second_left = num_suits - (second == first);
        const int board_left = num_suits - (board == first) - (board == second);
        const int count = num_suits * second_left * board_left;
        if (count <= 0) continue;
        Deal deal;
        deal.bucket[0] = {first, second};
        deal.bucket[1] = {first * ranks + board, second * ranks + board};
        const auto strength = [&](std::uint32_t rank) {
          return static_cast<std::int32_t>(rank == board ? ranks + rank : rank);
        };
        deal.strength = {strength(first), strength(second)};
        add_deal(deal, static_cast<std::size_t>(count));
      }
    }
  }
  normalise();
}

void LeducGame::root(PublicState& state, bool symmetric) const {
  list_single_cards(num_cards(), {}, state);
  for (int card = 0; card < num_cards(); ++card) {
    state.bucket.push_back(static_cast<std::uint32_t>(card / num_suits_));
  }
  state.num_others = num_cards() - 1;
  state.weight = 1 / (num_cards() * state.num_others);
  state.symmetries = symmetric;
  state.num_children = static_cast<std::uint32_t>(symmetric ? num_ranks_ : num_cards());
}

void LeducGame::child(const PublicState& parent, std::uint32_t which, PublicState& state) const {
  if (parent.symmetries == 0) return board_state(static_cast<std::uint16_t>(which), 1, state);
  const auto suits = static_cast<std::uint32_t>(num_suits_);
  board_state(static_cast<std::uint16_t>(which * suits), suits, state);
}

void LeducGame::sample_child(const PublicState&, RandomStream& random, PublicState& state) const {
  const auto cards = static_cast<std::uint32_t>(num_cards());
  board_state(static_cast<std::uint16_t>(random.below(cards)), 1, state);
  state.weight *= cards;
}

void LeducGame::at(std::span<const std::uint8_t> public_cards, PublicState& state) const {
  if (public_cards.empty()) {
    root(state, false);
  } else if (public_cards.size() == 1 && public_cards[0] < num_cards()) {
    board_state(public_cards[0], 1, state);
  } else {
    throw std::invalid_argument("public_cards: must be none, or a card below " +
                                std::to_string(num_cards()));
  }
  state.weight = 1;
}

void LeducGame::board_state(std::uint16_t board, std::uint32_t num_members,
                            PublicState& state) const {
  const int board_rank = board / num_suits_;
  const auto strength = [&](std::uint16_t card) {
    const int rank = card / num_suits_;
    return rank == board_rank ? num_ranks_ : rank;
  };
  std::vector<std::uint16_t> order;
  for (std::uint16_t card = 0; card < num_cards(); ++card) {
    if (card != board) order.push_back(card);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return strength(a) < strength(b); });
  list_single_cards(num_cards(), order, state);
  state.street = 1;
  state.weight = 1.0 / (num_cards() - 2);
  state.num_others = num_cards() - 2;
  state.num_members = num_members;
  state.num_children = 0;
  state.strength_begin.clear();
  for (std::uint32_t h = 0; h < order.size(); ++h) {
    state.bucket.push_back(
        static_cast<std::uint32_t>(order[h] / num_suits_ * num_ranks_ + board_rank));
    if (h == 0 || strength(order[h]) != strength(order[h - 1])) {
      state.strength_begin.push_back(static_cast<std::uint16_t>(h));
    }
  }
  state.strength_begin.push_back(static_cast<std::uint16_t>(order.size()));
  // In the other members the board card and another of its rank have changed places.
  for (std::uint32_t m = 1; m < num_members; ++m) {
    const auto other = static_cast<std::uint16_t>(board + m);
    for (const std::uint16_t card : order) {
      state.hand_in_parent.push_back(card == other ? board : card);
    }
  }
}

BettingStateBytes LeducGame::initial() const { return BettingStateBytes::of(State{}); }

BettingNode LeducGame::describe(const BettingStateBytes& bytes) const {
  const auto state = bytes.as<State>();
  BettingNode node;
  node.street = state.street;
  node.folded = state.folded;
  node.contributions[0] = state.paid[0];
  node.contributions[1] = state.paid[1];
  if (state.over) {
    node.kind = state.folded != 0 ? NodeKind::fold : NodeKind::showdown;
    return node;
  }
  node.player = state.player;
  node.num_actions =
      static_cast<std::uint8_t>(1 + facing_bet(state.paid) + (state.num_raises < max_raises_));
  return node;
}

BettingStateBytes LeducGame::after(const BettingStateBytes& bytes, int action) const {
  auto state = bytes.as<State>();
  const int me = state.player;
  const bool facing = facing_bet(state.paid);
  const int choice = facing ? action : action + 1;  // 0 fold, 1 check or call, 2 raise
  state.player = static_cast<std::uint8_t>(1 - me);
  if (choice == 0) {
    state.folded = static_cast<std::uint8_t>(1 << me);
    state.over = true;
  } else if (choice == 2) {
    state.paid[me] = state.paid[1 - me] + (state.street == 0 ? 2 : 4);
    ++state.num_raises;
  } else if (facing || state.checked) {  // a call, or the second check: the street ends
    state.paid[me] = state.paid[1 - me];
    if (state.street == 1) {
      state.over = true;
    } else {
      state.street = 1;
      state.player = 0;
      state.num_raises = 0;
      state.checked = false;
    }
  } else {
    state.checked = true;
  }
  return BettingStateBytes::of(state);
}

Chips LeducGame::action_code(const BettingStateBytes& bytes, int action) const {
  const auto state = bytes.as<State>();
  const int choice = facing_bet(state.paid) ? action : action + 1;
  if (choice < 2) return choice == 0 ? kFold : kCall;
  const Chips raise = state.street == 0 ? 2 : 4;
  return raise * (state.num_raises + 1);
}

}  // namespace holdem
