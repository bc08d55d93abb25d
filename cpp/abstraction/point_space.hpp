#pragma once

#include <cstdint>
#include <limits>

#include "base/lanes.hpp"

namespace holdem {

// Spaces that hands are points of: what a coordinate is, how far two points are from each other,
// and how a point is compared with a group of centres. All is integers, so no order of summation
// and no vector width can change a distance.
//
// A space has Value, kDims, kMaxValue, kTwice (the distance of two points is above kTwice * d when
// they are more than twice as far from each other as two points of distance d), distance(),
// seed_weight(), Group (kGroup centres side by side), group() and Search.

// The best centre so far as one number: distance first, then index, so that the lowest is the
// nearest centre and of equally near ones the first.
struct Nearest {
  std::uint64_t key = std::numeric_limits<std::uint64_t>::max();

  HOLDEM_INLINE static Nearest of(std::uint32_t distance, std::uint32_t centre) {
    return {std::uint64_t{distance} << 32 | centre};
  }
  HOLDEM_INLINE std::uint32_t distance() const { return static_cast<std::uint32_t>(key >> 32); }
  HOLDEM_INLINE std::uint32_t centre() const { return static_cast<std::uint32_t>(key); }
  HOLDEM_INLINE void meet(Nearest other) { key = other.key < key ? other.key : key; }
};

// Bytes and the sum of their absolute differences: of cumulative histograms, that is the earth
// mover's distance on a line.
template <int D>
struct L1Space {
  using Value = std::uint8_t;
  static constexpr int kDims = D;
  static constexpr std::uint32_t kMaxValue = 255;
  static constexpr std::uint32_t kTwice = 2;
  static constexpr int kGroup = 4;

  HOLDEM_INLINE static std::uint32_t distance(const Value* a, const Value* b) {
    int sum = 0;
    for (int i = 0; i < D; ++i) {
      const int difference = int{a[i]} - int{b[i]};
      sum += difference < 0 ? -difference : difference;
    }
    return static_cast<std::uint32_t>(sum);
  }

  // k-means++ draws by the square of the distance.
  HOLDEM_INLINE static std::uint64_t seed_weight(std::uint32_t distance) {
    return std::uint64_t{distance} * distance;
  }

  struct Group {
    std::uint32_t ids[kGroup];
  };
  static Group group(const std::uint32_t* ids, const Value*) {
    Group group;
    for (int lane = 0; lane < kGroup; ++lane) group.ids[lane] = ids[lane];
    return group;
  }

  // Looks for the nearest centre of a point.
  class Search {
   public:
    HOLDEM_INLINE explicit Search(const Value* point) : point_(point) {}
    HOLDEM_INLINE void visit(const Group& group, const Value* centres) {
      for (int lane = 0; lane < kGroup; ++lane) {
        const std::uint32_t id = group.ids[lane];
        best_.meet(Nearest::of(distance(point_, centres + std::size_t{id} * D), id));
      }
    }
    HOLDEM_INLINE Nearest best() const { return best_; }

   private:
    const Value* point_;
    Nearest best_;
  };
};

// Numbers of 13 bits and the sum of their squared differences.
template <int D>
struct SquaredL2Space {
  using Value = std::uint16_t;
  static constexpr int kDims = D;
  static constexpr std::uint32_t kMaxValue = 8191;
  static constexpr std::uint32_t kTwice = 4;
  static constexpr int kGroup = 8;

  HOLDEM_INLINE static std::uint32_t distance(const Value* a, const Value* b) {
    int sum = 0;
    for (int i = 0; i < D; ++i) {
      const auto difference = static_cast<std::int16_t>(a[i] - b[i]);
      sum += int{difference} * difference;
    }
    return static_cast<std::uint32_t>(sum);
  }

  HOLDEM_INLINE static std::uint64_t seed_weight(std::uint32_t distance) { return distance; }

  typedef std::int32_t Ints __attribute__((vector_size(kGroup * sizeof(std::int32_t))));

  struct alignas(kGroup * sizeof(std::int32_t)) Group {
    Ints ids;
    Ints values[D];
  };
  static Group group(const std::uint32_t* ids, const Value* centres) {
    Group group;
    for (int lane = 0; lane < kGroup; ++lane) {
      group.ids[lane] = static_cast<std::int32_t>(ids[lane]);
      for (int i = 0; i < D; ++i) group.values[i][lane] = centres[std::size_t{ids[lane]} * D + i];
    }
    return group;
  }

  // Looks for the nearest centre of a point; each lane has the best of the centres it has met.
  class Search {
   public:
    HOLDEM_INLINE explicit Search(const Value* point) {
      for (int i = 0; i < D; ++i) values_[i] = all(point[i]);
    }
    HOLDEM_INLINE void visit(const Group& group, const Value*) {
      Ints distances{};
      for (int i = 0; i < D; ++i) {
        const Ints difference = values_[i] - group.values[i];
        distances += difference * difference;
      }
      const Ints nearer =
          (distances < distances_) | ((distances == distances_) & (group.ids < ids_));
      distances_ = nearer ? distances : distances_;
      ids_ = nearer ? group.ids : ids_;
    }
    HOLDEM_INLINE Nearest best() const {
      const std::int32_t nearest = lowest(distances_)[0];
      const Ints ids = distances_ == all(nearest) ? ids_ : all(kLargest);
      return Nearest::of(static_cast<std::uint32_t>(nearest),
                         static_cast<std::uint32_t>(lowest(ids)[0]));
    }

   private:
    static constexpr std::int32_t kLargest = std::numeric_limits<std::int32_t>::max();

    HOLDEM_INLINE static Ints all(std::int32_t value) { return Ints{} + value; }
    HOLDEM_INLINE static Ints lower(const Ints& a, const Ints& b) { return a < b ? a : b; }
    // Every lane becomes the lowest of all.
    HOLDEM_INLINE static Ints lowest(const Ints& lanes) {
      const Ints by_4 = lower(lanes, __builtin_shufflevector(lanes, lanes, 4, 5, 6, 7, 0, 1, 2, 3));
      const Ints by_2 = lower(by_4, __builtin_shufflevector(by_4, by_4, 2, 3, 0, 1, 6, 7, 4, 5));
      return lower(by_2, __builtin_shufflevector(by_2, by_2, 1, 0, 3, 2, 5, 4, 7, 6));
    }

    Ints values_[D];
    Ints distances_ = all(kLargest);
    Ints ids_ = all(kLargest);
  };
};

}  // namespace holdem
