#include "cards/hand_index.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>

#include "cards/hole_pairs.hpp"
#include "cards/rank_sets.hpp"

namespace holdem {
namespace {

constexpr int kCountBits = 3;
constexpr std::uint32_t kCountMask = (1u << kCountBits) - 1;
// Sixteen bits a suit hold its rank set while a deal is read.
constexpr int kSuitLane = 16;

// How many multisets of `place + 1` numbers below y there are: the term that the number y adds to a
// multiset's rank when `place` numbers of the multiset precede it in ascending order.
constexpr std::uint64_t multiset_term(std::uint64_t y, int place) {
  switch (place) {
    case 0:
      return y;
    case 1:
      return y * (y + 1) / 2;
    case 2:
      return y * (y + 1) * (y + 2) / 6;
    default:
      return y * (y + 1) * (y + 2) * (y + 3) / 24;
  }
}

// Largest y below `limit` whose term does not exceed `rank`.
std::uint64_t largest_number(std::uint64_t rank, int place, std::uint64_t limit) {
  std::uint64_t low = 0;
  while (limit - low > 1) {
    const std::uint64_t middle = low + (limit - low) / 2;
    (multiset_term(middle, place) <= rank ? low : limit) = middle;
  }
  return low;
}

// A suit of a deal packed so that the order of the packed values is the canonical order: group of
// equal counts, then number; the suit itself breaks ties and is carried along.
constexpr std::uint64_t pack_suit(std::uint64_t group, std::uint64_t number, int suit) {
  return group << 48 | number << 2 | static_cast<std::uint64_t>(suit);
}
constexpr std::uint64_t packed_number(std::uint64_t packed) {
  return (packed & ((std::uint64_t{1} << 48) - 1)) >> 2;
}
constexpr int packed_suit(std::uint64_t packed) { return static_cast<int>(packed & 3); }

// A sorting network: five exchanges without a branch, which random suits would mispredict.
void sort_four(std::array<std::uint64_t, kNumSuits>& values) {
  const auto exchange = [&values](int i, int j) {
    const std::uint64_t all = values[i] > values[j] ? ~std::uint64_t{0} : 0;
    const std::uint64_t flips = (values[i] ^ values[j]) & all;
    values[i] ^= flips;
    values[j] ^= flips;
  };
  exchange(0, 1);
  exchange(2, 3);
  exchange(0, 2);
  exchange(1, 3);
  exchange(1, 2);
}

// The cards of one round: rank sets in one lane a suit, and how many a suit got, packed.
struct RoundCards {
  std::uint64_t ranks = 0;
  std::uint32_t counts = 0;

