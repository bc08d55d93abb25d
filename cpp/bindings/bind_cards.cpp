#include <nanobind/ndarray.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "bindings/bindings.hpp"
#include "bindings/checks.hpp"
#include "cards/evaluator.hpp"
#include "cards/hand_index.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace holdem {
namespace {

using CardRows = nb::ndarray<nb::ro, nb::device::cpu>;
using Strengths = nb::ndarray<nb::numpy, HandStrength, nb::ndim<1>>;

void check_card_rows(const CardRows& cards) {
  const bool shaped = cards.ndim() == 2 && cards.shape(1) == 7;
  if (!shaped || cards.dtype() != nb::dtype<Card>()) {
    throw std::invalid_argument("cards: must be a uint8 array of shape (n, 7)");
  }
  const bool packed = cards.stride(0) == 7 && cards.stride(1) == 1;
  if (!packed && cards.shape(0) > 1) throw std::invalid_argument("cards: must be C-contiguous");
}

Strengths evaluate_card_rows(const CardRows& cards) {
  check_card_rows(cards);
  const std::size_t num_hands = cards.shape(0);
  auto strengths = std::make_unique_for_overwrite<HandStrength[]>(num_hands);
  {
    const nb::gil_scoped_release release;
    evaluate_hands(static_cast<const Card*>(cards.data()), num_hands, strengths.get());
  }
  HandStrength* data = strengths.release();
  const nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<HandStrength*>(p); });
  return Strengths(data, {num_hands}, owner);
}

void bind_evaluator(nb::module_& module) {
  module.def("evaluate_hands", &evaluate_card_rows, nb::arg("cards").noconvert(),
             R"(Rates seven-card hands by their best five cards.

Args:
    cards: [n, 7] uint8, C-contiguous; a card is rank * 4 + suit, 0 = deuce of clubs, 51 = ace of
        spades. The order within a hand does not matter.

Returns:
    [n] uint16: 1 (7-5-4-3-2) .. 7462 (royal flush). Higher wins, equal ties.

Raises:
    ValueError: another shape or type, a card above 51, or a card held twice in a hand.)");
  module.def("count_hand_classes", &count_hand_classes, nb::call_guard<nb::gil_scoped_release>(),
             "Counts all 133,784,560 seven-card hands by class, from high card to straight flush.");
  module.def(
      "hand_class_name", [](int strength) { return hand_class_name(hand_class(strength)); },
      nb::arg("strength"),
      R"(Names the class of a strength, such as "full house".

Raises:
    ValueError: the strength is not in 1..7462.)");
}

template <typename T, int kDims>
using ArrayIn = nb::ndarray<const T, nb::ndim<kDims>, nb::c_contig, nb::device::cpu>;

// Hands an array of new memory to NumPy.
template <typename T>
nb::ndarray<nb::numpy, T> give_array(std::unique_ptr<T[]> data, std::vector<std::size_t> shape) {
  T* const memory = data.release();
  const nb::capsule owner(memory, [](void* p) noexcept { delete[] static_cast<T*>(p); });
  return {memory, shape.size(), shape.data(), owner};
}

// Throws unless the cards of a deal are cards of the deck and different.
void check_deal(const Card* cards, int num_cards, const Deck& deck, std::size_t row) {
  std::uint64_t seen = 0;
  for (int i = 0; i < num_cards; ++i) {
    if (!deck.contains(cards[i])) {
      throw std::invalid_argument("cards[" + std::to_string(row) +
                                  "]: " + std::to_string(cards[i]) + " is not a card, must be " +
                                  std::to_string(deck.first_card()) + " to 51");
    }
    if (seen >> cards[i] & 1) {
      throw std::invalid_argument("cards[" + std::to_string(row) + "]: card " +
                                  std::to_string(cards[i]) + " is dealt twice");
    }
    seen |= std::uint64_t{1} << cards[i];
  }
}

