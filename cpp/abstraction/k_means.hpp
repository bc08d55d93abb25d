#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "abstraction/nearest_centres.hpp"
#include "abstraction/point_space.hpp"

namespace holdem {

// k-means of points with masses, in integers: the same bytes for any number of workers and on any
// machine. What is not points, masses or ids stays small, so all hands of the river can be
// clustered.
//
// A point of mass 0 counts nowhere: it moves no centre, costs nothing, and its id is 0.
template <typename Space>
class KMeans {
 public:
  using Value = typename Space::Value;
  static constexpr int kDims = Space::kDims;

  // Args:
  //   points: [number of masses, kDims]; views, like the masses.
  // Throws std::invalid_argument for a coordinate above kMaxValue, no points, masses that are all 0
  // or sum to more than 2^34 (so that no cost leaves 64 bits), or less than one worker.
  KMeans(const Value* points, std::span<const std::uint32_t> masses, int num_workers);

  std::uint64_t num_points() const { return masses_.size(); }

  // The number of different points of positive mass, or `limit` if there are as many or more.
  std::uint32_t num_distinct(std::uint32_t limit) const;

  // Draws k different points as centres by k-means++: the first by mass, each next one by mass
  // times the squared distance to the nearest one so far. Keeps four bytes a point while it runs.
  // Returns: [k, kDims], in the order they were drawn.
  // Throws std::invalid_argument for a k above num_distinct().
  // Source: Arthur & Vassilvitskii 2007, "k-means++: the advantages of careful seeding".
  std::vector<Value> seed(std::uint32_t k, std::uint32_t seed, std::uint32_t stream) const;

  struct Step {
    std::vector<Value> centres;  // the new ones
    std::uint64_t cost;          // mass times distance, of the points to the old ones
    std::uint64_t num_changed;   // points that got another id
  };

  // One step of Lloyd: assigns every point to the nearest of the centres and moves these to the
  // means of their points, rounded to the nearest integers (halves up). A centre without mass moves
  // to a point instead: those farthest from their centres, of equally far ones those with the
  // lowest coordinates, that are at no other new centre.
  //
  // Args:
  //   centres: [k, kDims].
  //   ids: where the search for each point's nearest centre starts, below k; best the ids of the
  //   step
  //     before. Become the ids among the old centres.
  // Throws std::invalid_argument for an id that is not below k, or a centre without mass where k is
  // above num_distinct().
  template <typename Id>
  Step step(std::span<const Value> centres, Id* ids) const;

  // Writes the nearest centre of every point: `from` is as the ids of step(), `to` may be the same.
  // Returns the cost.
  template <typename Id>
  std::uint64_t assign(std::span<const Value> centres, const Id* from, Id* to) const;

  // The mass of the points of each id, [k]. Throws std::invalid_argument for an id not below k.
  template <typename Id>
  std::vector<std::uint64_t> cluster_masses(std::uint32_t k, const Id* ids) const;

 private:
  const Value* point(std::uint64_t i) const { return points_ + i * kDims; }

  template <typename Id>
  void check_ids(WorkerPool& pool, std::uint32_t k, const Id* ids) const;
  // Calls found(worker, i, nearest) for every point of positive mass.
  template <typename Id, typename Found>
  void for_each_nearest(WorkerPool& pool, std::span<const Value> centres, const Id* from, Id* to,
                        const Found& found) const;
  template <typename Id>
  void repair(WorkerPool& pool, std::span<const Value> old_centres, const Id* ids,
              std::span<const std::uint32_t> empty, std::vector<Value>& centres) const;
  [[noreturn]] void throw_too_few(std::uint32_t k, std::uint32_t num_distinct) const;

  const Value* points_;
  std::span<const std::uint32_t> masses_;
  std::uint64_t num_pieces_;  // that workers take
  int num_workers_;           // no more than pieces
};

}  // namespace holdem
