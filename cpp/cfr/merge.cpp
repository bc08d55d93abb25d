#include "cfr/merge.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <stdexcept>
#include <string>

#include "base/interrupt.hpp"
#include "base/vector_width.hpp"

namespace holdem {
namespace {

// Floats between two looks at whether to go on.
constexpr std::uint64_t kPiece = std::uint64_t{1} << 22;

HOLDEM_WIDEST_VECTORS
void add(float* sums, const float* values, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) sums[i] += values[i];
}

HOLDEM_WIDEST_VECTORS
void add_scaled(float* sums, const float* values, std::size_t count, float factor) {
  for (std::size_t i = 0; i < count; ++i) sums[i] += values[i] * factor;
}

HOLDEM_WIDEST_VECTORS
void add_scaled_by_sign(float* sums, const float* values, std::size_t count, float positive,
                        float negative) {
  for (std::size_t i = 0; i < count; ++i) {
    sums[i] += values[i] * (values[i] > 0 ? positive : negative);
  }
}

HOLDEM_WIDEST_VECTORS
void divide(float* values, std::uint64_t count, float divisor) {
  for (std::uint64_t i = 0; i < count; ++i) values[i] /= divisor;
}

[[noreturn]] void refuse_growth(const char* what, std::uint64_t which) {
  throw std::invalid_argument("the growth of the betting tree names " + std::string(what) + " " +
                              std::to_string(which) + ", which cannot grow there");
}

}  // namespace

TableMerger::TableMerger(Solver& solver)
    : tree_(solver.tree_),
      tables_(solver.tables_),
      discount_(solver.discount_),
      strategy_exponent_(solver.strategy_exponent_),
      memory_limit_bytes_(solver.memory_limit_bytes_) {
  if (!tree_.grows()) list_regions();
}

void TableMerger::list_regions() {
  if (is_compact(tree_.layout())) {
    throw std::invalid_argument("compact tables cannot be merged; train with storage float32");
  }
  if (tree_.in_lanes()) {
    tree_.for_each_strip(
        [&](const Strip& all) { regions_.push_back({all.stamp, 1, all.num_floats}); });
  }
  for (const Node& node : tree_.nodes()) {
    if (!tree_.stands_for_strips(node)) continue;
    regions_.push_back({node.base - node.lead, tree_.num_strips(node), node.strip_floats()});
  }
  std::sort(regions_.begin(), regions_.end(),
            [](const Region& a, const Region& b) { return a.first_stamp < b.first_stamp; });
}

void TableMerger::begin_source(std::span<const std::uint32_t> nodes,
                               std::span<const std::uint64_t> strips, std::uint64_t iteration,
                               int strategy_exponent) {
  if (position_ != 0) throw std::logic_error("a table of the source before is not complete");
  source_block_ = discount_.block_of(iteration);
  if (source_block_ > discount_.block()) {
    throw std::invalid_argument("iteration is " + std::to_string(iteration) +
                                ", after the one that is merged to");
  }
  source_scale_ = std::ldexp(1.0f, strategy_exponent - strategy_exponent_);
  if (!tree_.grows()) {
    if (!nodes.empty() || !strips.empty()) {
      throw std::invalid_argument("a complete betting tree does not grow");
    }
    source_floats_ = tree_.table_floats();
    return;
  }
  map_nodes(nodes);
  strips_.assign(strips.begin(), strips.end());
  source_floats_ = 1;  // a growing tree begins its tables at float 1
  for (const std::uint64_t strip : strips_) source_floats_ += 1 + place_strip(strip).num_floats;
  check_memory();
}

// Nodes and strips are numbered in the order in which they grew, so the source's numbers follow
// from its list of growth and from what the target knows of the same nodes.
void TableMerger::map_nodes(std::span<const std::uint32_t> nodes) {
  std::vector<std::uint32_t> in_target{0};  // [node of the source]
  std::uint64_t first_strip = 1;
  owners_.clear();
  InterruptTicker ticker;
  for (const std::uint32_t index : nodes) {
    if (index >= in_target.size()) refuse_growth("node", index);
    const std::uint32_t target = in_target[index];
    if (tree_.nodes()[target].kind != NodeKind::decision) refuse_growth("node", index);
    if (tree_.nodes()[target].base == 0) tree_.grow(target);
    const Node& node = tree_.nodes()[target];
    for (std::uint32_t a = 0; a < node.num_actions; ++a) {
      in_target.push_back(node.first_child + a);
    }
    owners_.push_back({first_strip, target});
    ticker.tick();
    first_strip += tree_.num_strips(node);
  }
}

