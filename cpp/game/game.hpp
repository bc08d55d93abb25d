#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "game/pots.hpp"
#include "game/random_stream.hpp"

namespace holdem {

inline constexpr int kMaxStreets = 4;
inline constexpr int kMaxActions = 8;

// Action codes; every other code is a number of chips raised to.
inline constexpr Chips kFold = -1;
inline constexpr Chips kCall = 0;

enum class NodeKind : std::uint8_t { decision, fold, showdown };

// Everything about a betting situation that does not depend on cards.
struct BettingNode {
  NodeKind kind = NodeKind::decision;
  std::uint8_t player = 0;         // to act, at a decision
  std::uint8_t street = 0;         // 0-based
  std::uint8_t num_actions = 0;    // at a decision
  std::uint8_t folded = 0;         // bit p: player p has folded
  ChipsPerPlayer contributions{};  // chips each player has put in the pot
};

// A betting state as the tree keeps it: an opaque value of the game that made it.
struct BettingStateBytes {
  static constexpr std::size_t kBytes = 128;
  alignas(8) std::array<std::byte, kBytes> bytes{};

  template <class State>
  static BettingStateBytes of(const State& state) {
    static_assert(sizeof(State) <= kBytes && std::is_trivially_copyable_v<State>);
    BettingStateBytes result;
    std::memcpy(result.bytes.data(), &state, sizeof(State));
    return result;
  }
  template <class State>
  State as() const {
    std::array<std::byte, sizeof(State)> state_bytes;
    std::memcpy(state_bytes.data(), bytes.data(), sizeof(State));
    return std::bit_cast<State>(state_bytes);
  }
};

// The betting of a game: who acts, with how many actions, and what follows. Cards never change it,
// so one betting tree serves every deal.
class BettingRules {
 public:
  virtual ~BettingRules() = default;
  virtual BettingStateBytes initial() const = 0;
  virtual BettingNode describe(const BettingStateBytes& state) const = 0;
  virtual BettingStateBytes after(const BettingStateBytes& state, int action) const = 0;
  // What an action is: kFold, kCall (also a check), or the chips it raises to on this street.
  virtual Chips action_code(const BettingStateBytes& state, int action) const = 0;
};

// The cards of one hand as the solver sees them: which bucket each player holds on each street, and
// who wins a showdown.
struct Deal {
  std::array<std::array<std::uint32_t, kMaxPlayers>, kMaxStreets> bucket{};  // [street][player]
  Strengths strength{};
};

struct WeightedDeal {
  Deal deal;
  double probability = 0;
};

class PublicGame;

// A game the solver can train: a betting tree shared by all deals, and random deals.
class Game {
 public:
  virtual ~Game() = default;
  virtual int num_players() const = 0;
  virtual int num_streets() const = 0;
  virtual std::uint32_t num_buckets(int street) const = 0;
  virtual const BettingRules& betting() const = 0;
  virtual void sample_deal(RandomStream& random, Deal& deal) const = 0;
  // Every deal with its probability, for games small enough to list them; empty otherwise.
  virtual std::span<const WeightedDeal> all_deals() const { return {}; }
  // The same game with all private hands at once (public_game.hpp); null where there is none.
  virtual const PublicGame* public_game() const { return nullptr; }
};

}  // namespace holdem