nb::ndarray<nb::numpy, std::uint64_t> index_deals(const HandIndexer& indexer,
                                                  ArrayIn<std::uint8_t, 2> cards) {
  const std::size_t num_deals = cards.shape(0);
  const auto num_cards = static_cast<std::size_t>(indexer.num_cards());
  if (cards.shape(1) != num_cards) {
    throw std::invalid_argument("cards: " + std::to_string(cards.shape(1)) +
                                " cards a deal, must be " + std::to_string(num_cards));
  }
  auto result = std::make_unique<std::uint64_t[]>(num_deals);
  {
    nb::gil_scoped_release release;
    for (std::size_t row = 0; row < num_deals; ++row) {
      const Card* deal = cards.data() + row * num_cards;
      check_deal(deal, indexer.num_cards(), indexer.deck(), row);
      result[row] = indexer.index(deal);
    }
  }
  return give_array(std::move(result), {num_deals});
}

nb::ndarray<nb::numpy, std::uint8_t> unindex_deals(const HandIndexer& indexer,
                                                   ArrayIn<std::uint64_t, 1> indices) {
  const std::size_t num_deals = indices.shape(0);
  const auto num_cards = static_cast<std::size_t>(indexer.num_cards());
  auto result = std::make_unique<std::uint8_t[]>(num_deals * num_cards);
  {
    nb::gil_scoped_release release;
    for (std::size_t row = 0; row < num_deals; ++row) {
      indexer.unindex(indices.data()[row], result.get() + row * num_cards);
    }
  }
  return give_array(std::move(result), {num_deals, num_cards});
}

nb::ndarray<nb::numpy, std::uint8_t> count_deals(const HandIndexer& indexer,
                                                 ArrayIn<std::uint64_t, 1> indices) {
  const std::size_t size = indices.shape(0);
  auto result = std::make_unique<std::uint8_t[]>(size);
  {
    nb::gil_scoped_release release;
    for (std::size_t row = 0; row < size; ++row) {
      result[row] = static_cast<std::uint8_t>(indexer.num_deals(indices.data()[row]));
    }
  }
  return give_array(std::move(result), {size});
}

void bind_hand_index(nb::module_& module) {
  nb::class_<HandIndexer>(module, "HandIndexer",
                          "Numbers deals up to a relabelling of the suits, without gaps.")
      .def(
          "__init__",
          [](HandIndexer* self, const std::vector<int>& cards_per_round, int num_ranks) {
            new (self) HandIndexer(cards_per_round, num_ranks);
          },
          "cards_per_round"_a, "num_ranks"_a = kNumRanks,
          "Args:\n"
          "    cards_per_round: Cards dealt each round, for instance [2, 3] for a flop.\n"
          "    num_ranks: Of the deck, the highest ones, 2 to 13.")
      .def_prop_ro("size", &HandIndexer::size, "How many deals are different.")
      .def("index", &index_deals, "cards"_a,
           "Returns the index of each deal, uint64 [n]; cards: uint8 [n, k], first round first.")
      .def("unindex", &unindex_deals, "indices"_a,
           "Returns a representative of each index, uint8 [n, k]; indices: uint64 [n].")
      .def("num_deals", &count_deals, "indices"_a,
           "Returns how many deals each index stands for (1, 4, 6, 12 or 24), uint8 [n].");
  const auto reference = nb::rv_policy::reference;
  module.def(
      "street_indexer",
      [](int street, int num_ranks) -> const HandIndexer& {
        check_street(street);
        return street_indexer(street, num_ranks);
      },
      "street"_a, "num_ranks"_a = kNumRanks, reference,
      "Returns the indexer of hands on a street, by which bucket files are ordered.");
  module.def(
      "sequence_indexer",
      [](int street, int num_ranks) -> const HandIndexer& {
        check_street(street);
        return sequence_indexer(street, num_ranks);
      },
      "street"_a, "num_ranks"_a = kNumRanks, reference,
      "Returns the same with turn and river in the order they came: the lossless buckets.");
}

}  // namespace

void bind_cards(nb::module_& module) {
  bind_evaluator(module);
  bind_hand_index(module);
}

}  // namespace holdem
