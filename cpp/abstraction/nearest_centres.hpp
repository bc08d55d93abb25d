#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "abstraction/point_space.hpp"
#include "base/worker_pool.hpp"

namespace holdem {

// Finds the nearest of some centres for many points, exactly, by sort-means: each centre has a list
// of the others in order of their distance from it. A point starts at a centre, moves on while one
// of the first of the list is nearer, and then looks through the list of the last one, a, as long
// as dist(a, b) <= 2 dist(point, a); what comes later cannot be nearer. Equally near centres: the
// lowest index.
// Source: Phillips 2002, "Acceleration of k-means and related clustering algorithms".
template <typename Space>
class NearestCentres {
 public:
  using Value = typename Space::Value;

  // Args: centres: [k, kDims], at least one; kept as a view.
  NearestCentres(std::span<const Value> centres, WorkerPool& pool);

  std::uint32_t size() const { return num_centres_; }

  // Args:
  //   points: [num_points, kDims].
  //   masses: a point of mass 0 is not looked at: its id becomes 0, and so does its distance.
  //   ids: of each point, a centre to start at; becomes its nearest one.
  //   distances: becomes the distance to it.
  void find(const Value* points, const std::uint32_t* masses, std::uint32_t num_points,
            std::uint32_t* ids, std::uint32_t* distances) const;

 private:
  using Group = typename Space::Group;

  void choose_landmarks();
  void list_neighbours(std::uint32_t centre, std::vector<Nearest>& others,
                       std::vector<std::uint32_t>& ids);

  std::span<const Value> centres_;
  std::uint32_t num_centres_;
  std::uint32_t list_size_;  // neighbours of a centre, itself the first; not all where k is large
  std::uint32_t num_groups_;
  std::vector<Group> groups_;  // [k, num_groups], the neighbours
  // [k, num_groups + 1]: how far the first of a group is from the centre; at the end the largest
  // number, or 0 where the list does not have all.
  std::vector<std::uint32_t> reaches_;
  std::vector<Group> landmarks_;  // some centres from all over
};

}  // namespace holdem
