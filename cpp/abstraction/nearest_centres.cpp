#include "abstraction/nearest_centres.hpp"

#include <algorithm>

#include "base/parallel.hpp"
#include "base/vector_width.hpp"

namespace holdem {
namespace {

// The few points that would have to look further than this compare with all centres.
constexpr std::uint32_t kMaxListSize = 256;
constexpr std::uint64_t kCentresPerPiece = 16;

template <typename Space>
struct Lists {
  const typename Space::Value* centres;
  const typename Space::Group* groups;
  const std::uint32_t* reaches;
  std::uint32_t num_centres;
  std::uint32_t num_groups;
  bool complete;
};

template <typename Space>
HOLDEM_INLINE Nearest nearest_of_all(const Lists<Space>& lists,
                                     const typename Space::Value* point) {
  Nearest nearest;
  for (std::uint32_t id = 0; id < lists.num_centres; ++id) {
    const auto* const centre = lists.centres + std::size_t{id} * Space::kDims;
    nearest.meet(Nearest::of(Space::distance(point, centre), id));
  }
  return nearest;
}

template <typename Space>
HOLDEM_INLINE Nearest nearest_from(const Lists<Space>& lists, const typename Space::Value* point,
                                   std::uint32_t centre) {
  typename Space::Search search(point);
  for (;;) {
    const std::size_t list = std::size_t{centre} * lists.num_groups;
    search.visit(lists.groups[list], lists.centres);
    Nearest nearest = search.best();
    if (nearest.centre() == centre) {
      const std::uint32_t reach = Space::kTwice * nearest.distance();
      std::uint32_t group = 1;
      for (; group < lists.num_groups && lists.reaches[list + group] <= reach; ++group) {
        search.visit(lists.groups[list + group], lists.centres);
      }
      if (group > 1) nearest = search.best();
      if (group < lists.num_groups || lists.complete) return nearest;
      if (nearest.centre() == centre) return nearest_of_all(lists, point);
    }
    centre = nearest.centre();  // which is nearer, or as near and before it: this ends
  }
}

template <typename Space>
HOLDEM_WIDEST_VECTORS void find_nearest(const Lists<Space>& lists,
                                        const typename Space::Value* points,
                                        const std::uint32_t* masses, std::uint32_t num_points,
                                        std::uint32_t* ids, std::uint32_t* distances) {
  for (std::uint32_t i = 0; i < num_points; ++i) {
    if (masses[i] == 0) {
      ids[i] = distances[i] = 0;
      continue;
    }
    const auto* const point = points + std::size_t{i} * Space::kDims;
    const Nearest nearest = nearest_from(lists, point, ids[i]);
    ids[i] = nearest.centre();
    distances[i] = nearest.distance();
  }
}

template <typename Space>
HOLDEM_WIDEST_VECTORS void measure_all(const typename Space::Value* centres,
                                       std::uint32_t num_centres,
                                       const typename Space::Value* point, Nearest* found) {
  for (std::uint32_t id = 0; id < num_centres; ++id) {
    found[id] = Nearest::of(Space::distance(point, centres + std::size_t{id} * Space::kDims), id);
  }
}

}  // namespace

template <typename Space>
NearestCentres<Space>::NearestCentres(std::span<const Value> centres, WorkerPool& pool)
    : centres_(centres),
      num_centres_(static_cast<std::uint32_t>(centres.size() / Space::kDims)),
      list_size_(std::min(num_centres_, kMaxListSize)),
      num_groups_((list_size_ + Space::kGroup - 1) / Space::kGroup),
      groups_(std::size_t{num_centres_} * num_groups_),
      reaches_(groups_.size()) {
  for_each_piece(pool, num_centres_, kCentresPerPiece,
                 [&](std::uint64_t begin, std::uint64_t end, int) {
                   std::vector<Nearest> others;
                   std::vector<std::uint32_t> ids;
                   for (std::uint64_t centre = begin; centre < end; ++centre) {
                     list_neighbours(static_cast<std::uint32_t>(centre), others, ids);
                   }
                 });
}

template <typename Space>
void NearestCentres<Space>::list_neighbours(std::uint32_t centre, std::vector<Nearest>& others,
                                            std::vector<std::uint32_t>& ids) {
  const auto before = [](Nearest a, Nearest b) { return a.key < b.key; };
  others.resize(num_centres_);
  measure_all<Space>(centres_.data(), num_centres_, &centres_[std::size_t{centre} * Space::kDims],
                     others.data());
  others.erase(others.begin() + centre);
  const auto end = others.begin() + (list_size_ - 1);
  if (end != others.end()) std::nth_element(others.begin(), end, others.end(), before);
  std::sort(others.begin(), end, before);

  // The last group is filled up with the centre itself, which changes nothing.
  ids.assign(std::size_t{num_groups_} * Space::kGroup, centre);
  std::transform(others.begin(), end, ids.begin() + 1, [](Nearest n) { return n.centre(); });
  for (std::uint32_t group = 0; group < num_groups_; ++group) {
    const std::size_t first = std::size_t{group} * Space::kGroup;
    const std::size_t place = std::size_t{centre} * num_groups_ + group;
    groups_[place] = Space::group(&ids[first], centres_.data());
    reaches_[place] = group == 0 ? 0 : others[first - 1].distance();
  }
}

template <typename Space>
void NearestCentres<Space>::find(const Value* points, const std::uint32_t* masses,
                                 std::uint32_t num_points, std::uint32_t* ids,
                                 std::uint32_t* distances) const {
  const Lists<Space> lists{.centres = centres_.data(),
                           .groups = groups_.data(),
                           .reaches = reaches_.data(),
                           .num_centres = num_centres_,
                           .num_groups = num_groups_,
                           .complete = list_size_ == num_centres_};
  find_nearest(lists, points, masses, num_points, ids, distances);
}

template class NearestCentres<L1Space<64>>;
template class NearestCentres<L1Space<128>>;
template class NearestCentres<SquaredL2Space<2>>;
template class NearestCentres<SquaredL2Space<8>>;

}  // namespace holdem
