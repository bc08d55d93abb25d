#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/float_lanes.hpp"
#include "base/memory_block.hpp"
#include "tree/street_forest.hpp"

namespace holdem {

// Whole cache lines for so many floats.
inline std::size_t in_lines(std::size_t floats) {
  return (floats + kMaxFloatLanes - 1) / kMaxFloatLanes * kMaxFloatLanes;
}

// Memory in huge pages that is made anew only when more of it is wanted.
class VectorMemory {
 public:
  void reserve(std::size_t floats) {
    if (!block_ || block_->capacity() < floats) block_ = std::make_unique<MemoryBlock>(floats);
  }
  float* data() const { return block_->data(); }
  std::uint64_t num_floats() const { return block_ ? block_->capacity() : 0; }

 private:
  std::unique_ptr<MemoryBlock> block_;
};

// Memory that is taken and given back in the manner of a stack, so that the vectors of a walk stay
// where the cache has them.
class VectorStack {
 public:
  void reserve(std::size_t floats) { memory_.reserve(floats); }
  std::uint64_t num_floats() const { return memory_.num_floats(); }
  template <int W>
  FloatLanes<W>* take(std::size_t count) {
    auto* const taken = reinterpret_cast<FloatLanes<W>*>(memory_.data() + top_);
    top_ += in_lines(count * W);
    return taken;
  }
  std::size_t top() const { return top_; }
  void give_back_to(std::size_t top) { top_ = top; }

 private:
  VectorMemory memory_;
  std::size_t top_ = 0;
};

// Vectors of all groups of a street: [group][hand of the street before][lane].
class GroupVectors {
 public:
  void assign(const std::vector<StreetForest::Group>& groups, std::uint32_t num_hands) {
    if (num_hands == num_hands_) return;
    num_hands_ = num_hands;
    begin_.clear();
    std::size_t floats = 0;
    for (const StreetForest::Group& group : groups) {
      begin_.push_back(floats);
      floats += in_lines(std::size_t{num_hands} * group.width);
    }
    memory_.reserve(floats);
  }
  float* of(std::uint32_t group) const { return memory_.data() + begin_[group]; }
  std::uint64_t num_floats() const { return memory_.num_floats(); }

 private:
  std::uint32_t num_hands_ = 0;
  std::vector<std::size_t> begin_;
  VectorMemory memory_;
};

}  // namespace holdem
