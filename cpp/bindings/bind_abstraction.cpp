#include <nanobind/ndarray.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "abstraction/bucket_map.hpp"
#include "abstraction/hand_strengths.hpp"
#include "abstraction/holdem_game.hpp"
#include "abstraction/percentile.hpp"
#include "bindings/arrays.hpp"
#include "bindings/bindings.hpp"
#include "bindings/checks.hpp"
#include "bindings/flops.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace holdem {
namespace {

template <typename T>
using Vector = nb::ndarray<nb::numpy, T, nb::ndim<1>>;
template <typename T>
using VectorIn = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using DealsIn = nb::ndarray<const Card, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
// Unsigned integers of 1, 2 or 4 bytes; the dtype is checked by id_bytes().
using IdsOut = nb::ndarray<nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using IdsIn = nb::ndarray<nb::ro, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

// Shows NumPy a vector that belongs to the bound object it is an attribute of.
template <typename T>
Vector<const T> view(const std::vector<T>& values) {
  return Vector<const T>(values.data(), {values.size()});
}

template <typename Array>
int id_bytes(const Array& ids) {
  const nb::dlpack::dtype type = ids.dtype();
  const bool is_id = type == nb::dtype<std::uint8_t>() || type == nb::dtype<std::uint16_t>() ||
                     type == nb::dtype<std::uint32_t>();
  if (!is_id) throw std::invalid_argument("ids: the dtype must be uint8, uint16 or uint32");
  return type.bits / 8;
}

// Throws unless each row is two hole cards and the street's board, all different and of the deck.
void check_deals(int street, const Deck& deck, const DealsIn& deals) {
  check_street(street);
  const std::size_t num_cards = 2 + kBoardCards[street];
  if (deals.shape(1) != num_cards) {
    throw std::invalid_argument("cards: " + std::to_string(deals.shape(1)) +
                                " cards a deal, must be " + std::to_string(num_cards));
  }
  for (std::size_t row = 0; row < deals.shape(0); ++row) {
    CardSet seen = 0;
    for (std::size_t i = 0; i < num_cards; ++i) {
      const Card card = deals.data()[row * num_cards + i];
      if (!deck.contains(card) || seen >> card & 1) {
        throw std::invalid_argument("cards[" + std::to_string(row) +
                                    "]: must be different cards, " +
                                    std::to_string(deck.first_card()) + " to 51");
      }
      seen |= CardSet{1} << card;
    }
  }
}

// Calls value(hole cards, board) for each deal and returns the results.
template <typename T, typename Value>
Vector<T> for_each_deal(int street, const Deck& deck, const DealsIn& deals, const Value& value) {
  check_deals(street, deck, deals);
  std::vector<T> values(deals.shape(0));
  const std::size_t num_cards = deals.shape(1);
  {
    nb::gil_scoped_release release;
    for (std::size_t row = 0; row < values.size(); ++row) {
      const Card* const cards = deals.data() + row * num_cards;
      values[row] = value(cards, cards + 2);
    }
  }
  return give(std::move(values));
}

void write_ids(const HandStrengths& self, const HandStrengths::Spectrum& spectrum,
               VectorIn<std::uint32_t> buckets, int num_workers, IdsOut ids) {
  const int num_bytes = id_bytes(ids);
  const std::span<const std::uint32_t> ids_of(buckets.data(), buckets.size());
  if (ids_of.size() != spectrum.strengths.size()) {
    throw std::invalid_argument("buckets: must be one for each strength of the spectrum");
  }
  if (ids.size() != street_indexer(spectrum.street, self.deck().num_ranks).size()) {
    throw std::invalid_argument("ids: must be one for each hand of the street");
  }
  const std::uint64_t largest = (std::uint64_t{1} << 8 * num_bytes) - 1;
  if (std::any_of(ids_of.begin(), ids_of.end(), [&](auto id) { return id > largest; })) {
    throw std::invalid_argument("buckets: an id above " + std::to_string(largest) +
                                " does not fit the dtype of ids");
  }
  nb::gil_scoped_release release;
  switch (num_bytes) {
    case 1:
      return self.write_ids(spectrum, ids_of, num_workers, static_cast<std::uint8_t*>(ids.data()));
    case 2:
      return self.write_ids(spectrum, ids_of, num_workers, static_cast<std::uint16_t*>(ids.data()));
    default:
      return self.write_ids(spectrum, ids_of, num_workers, static_cast<std::uint32_t*>(ids.data()));
  }
}

nb::tuple bucket_spread(const HandStrengths& self, int street, IdsIn ids, std::uint32_t num_buckets,
                        int num_workers, const FlopsIn& flops) {
  check_street(street);
  const int num_bytes = id_bytes(ids);
  if (ids.size() != street_indexer(street, self.deck().num_ranks).size()) {
    throw std::invalid_argument("ids: must be one for each hand of the street");
  }
  const auto add_up = [&](auto of_type) {
    const auto* const data = static_cast<const decltype(of_type)*>(ids.data());
    nb::gil_scoped_release release;
    return self.bucket_spread(street, data, num_buckets, shares_of(flops), num_workers);
  };
  HandStrengths::BucketSpread spread = num_bytes == 1   ? add_up(std::uint8_t{})
                                       : num_bytes == 2 ? add_up(std::uint16_t{})
                                                        : add_up(std::uint32_t{});
  return nb::make_tuple(give(std::move(spread.num_deals)), give(std::move(spread.deviations)));
}

Vector<std::uint32_t> cut_percentiles(VectorIn<std::uint64_t> masses, std::uint32_t k) {
  if (k == 0) throw std::invalid_argument("k: 0, must be at least 1");
  const std::span<const std::uint64_t> view(masses.data(), masses.size());
  std::uint64_t room = std::numeric_limits<std::uint64_t>::max() / 4 / k;
  for (const std::uint64_t mass : view) {
    if (mass == 0 || mass > room) {
      throw std::invalid_argument("masses: must be positive and not sum to more than 2^62 / k");
    }
    room -= mass;
  }
  return give(percentile_buckets(view, k));
}

void bind_strengths(nb::module_& module) {
  using Spectrum = HandStrengths::Spectrum;
  nb::class_<Spectrum>(module, "StrengthSpectrum", "The different strengths of a street.")
      .def_ro("street", &Spectrum::street)
      .def_prop_ro(
          "strengths", [](const Spectrum& self) { return view(self.strengths); },
          "uint64 [n], ascending; a read-only view.")
      .def_prop_ro(
          "num_deals", [](const Spectrum& self) { return view(self.num_deals); },
          "Deals of hole cards and board that have each strength, uint64 [n]; a read-only view.");
  nb::class_<HandStrengths>(
      module, "HandStrengths",
      "Exact strength of all hands against a uniform hand: 2 * wins + ties of 990 on the river; "
      "the "
      "sum over the next street's boards before (46 rivers, 47 turns, 19,600 flops).")
      .def(
          "__init__",
          [](HandStrengths* self, int num_ranks) { new (self) HandStrengths(Deck{num_ranks}); },
          "num_ranks"_a = kNumRanks)
      .def("compute", &HandStrengths::compute, "street"_a, "num_workers"_a,
           nb::call_guard<nb::gil_scoped_release>(),
           "Computes a street on that many threads; river first, then turn, flop, preflop.")
      .def("spectrum", &HandStrengths::spectrum, "street"_a,
           nb::call_guard<nb::gil_scoped_release>(), "Returns the spectrum of a computed street.")
      .def(
          "strengths",
          [](const HandStrengths& self, int street, const DealsIn& cards) {
            return for_each_deal<std::uint64_t>(street, self.deck(), cards,
                                                [&](const Card* hole_cards, const Card* board) {
                                                  return self.strength(street, hole_cards, board);
                                                });
          },
          "street"_a, "cards"_a,
          "Returns the strength of each deal, uint64 [n]; cards: uint8 [n, 2 + board cards].")
      .def("write_ids", &write_ids,
           nb::sig("def write_ids(self, spectrum: StrengthSpectrum,"
                   " buckets: numpy.typing.NDArray[numpy.uint32], num_workers: int,"
                   " ids: numpy.typing.NDArray[numpy.uint8] | numpy.typing.NDArray[numpy.uint16]"
                   " | numpy.typing.NDArray[numpy.uint32]) -> None"),
           "spectrum"_a, "buckets"_a, "num_workers"_a, "ids"_a.noconvert(),
           "Writes the bucket of every hand of a street into ids, uint8, uint16 or uint32 [number "
           "of hands]; buckets: uint32, one for each strength of the spectrum.")
      .def("bucket_spread", &bucket_spread,
           nb::sig("def bucket_spread(self, street: int,"
                   " ids: numpy.typing.NDArray[numpy.uint8] | numpy.typing.NDArray[numpy.uint16]"
                   " | numpy.typing.NDArray[numpy.uint32], num_buckets: int, num_workers: int,"
                   " flops: Sequence[tuple[Sequence[int], int]] = [])"
                   " -> tuple[numpy.typing.NDArray[numpy.uint64],"
                   " numpy.typing.NDArray[numpy.float64]]"),
           "street"_a, "ids"_a.noconvert(), "num_buckets"_a, "num_workers"_a, "flops"_a = FlopsIn{},
           "Returns the deals in each bucket and the standard deviation of their equities, 0 to 1; "
           "ids: uint8, uint16 or uint32 [number of hands], below num_buckets. With "
           "flops and whole weights: of boards that these lead to, so weighted; preflop of all.");
  module.def("percentile_buckets", &cut_percentiles, "masses"_a, "k"_a,
             "Cuts values in ascending order, given by their masses (uint64 [n]), into min(k, n) "
             "buckets of about equal mass. Returns the bucket of each value, uint32 [n].");
}

void bind_bucket_map(nb::module_& module) {
  nb::class_<BucketMap>(module, "BucketMap", "The buckets of all hands, read from mapped tables.")
      .def(
          "__init__",
          [](BucketMap* self, const nb::tuple& tables, const std::vector<std::uint32_t>& sizes,
             int num_ranks) {
            if (tables.size() != kNumStreets || sizes.size() != kNumStreets) {
              throw std::invalid_argument("tables, num_buckets: must be one a street, 4");
            }
            std::array<BucketMap::Table, kNumStreets> views;
            for (int street = 0; street < kNumStreets; ++street) {
              const auto ids = nb::cast<IdsIn>(tables[street], false);
              views[street] = {ids.data(), ids.size(), id_bytes(ids), sizes[street]};
            }
            new (self) BucketMap(views, Deck{num_ranks});
          },
          nb::sig("def __init__(self, tables: tuple[numpy.typing.NDArray[typing.Any], ...],"
                  " num_buckets: Sequence[int], num_ranks: int = 13) -> None"),
          "tables"_a, "num_buckets"_a, "num_ranks"_a = kNumRanks, nb::keep_alive<1, 2>(),
          "Args:\n"
          "    tables: Bucket ids by hand index, one array a street, uint8, uint16 or uint32; "
          "they\n"
          "        are not copied. All ids must be below the street's num_buckets.\n"
          "    num_buckets: One a street.\n"
          "    num_ranks: Of the deck, the highest ones, 2 to 13.")
      .def_static(
          "lossless", [](int num_ranks) { return BucketMap::lossless(Deck{num_ranks}); },
          "num_ranks"_a = kNumRanks,
          "Returns a bucket for every hand, which tells the buckets of the streets before: its "
          "index\namong the sequences of hole cards, flop, turn and river, without tables.")
      .def_prop_ro("num_ranks", [](const BucketMap& self) { return self.deck().num_ranks; })
      .def_prop_ro("is_lossless", &BucketMap::is_lossless)
      .def(
          "num_buckets",
          [](const BucketMap& self, int street) {
            check_street(street);
            return self.num_buckets(street);
          },
          "street"_a)
      .def(
          "buckets",
          [](const BucketMap& self, int street, const DealsIn& cards) {
            return for_each_deal<std::uint32_t>(street, self.deck(), cards,
                                                [&](const Card* hole_cards, const Card* board) {
                                                  return self.bucket(street, hole_cards, board);
                                                });
          },
          "street"_a, "cards"_a,
          "Returns the bucket of each deal, uint32 [n]; cards: uint8 [n, 2 + board cards].");
}

void bind_holdem_game(nb::module_& module) {
  using Flops = std::vector<std::pair<std::array<Card, 3>, double>>;
  nb::class_<HoldemGame, Game>(module, "HoldemGame", "No-limit hold'em, bets from a menu.")
      .def(
          "__init__",
          [](HoldemGame* self, const Rules& rules, const BetMenu& menu,
             std::shared_ptr<const BucketMap> buckets, int num_ranks, const Flops& flops) {
            std::vector<WeightedFlop> weighted;
            for (const auto& [cards, weight] : flops) weighted.push_back({cards, weight});
            new (self)
                HoldemGame(rules, menu, std::move(buckets), Deck{num_ranks}, std::move(weighted));
          },
          "rules"_a, "menu"_a, "buckets"_a, "num_ranks"_a = kNumRanks, "flops"_a = Flops{},
          "Args:\n"
          "    num_ranks: Of the deck, the highest ones; the buckets must be of the same deck.\n"
          "    flops: What the flop is drawn from, three cards and a weight each, in any suits; "
          "the\n"
          "        weights sum to 1. Without: all flops of the deck.")
      .def_prop_ro("num_ranks", [](const HoldemGame& self) { return self.deck().num_ranks; })
      .def_prop_ro("flops", [](const HoldemGame& self) {
        Flops flops;
        for (const WeightedFlop& flop : self.flops()) flops.emplace_back(flop.cards, flop.weight);
        return flops;
      });
}

}  // namespace

void bind_abstraction(nb::module_& module) {
  bind_strengths(module);
  bind_bucket_map(module);
  bind_holdem_game(module);
}

}  // namespace holdem
