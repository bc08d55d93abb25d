#include "cfr/update_log.hpp"

#include <algorithm>

namespace holdem {
namespace {

// Four floats of a table of which another thread may be changing those that are not in `lanes`.
Float4 load_lanes(const float* from, unsigned lanes) {
  Float4 value{};
  for (int l = 0; l < 4; ++l) {
    if (lanes >> l & 1) value[l] = from[l];
  }
  return value;
}
void store_lanes(float* to, Float4 value, unsigned lanes) {
  for (int l = 0; l < 4; ++l) {
    if (lanes >> l & 1) to[l] = value[l];
  }
}

template <class T>
std::uint64_t bytes_of(const std::vector<T>& vector) {
  return vector.capacity() * sizeof(T);
}

}  // namespace

void UpdateLog::begin() {
  growth_.begin();
  new_rows_.clear();
  of_new_rows_.clear();
  for (Bin& bin : bins_) bin.clear();
}

void UpdateLog::add_strategy(std::uint64_t row, const Strategy& strategy, float weight,
                             int num_actions, std::uint32_t random) {
  std::vector<Update>& sums = bin_of(row).sums;
  const unsigned lanes = (1u << num_actions) - 1;
  sums.push_back(
      {splat(weight) * strategy.low, row, random, static_cast<std::uint8_t>(lanes & 15), 0});
  if (num_actions > 4) {
    sums.push_back(
        {splat(weight) * strategy.high, row, random, static_cast<std::uint8_t>(lanes >> 4), 4});
  }
}

bool UpdateLog::grow(BettingTree& tree) {
  if (new_rows_.empty()) return false;
  tree.adopt(growth_);
  for (NewRow& one : new_rows_) {
    one.node = growth_.number_in_tree(one.node);
    one.row = tree.make_place(tree.data()[one.node], one.bucket).row;
  }
  return true;
}

void UpdateLog::sort_new_rows(const BettingTree& tree, bool lazy) {
  if (lazy) {
    for (const NewRow& one : new_rows_) {
      if (!one.has_regrets) continue;
      const Node& node = tree.data()[one.node];
      add_stale_strip(tree.place(node, one.bucket).stamp, node.strip_floats());
    }
  }
  const auto sort = [this](std::vector<Update> Bin::* list) {
    for (Update update : of_new_rows_.*list) {
      update.row = new_rows_[update.row & ~kNewRow].row;
      (bin_of(update.row).*list).push_back(update);
    }
  };
  sort(&Bin::regrets);
  sort(&Bin::sums);
}

bool UpdateLog::has_stale_strips() const {
  return std::any_of(bins_.begin(), bins_.end(), [](const Bin& bin) { return !bin.stale.empty(); });
}

void UpdateLog::refresh_strips(std::uint32_t bin, const Training& training) const {
  for (const StaleStrip& strip : bins_[bin].stale) {
    float* stamp = training.tables.regrets() + strip.stamp;
    if (read_stamp(stamp) == training.discount.stamp()) continue;  // another iteration was first
    refresh_regrets(stamp, strip.num_floats, training.discount);
  }
}

void UpdateLog::prefetch(std::uint32_t bin, const Tables& tables) const {
  const auto prefetch_first = [](const std::vector<Update>& updates, const float* table) {
    const std::size_t count = std::min(kAhead, updates.size());
    for (std::size_t i = 0; i < count; ++i) prefetch_row(updates[i], table);
  };
  prefetch_first(bins_[bin].regrets, tables.regrets());
  prefetch_first(bins_[bin].sums, tables.strategy_sums());
}

void UpdateLog::apply(std::uint32_t bin, const Training& training) const {
  const auto apply_all = [](const std::vector<Update>& updates, float* table, const auto& changed) {
    for (std::size_t i = 0; i < updates.size(); ++i) {
      if (i + kAhead < updates.size()) prefetch_row(updates[i + kAhead], table);
      const Update& update = updates[i];
      float* at = table + update.row + update.first;
      if (ends_in_its_range(update)) [[likely]] {
        const Float4 old = load4(at);
        store4(at, select(lanes_of(update.lanes), changed(old, update), old));
      } else {
        const Float4 old = load_lanes(at, update.lanes);
        store_lanes(at, changed(old, update), update.lanes);
      }
    }
  };
  const float floor = training.regret_floor();
  apply_all(
      bins_[bin].regrets, training.tables.regrets(),
      [floor](Float4 old, const Update& update) { return floored(old + update.values, floor); });
  apply_all(bins_[bin].sums, training.tables.strategy_sums(), [](Float4 old, const Update& update) {
    return sums_with(old, update.values, rounding_words(update.random, update.first));
  });
}

void UpdateLog::Bin::clear() {
  stale.clear();
  regrets.clear();
  sums.clear();
}

std::uint64_t UpdateLog::Bin::bytes() const {
  return bytes_of(stale) + bytes_of(regrets) + bytes_of(sums);
}

std::uint64_t UpdateLog::bytes() const {
  std::uint64_t bytes = growth_.bytes() + bytes_of(new_rows_) + of_new_rows_.bytes();
  for (const Bin& bin : bins_) bytes += bin.bytes();
  return bytes;
}

}  // namespace holdem