Strip TableMerger::place_strip(std::uint64_t strip) {
  const auto after =
      std::upper_bound(owners_.begin(), owners_.end(), strip,
                       [](std::uint64_t at, const Owner& owner) { return at < owner.first_strip; });
  if (after == owners_.begin()) refuse_growth("strip", strip);
  const Owner& owner = *std::prev(after);
  const Node& node = tree_.nodes()[owner.node];
  const std::uint64_t of_node = strip - owner.first_strip;
  if (of_node >= tree_.num_strips(node)) refuse_growth("strip", strip);
  const auto bucket = static_cast<std::uint32_t>(of_node << node.strip_shift);
  return {node.player, tree_.make_place(node, bucket).stamp, node.strip_floats()};
}

void TableMerger::check_memory() const {
  const std::uint64_t table_bytes = 2 * sizeof(float) * tree_.table_floats();
  const std::uint64_t needed = table_bytes + tree_.bytes();
  if (needed > memory_limit_bytes_ || tree_.table_floats() > tables_.regret_block.capacity()) {
    throw std::overflow_error("the betting trees joined need " + std::to_string(needed) +
                              " bytes of tables and tree");
  }
}

Strip TableMerger::next_strip() {
  if (tree_.grows()) return place_strip(strips_[next_region_++]);
  const Region& region = regions_[next_region_];
  const std::uint64_t stamp =
      region.first_stamp + std::uint64_t{next_in_region_} * (region.strip_floats + 1);
  if (++next_in_region_ == region.num_strips) {
    next_in_region_ = 0;
    ++next_region_;
  }
  return {0, stamp, region.strip_floats};
}

// Calls on_stamp(stamp) at the beginning of each strip and on_rows(place, values) for its floats,
// which may come in several parts.
template <class OnStamp, class OnRows>
void TableMerger::walk(std::span<const float> part, OnStamp on_stamp, OnRows on_rows) {
  if (part.size() > source_floats_ - position_) {
    throw std::invalid_argument("a part goes beyond the end of its table");
  }
  const std::uint64_t end = position_ + part.size();
  if (tree_.grows() && position_ == 0 && !part.empty()) part = part.subspan(1);
  while (!part.empty()) {
    if (left_in_strip_ == 0) {
      strip_ = next_strip();
      left_in_strip_ = strip_.num_floats;
      on_stamp(part.front());
      part = part.subspan(1);
      continue;
    }
    const std::size_t count = std::min<std::uint64_t>(left_in_strip_, part.size());
    on_rows(strip_.stamp + 1 + (strip_.num_floats - left_in_strip_), part.first(count));
    left_in_strip_ -= count;
    part = part.subspan(count);
  }
  position_ = end;
  if (position_ == source_floats_) position_ = next_region_ = next_in_region_ = 0;
}

void TableMerger::add_regrets(std::span<const float> part) {
  if (!discount_.lazy()) {
    walk(
        part, [](float) {},
        [this](std::uint64_t place, std::span<const float> values) {
          add(tables_.regrets() + place, values.data(), values.size());
        });
    return;
  }
  walk(
      part,
      [this](float stamp) {
        factors_ = discount_.regret_factors(std::bit_cast<std::uint32_t>(stamp), source_block_);
      },
      [this](std::uint64_t place, std::span<const float> values) {
        add_scaled_by_sign(tables_.regrets() + place, values.data(), values.size(),
                           factors_.positive, factors_.negative);
      });
}

void TableMerger::add_strategy_sums(std::span<const float> part) {
  walk(
      part, [](float) {},
      [this](std::uint64_t place, std::span<const float> values) {
        add_scaled(tables_.strategy_sums() + place, values.data(), values.size(), source_scale_);
      });
}

void TableMerger::average_regrets(std::uint32_t num_sources) {
  if (position_ != 0) throw std::logic_error("a table of the last source is not complete");
  if (num_sources == 0) throw std::invalid_argument("num_sources is 0; allowed: at least 1");
  // Stamps are zeros so far, and stay what they are.
  const std::uint64_t size = tree_.table_floats();
  for (std::uint64_t begin = 0; begin < size; begin += kPiece) {
    check_interrupts();
    divide(tables_.regrets() + begin, std::min(kPiece, size - begin),
           static_cast<float>(num_sources));
  }
  if (discount_.lazy()) stamp_all();
}

void TableMerger::stamp_all() {
  const auto now = std::bit_cast<float>(discount_.stamp());
  tree_.for_each_strip([&](const Strip& strip) { tables_.regrets()[strip.stamp] = now; });
}

}  // namespace holdem
