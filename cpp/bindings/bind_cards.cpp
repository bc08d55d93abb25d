#include <nanobind/ndarray.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/string_view.h>

#include <memory>
#include <stdexcept>

#include "bindings/bindings.hpp"
#include "cards/evaluator.hpp"

namespace nb = nanobind;

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

}  // namespace

void bind_cards(nb::module_& module) { bind_evaluator(module); }

}  // namespace holdem
