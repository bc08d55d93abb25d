#include "cards/rank_sets.hpp"

#include <bit>

namespace holdem {
namespace {

void fill_sets(RankSetTables& tables) {
  std::array<std::uint16_t, kNumRanks + 1> next_rank{};
  // Masks in ascending order are sets in colexicographic order, whatever their size.
  for (std::uint32_t mask = 0; mask < RankSetTables::kNumSets; ++mask) {
    const int size = std::popcount(mask);
    const std::uint16_t rank = next_rank[size]++;
    tables.size[mask] = static_cast<std::uint8_t>(size);
    tables.rank[mask] = rank;
    if (size <= RankSetTables::kMaxSetSize) {
      tables.mask[size][rank] = static_cast<std::uint16_t>(mask);
    }
  }
  for (int used = 0; used < static_cast<int>(tables.choose.size()); ++used) {
    std::uint32_t choose = 1;
    for (int n = 0; n <= RankSetTables::kMaxSetSize; ++n) {
      tables.choose[used][n] = choose;
      const int left = kNumRanks - used - n;
      choose = left > 0 ? choose * static_cast<std::uint32_t>(left) / (n + 1) : 0;
    }
  }
}

void fill_compositions(RankSetTables& tables, int n) {
  auto& list = tables.compositions[n];
  for (int first = 0; first <= n; ++first) {
    for (int second = 0; first + second <= n; ++second) {
      for (int third = 0; first + second + third <= n; ++third) {
        const int packed = first | second << 3 | third << 6;
        tables.composition_id[n][packed] = static_cast<std::uint8_t>(list.size());
        list.push_back({static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(second),
                        static_cast<std::uint8_t>(third),
                        static_cast<std::uint8_t>(n - first - second - third)});
      }
    }
  }
}

RankSetTables make_tables() {
  RankSetTables tables{};
  fill_sets(tables);
  for (int n = 0; n <= RankSetTables::kMaxSetSize; ++n) fill_compositions(tables, n);
  return tables;
}

}  // namespace

const RankSetTables& rank_set_tables() {
  static const RankSetTables tables = make_tables();
  return tables;
}

}  // namespace holdem