  void add(int suit, int rank) {
    ranks |= std::uint64_t{1} << (kSuitLane * suit + rank);
    counts += 1u << (kCountBits * suit);
  }
  std::uint32_t ranks_of(int suit) const { return ranks >> (kSuitLane * suit) & 0x1fff; }
  std::uint32_t count_of(int suit) const { return counts >> (kCountBits * suit) & kCountMask; }
};

// Spreads a mask over ranks that are free into a mask over all ranks, none of them in `used`.
std::uint32_t skip_used(std::uint32_t free_mask, std::uint32_t used) {
  std::uint32_t mask = free_mask;
  for (int rank = 0; rank < kNumRanks; ++rank) {
    if (used >> rank & 1) {
      const std::uint32_t below = mask & ((1u << rank) - 1);
      mask = below | (mask ^ below) << 1;
    }
  }
  return mask;
}

}  // namespace

HandIndexer::HandIndexer(std::span<const int> cards_per_round, int num_ranks)
    : tables_(rank_set_tables()), deck_{num_ranks} {
  check_num_ranks(num_ranks);
  choose_ = tables_.choose.data() + (kNumRanks - num_ranks);
  if (cards_per_round.empty() || cards_per_round.size() > kMaxRounds) {
    throw std::invalid_argument("cards_per_round: " + std::to_string(cards_per_round.size()) +
                                " rounds, must be 1 to 4");
  }
  num_rounds_ = cards_per_round.size();
  for (std::size_t round = 0; round < num_rounds_; ++round) {
    const int cards = cards_per_round[round];
    if (cards < 1 || cards > kMaxCards - num_cards_) {
      throw std::invalid_argument(
          "cards_per_round: each round must have at least 1 card, all rounds together at most 7");
    }
    cards_in_round_[round] = cards;
    num_compositions_[round] = tables_.compositions[cards].size();
    num_cards_ += cards;
  }
  build_shapes();
}

void HandIndexer::build_shapes() {
  // All spreads of all rounds, the last round as the most significant digit, as sorted_suits()
  // counts them.
  std::vector<std::array<SuitCounts, kNumSuits>> spreads{{}};
  for (std::size_t round = num_rounds_; round-- > 0;) {
    std::vector<std::array<SuitCounts, kNumSuits>> longer;
    for (const auto& spread : spreads) {
      for (const auto& composition : tables_.compositions[cards_in_round_[round]]) {
        auto counts = spread;
        for (int suit = 0; suit < kNumSuits; ++suit) {
          counts[suit] |= static_cast<SuitCounts>(composition[suit]) << (kCountBits * round);
        }
        longer.push_back(counts);
      }
    }
    spreads = std::move(longer);
  }
  std::map<std::array<SuitCounts, kNumSuits>, Shape> known;
  shapes_.reserve(spreads.size());
  for (const auto& counts : spreads) {
    auto sorted = counts;
    std::sort(sorted.begin(), sorted.end(), std::greater<>());
    auto found = known.find(sorted);
    if (found == known.end()) found = known.emplace(sorted, add_canonical(sorted)).first;
    Shape shape = found->second;
    for (int suit = 0; suit < kNumSuits; ++suit) {
      shape.group[suit] = static_cast<std::uint8_t>(
          std::find(sorted.begin(), sorted.end(), counts[suit]) - sorted.begin());
    }
    shapes_.push_back(shape);
  }
}

HandIndexer::Shape HandIndexer::add_canonical(const std::array<SuitCounts, kNumSuits>& counts) {
  Shape shape{};
  shape.offset = size_;
  shape.only_pairs = true;
  std::uint64_t weight = 1;
  for (int first = 0; first < kNumSuits && counts[first] != 0;) {
    int place = 0;
    for (int i = first; i < kNumSuits && counts[i] == counts[first]; ++i, ++place) {
      shape.weight[i] = weight;
      shape.pair_weight[i] = place == 1 ? weight : 0;
      shape.place[i] = static_cast<std::uint8_t>(place);
    }
    shape.only_pairs &= place <= 2;
    weight *= multiset_term(suit_size(counts[first]), place - 1);
    first += place;
  }
  canonical_.push_back({size_, counts});
  size_ += weight;
  return shape;
}

std::uint64_t HandIndexer::suit_size(SuitCounts counts) const {
  std::uint64_t size = 1;
  int used = 0;
  for (std::size_t round = num_rounds_; round-- > 0;) {
    const int n = static_cast<int>(counts >> (kCountBits * round) & kCountMask);
    size *= choose_[used][n];
    used += n;
  }
  return size;
}

std::array<std::uint64_t, kNumSuits> HandIndexer::sorted_suits(const Card* cards,
                                                               const Shape*& shape) const {
  const RankSetTables& tables = tables_;
  const auto composition = [&](std::size_t round, std::uint32_t counts) -> std::size_t {
    return tables.composition_id[cards_in_round_[round]][counts % tables.kNumPackedCompositions];
  };
  const auto rank_in_deck = [first = deck_.first_card()](Card card) {
    return rank_of(static_cast<Card>(card - first));
  };
  // The last round is ranked among all ranks of the deck, ...
  std::size_t round = num_rounds_ - 1;
  const Card* end = cards + num_cards_;
  const Card* begin = end - cards_in_round_[round];
  RoundCards used;
  for (const Card* card = begin; card != end; ++card) used.add(suit_of(*card), rank_in_deck(*card));
  std::array<std::uint64_t, kNumSuits> number;
  for (int suit = 0; suit < kNumSuits; ++suit) number[suit] = tables.rank[used.ranks_of(suit)];
  std::size_t shape_id = composition(round, used.counts);
  // ... an earlier one among those that the later rounds have left of the suit.
  while (round-- > 0) {
    end = begin;
    begin = end - cards_in_round_[round];
    RoundCards among_free;
    std::uint64_t ranks = used.ranks;
    for (const Card* card = begin; card != end; ++card) {
      const int suit = suit_of(*card);
      const int rank = rank_in_deck(*card);
      among_free.add(suit, rank - tables.size[used.ranks_of(suit) & ((1u << rank) - 1)]);
      ranks |= std::uint64_t{1} << (kSuitLane * suit + rank);
    }
    for (int suit = 0; suit < kNumSuits; ++suit) {
      number[suit] *= choose_[used.count_of(suit)][among_free.count_of(suit)];
      number[suit] += tables.rank[among_free.ranks_of(suit)];
    }
    used = {ranks, used.counts + among_free.counts};
    shape_id = shape_id * num_compositions_[round] + composition(round, among_free.counts);
  }
  shape = &shapes_[shape_id];
  for (int suit = 0; suit < kNumSuits; ++suit) {
    number[suit] = pack_suit(shape->group[suit], number[suit], suit);
  }
  sort_four(number);
  return number;
}

std::uint64_t HandIndexer::index(const Card* cards) const {
  const Shape* shape;
  const auto sorted = sorted_suits(cards, shape);
  return shape_index(*shape, sorted);
}

std::uint64_t HandIndexer::index(const Card* cards, std::uint8_t canonical_suit[kNumSuits]) const {
  const Shape* shape;
  const auto sorted = sorted_suits(cards, shape);
  for (int i = 0; i < kNumSuits; ++i) {
    canonical_suit[packed_suit(sorted[i])] = static_cast<std::uint8_t>(i);
  }
  return shape_index(*shape, sorted);
}

std::uint64_t HandIndexer::shape_index(const Shape& shape,
                                       const std::array<std::uint64_t, kNumSuits>& sorted) {
  std::uint64_t index = shape.offset;
  if (shape.only_pairs) [[likely]] {
    // multiset_term(y, 1) = y + y (y - 1) / 2, so that both kinds of suit take the same steps.
    for (int i = 0; i < kNumSuits; ++i) {
      const std::uint64_t y = packed_number(sorted[i]);
      index += shape.weight[i] * y + shape.pair_weight[i] * (y * (y - 1) / 2);
    }
    return index;
  }
  for (int i = 0; i < kNumSuits; ++i) {
    index += shape.weight[i] * multiset_term(packed_number(sorted[i]), shape.place[i]);
  }
  return index;
}

void HandIndexer::index_pairs(const Card* board, std::uint32_t* indices) const {
  const RankSetTables& tables = tables_;
  const auto composition = [&](int num_cards, std::uint32_t counts) -> std::size_t {
    return tables.composition_id[num_cards][counts % tables.kNumPackedCompositions];
  };
  const Card first = static_cast<Card>(deck_.first_card());
  RoundCards used;
  const int num_board_cards = num_cards_ - 2;
  for (int i = 0; i < num_board_cards; ++i) {
    used.add(suit_of(board[i]), rank_of(static_cast<Card>(board[i] - first)));
  }
  // The cards of a suit that the board leaves: a card's place here is its rank among the free ones.
  std::array<std::array<Card, kNumRanks>, kNumSuits> free;
  std::array<int, kNumSuits> num_free{};
  std::array<std::uint64_t, kNumSuits> board_number;
  for (int suit = 0; suit < kNumSuits; ++suit) {
    const std::uint32_t ranks = used.ranks_of(suit);
    board_number[suit] = tables.rank[ranks];
    for (int rank = 0; rank < deck_.num_ranks; ++rank) {
      if (ranks >> rank & 1) continue;
      free[suit][num_free[suit]++] = static_cast<Card>(first + make_card(rank, suit));
    }
  }
  const std::size_t board_shape =
      num_board_cards == 0 ? 0 : composition(num_board_cards, used.counts) * num_compositions_[0];
  for (int s = 0; s < kNumSuits; ++s) {
    for (int t = 0; t <= s; ++t) {
      const Shape& shape =
          shapes_[board_shape + composition(2, (1u << kCountBits * s) + (1u << kCountBits * t))];
      // Suits with a hole card are never in one group with suits without. So the others add the
      // same to all indices, ...
      std::array<std::uint64_t, kNumSuits> sorted;
      for (int suit = 0; suit < kNumSuits; ++suit) {
        const bool holds = suit == s || suit == t;
        sorted[suit] = pack_suit(shape.group[suit], holds ? 0 : board_number[suit], suit);
      }
      sort_four(sorted);
      const std::uint64_t base = shape_index(shape, sorted);
      const std::uint64_t weight = shape.weight[shape.group[s]];
      if (s == t) {
        std::uint64_t index = base + weight * board_number[s] * choose_[used.count_of(s)][2];
        for (int b = 1; b < num_free[s]; ++b) {
          for (int a = 0; a < b; ++a, index += weight) {
            indices[hole_pair_index(free[s][a], free[s][b])] = static_cast<std::uint32_t>(index);
          }
        }
        continue;
      }
      // ... and the two suits their own numbers, or the number of the set of the two.
      const bool alike = shape.group[s] == shape.group[t];
      const std::uint64_t other_weight = shape.weight[shape.group[t]];
      const std::uint64_t start = board_number[s] * choose_[used.count_of(s)][1];
      const std::uint64_t other_start = board_number[t] * choose_[used.count_of(t)][1];
      for (int a = 0; a < num_free[s]; ++a) {
        const std::uint64_t x = start + a;
        for (int b = 0; b < num_free[t]; ++b) {
          const std::uint64_t y = other_start + b;
          const std::uint64_t index =
              base + (alike ? weight * (std::min(x, y) + multiset_term(std::max(x, y), 1))
                            : weight * x + other_weight * y);
          indices[hole_pair_index(free[s][a], free[t][b])] = static_cast<std::uint32_t>(index);
        }
      }
    }
  }
}

std::array<HandIndexer::Suit, kNumSuits> HandIndexer::decode(std::uint64_t index) const {
  if (index >= size_) {
    throw std::invalid_argument("index: " + std::to_string(index) + " is not below the size " +
                                std::to_string(size_));
  }
  const auto after = std::upper_bound(
      canonical_.begin(), canonical_.end(), index,
      [](std::uint64_t value, const CanonicalShape& shape) { return value < shape.offset; });
  const CanonicalShape& shape = *std::prev(after);
  std::array<Suit, kNumSuits> suits;
  std::uint64_t rest = index - shape.offset;
  for (int first = 0; first < kNumSuits;) {
    const SuitCounts counts = shape.counts[first];
    const std::uint64_t size = suit_size(counts);
    int end = first;
    while (end < kNumSuits && shape.counts[end] == counts) ++end;
    const std::uint64_t num_multisets = multiset_term(size, end - first - 1);
    std::uint64_t rank = rest % num_multisets;
    rest /= num_multisets;
    for (int i = end; i-- > first;) {
      const std::uint64_t number = largest_number(rank, i - first, size);
      rank -= multiset_term(number, i - first);
      suits[i] = {counts, number};
    }
    first = end;
  }
  return suits;
}

void HandIndexer::unindex(std::uint64_t index, Card* cards) const {
  std::array<Card*, kMaxRounds> next_card;
  for (std::size_t round = 0; round < num_rounds_; ++round) {
    next_card[round] = cards;
    cards += cards_in_round_[round];
  }
  const auto suits = decode(index);
  for (int suit = 0; suit < kNumSuits; ++suit) write_suit(suits[suit], suit, next_card);
}

void HandIndexer::write_suit(const Suit& suit, int suit_id,
                             std::array<Card*, kMaxRounds>& next_card) const {
  std::array<int, kMaxRounds> count;
  int used_later = 0;
  for (std::size_t round = 0; round < num_rounds_; ++round) {
    count[round] = static_cast<int>(suit.counts >> (kCountBits * round) & kCountMask);
    used_later += count[round];
  }
  // Digits come out first round first, ...
  std::array<std::uint32_t, kMaxRounds> rank;
  std::uint64_t rest = suit.number;
  for (std::size_t round = 0; round < num_rounds_; ++round) {
    used_later -= count[round];
    const std::uint32_t num_sets = choose_[used_later][count[round]];
    rank[round] = static_cast<std::uint32_t>(rest % num_sets);
    rest /= num_sets;
  }
  // ... and ranks are taken last round first.
  std::uint32_t used = 0;
  for (std::size_t round = num_rounds_; round-- > 0;) {
    const std::uint32_t taken = skip_used(tables_.mask[count[round]][rank[round]], used);
    used |= taken;
    for (int r = 0; r < kNumRanks; ++r) {
      if ((taken >> r & 1) == 0) continue;
      *next_card[round]++ = static_cast<Card>(deck_.first_card() + make_card(r, suit_id));
    }
  }
}

int HandIndexer::num_deals(std::uint64_t index) const {
  const auto suits = decode(index);
  // 4! permutations of the suits, but those within a run of suits that look the same change
  // nothing.
  int deals = 24;
  int run = 1;
  for (int i = 1; i < kNumSuits; ++i) {
    const bool same =
        suits[i].counts == suits[i - 1].counts && suits[i].number == suits[i - 1].number;
    run = same ? run + 1 : 1;
    deals /= run;
  }
  return deals;
}

namespace {

// The indexers that hold'em needs on one deck.
struct DeckIndexers {
  explicit DeckIndexers(int n)
      : streets{HandIndexer(std::array{2}, n), HandIndexer(std::array{2, 3}, n),
                HandIndexer(std::array{2, 4}, n), HandIndexer(std::array{2, 5}, n)},
        boards{HandIndexer(std::array{3}, n), HandIndexer(std::array{4}, n),
               HandIndexer(std::array{5}, n)},
        sequences{HandIndexer(std::array{2}, n), HandIndexer(std::array{2, 3}, n),
                  HandIndexer(std::array{2, 3, 1}, n), HandIndexer(std::array{2, 3, 1, 1}, n)} {}

  std::array<HandIndexer, kNumStreets> streets;
  std::array<HandIndexer, kNumStreets - 1> boards;
  std::array<HandIndexer, kNumStreets> sequences;
};

const DeckIndexers& deck_indexers(int num_ranks) {
  static std::array<std::once_flag, kNumRanks + 1> once;
  static std::array<std::unique_ptr<const DeckIndexers>, kNumRanks + 1> indexers;
  check_num_ranks(num_ranks);
  std::call_once(once[num_ranks],
                 [&] { indexers[num_ranks] = std::make_unique<const DeckIndexers>(num_ranks); });
  return *indexers[num_ranks];
}

}  // namespace

const HandIndexer& street_indexer(int street, int num_ranks) {
  return deck_indexers(num_ranks).streets[street];
}

const HandIndexer& board_indexer(int street, int num_ranks) {
  return deck_indexers(num_ranks).boards[street - 1];
}

const HandIndexer& sequence_indexer(int street, int num_ranks) {
  return deck_indexers(num_ranks).sequences[street];
}

}  // namespace holdem
