#pragma once

#include <cstdint>
#include <vector>

#include "cfr/sampler.hpp"
#include "cfr/strategy.hpp"
#include "tree/private_growth.hpp"

namespace holdem {

// What some iterations in a row will change: written by one thread while the tables stay as they
// are, and applied afterwards.
//
// Updates are sorted into bins by the place of their rows, so that threads may take one bin each:
// all updates of a row are in one bin, in the order in which they were written.
class alignas(64) UpdateLog {
 public:
  // Args: num_bins: at least 1.
  UpdateLog(const BettingTree& tree, std::uint32_t num_bins) : growth_(tree), bins_(num_bins) {}

  // Forgets all.
  void begin();

  // Writing. Rows are named by their places.

  // A row that has no place yet. Returns what stands for it.
  // Args: node: of the tree or of growth(). has_regrets: whether regrets are added to it.
  std::uint64_t add_new_row(std::uint32_t node, std::uint32_t bucket, bool has_regrets) {
    new_rows_.push_back({node, bucket, has_regrets, 0});
    return kNewRow | (new_rows_.size() - 1);
  }
  // A strip that has to be brought up to date before regrets are added to it.
  void add_stale_strip(std::uint64_t stamp, std::uint32_t num_floats) {
    bin_of(stamp).stale.push_back({stamp, num_floats});
  }
  // Adds to the regrets of the actions `first` + l, for each bit l of `lanes`, 0 to 3.
  void add_regrets(std::uint64_t row, int first, Float4 added, unsigned lanes) {
    bin_of(row).regrets.push_back(
        {added, row, 0, static_cast<std::uint8_t>(lanes), static_cast<std::uint8_t>(first)});
  }
  // As strategy.hpp has it.
  void add_strategy(std::uint64_t row, const Strategy& strategy, float weight, int num_actions,
                    std::uint32_t random);
  // What was found where the tree ends.
  PrivateGrowth& growth() { return growth_; }
  const PrivateGrowth& growth() const { return growth_; }

  // Applying, of all logs each step before the next.

  // Lets the tree take over what was grown, and gives new rows their places: one thread, one log
  // after the other. Returns whether there was anything new.
  bool grow(BettingTree& tree);
  // Sorts the updates of new rows into bins.
  void sort_new_rows(const BettingTree& tree, bool lazy);
  // The rest changes the tables, one thread a bin, one log after the other.
  bool has_stale_strips() const;
  void refresh_strips(std::uint32_t bin, const Training& training) const;
  void apply(std::uint32_t bin, const Training& training) const;
  // Fetches what apply() begins with; it fetches the rest itself.
  void prefetch(std::uint32_t bin, const Tables& tables) const;

  std::uint32_t num_bins() const { return static_cast<std::uint32_t>(bins_.size()); }
  std::uint64_t bytes() const;

 private:
  struct StaleStrip {
    std::uint64_t stamp;
    std::uint32_t num_floats;
  };
  struct Update {
    Float4 values;
    std::uint64_t row;
    std::uint32_t random;  // what sums are rounded by
    std::uint8_t lanes;
    std::uint8_t first;
  };
  static_assert(sizeof(Update) == 32);
  struct NewRow {
    std::uint32_t node;
    std::uint32_t bucket;
    bool has_regrets;
    std::uint64_t row;  // its place, once it has one
  };
  struct Bin {
    std::vector<StaleStrip> stale;
    std::vector<Update> regrets;
    std::vector<Update> sums;
    void clear();
    std::uint64_t bytes() const;
  };

  static constexpr std::uint64_t kNewRow = std::uint64_t{1} << 63;
  // Neighbours share a bin, so that only the last row of a range can lie in two.
  static constexpr std::uint64_t kRangeFloats = 1u << 12;
  static constexpr std::size_t kAhead = 32;  // updates between fetching a row and changing it
  // Inlined always: to GCC 12 a function that only prefetches has no effect.
  [[gnu::always_inline]] static void prefetch_row(const Update& update, const float* table) {
    const float* first = table + update.row + update.first;
    __builtin_prefetch(first, 1);
    __builtin_prefetch(first + 3, 1);  // one row in five reaches into the next cache line
  }
  static bool ends_in_its_range(const Update& update) {
    return update.row % kRangeFloats + update.first + 4 <= kRangeFloats;
  }

  Bin& bin_of(std::uint64_t row) {
    if (row & kNewRow) return of_new_rows_;
    const std::uint64_t mixed = (row / kRangeFloats * 0x9E3779B97F4A7C15u) >> 32;
    return bins_[mixed * bins_.size() >> 32];
  }

  PrivateGrowth growth_;
  std::vector<NewRow> new_rows_;
  Bin of_new_rows_;
  std::vector<Bin> bins_;
};

}  // namespace holdem
