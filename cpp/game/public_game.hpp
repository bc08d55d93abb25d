#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "game/random_stream.hpp"

namespace holdem {

inline constexpr int kMaxBlockers = 256;

// What everybody sees of the cards on one street, with all private hands at once, as a vector.
//
// A hand that cannot be held here is not listed. On the last street hands are listed by ascending
// strength. Which cards a hand has is the game's affair; what a walk has to know of them are two
// *blockers*: two different hands exclude one another exactly when they share a blocker, and no two
// different hands share both. (A hand of a single card has a second blocker that only it has.)
struct PublicState {
  int street = 0;
  // Probability of each public state this one stands for, given its parent and any hands that can
  // be held in both; at the root: of any hands of all players.
  double weight = 1;
  // In how many ways all others can be dealt hands when one hand is held here.
  double num_others = 0;
  std::vector<std::uint32_t> bucket;                  // [hand]
  std::vector<std::array<std::uint8_t, 2>> blockers;  // [hand]
  std::vector<std::uint16_t> strength_begin;          // last street: where each strength begins

  // The public states of its parent's children that this one stands for are alike up to a
  // relabelling of cards: hand_in_parent[member * num_hands + hand] is the hand that `hand` is in
  // that member.
  std::uint32_t num_members = 1;
  std::vector<std::uint16_t> hand_in_parent;

  std::uint32_t num_children =
      0;  // public states of the next street, of which each may stand for many

  // The game's own.
  std::vector<std::uint16_t> hand_id;     // [hand]
  std::vector<std::uint16_t> hand_of_id;  // inverse; anything for hands that cannot be held
  std::array<std::uint8_t, 5> public_cards{};
  std::vector<std::uint8_t> next_cards;  // [child]
  std::uint32_t symmetries = 0;          // relabellings that leave the state as it is, a bit each

  std::uint32_t num_hands() const { return static_cast<std::uint32_t>(bucket.size()); }
};

// A game as a walk over all private hands sees it: betting that cards never change (game.hpp), and
// public chance as a tree. Hands of a public state are a vector, and terminals are worth what
// terminal_values.hpp makes of reach probabilities, blockers and strengths.
class PublicGame {
 public:
  virtual ~PublicGame() = default;
  // Blockers are numbered below this, at most kMaxBlockers.
  virtual int num_blockers() const = 0;
  // The state before any public card.
  //
  // Args: symmetric: whether states that are alike up to a relabelling of cards may be joined. That
  //   needs reach probabilities that are alike, too, as those of a strategy by buckets are.
  virtual void root(PublicState& state, bool symmetric = true) const = 0;
  // The child `which` of a state, below its num_children. Reuses the memory of `state`.
  virtual void child(const PublicState& parent, std::uint32_t which, PublicState& state) const = 0;
  // A random child: weight is such that, on average over draws, what it adds to its parent is what
  // all children add.
  virtual void sample_child(const PublicState& parent, RandomStream& random,
                            PublicState& state) const = 0;
  // The state after these public cards, in the order they were dealt, for any reach probabilities:
  // its parent's hands are those of the root, its weight is 1, and none below it are joined.
  //
  // Throws std::invalid_argument unless cards can be dealt so.
  virtual void at(std::span<const std::uint8_t> public_cards, PublicState& state) const = 0;
  // [street]: whether what a fold is worth depends on its public state alone. It does not where the
  // next public cards are not equally likely with all hands; a fold is then settled on the next
  // street.
  virtual std::vector<bool> settles_folds() const = 0;
  // Whether no bucket of a street is met in two states of a walk over the whole tree.
  virtual bool buckets_are_private(int street) const = 0;
  // How many states of a street a walk over the whole tree meets.
  virtual std::uint64_t num_states(int street) const = 0;
};

}  // namespace holdem
