#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "abstraction/bucket_map.hpp"
#include "cards/deck.hpp"
#include "cards/weighted_flop.hpp"
#include "game/public_game.hpp"

namespace holdem {

// The public game of heads-up hold'em: boards as a tree, hands in buckets, real cards.
//
// A relabelling of suits is numbered 0 .. 23. Boards that are alike under those that leave the
// board before as it is are one child.
class HoldemPublicGame final : public PublicGame {
 public:
  // Args: flops: what the flop is drawn from, whatever the players hold, each standing for all its
  //   relabellings; none: all flops of the deck, as they are dealt. A fold before the flop is then
  //   worth what it is on the flops, since some hands leave more of them possible than others.
  HoldemPublicGame(std::shared_ptr<const BucketMap> buckets, std::span<const WeightedFlop> flops);

  int num_blockers() const override { return kNumCards; }
  void root(PublicState& state, bool symmetric) const override;
  void child(const PublicState& parent, std::uint32_t which, PublicState& state) const override;
  void sample_child(const PublicState& parent, RandomStream& random,
                    PublicState& state) const override;
  void at(std::span<const std::uint8_t> public_cards, PublicState& state) const override;
  std::vector<bool> settles_folds() const override { return {flops_.empty(), true, true, true}; }
  bool buckets_are_private(int street) const override {
    return street == 0 || buckets_->is_lossless();
  }
  std::uint64_t num_states(int street) const override;

 private:
  using Board = std::array<std::uint8_t, 5>;

  const Deck& deck() const { return buckets_->deck(); }
  std::uint32_t num_flops(bool symmetric) const;
  // Args: probability: filled with that of each flop that this one stands for.
  Board flop(std::uint32_t which, bool symmetric, double* probability) const;
  double flop_weight(double probability) const;
  // Fills in hands, buckets and what follows after a board.
  void list(int street, const Board& board, std::uint32_t symmetries, PublicState& state) const;
  // Makes the state of a board.
  //
  // Args: joined: whether it stands for all boards that are alike.
  void board_state(const PublicState& parent, const Board& board, bool joined,
                   PublicState& state) const;
  void list_hands(PublicState& state) const;
  void list_next_cards(PublicState& state) const;

  std::shared_ptr<const BucketMap> buckets_;
  std::vector<WeightedFlop> flops_;
  // The chosen flops one by one, each with its probability.
  std::vector<WeightedFlop> relabelled_flops_;
};

}  // namespace holdem
