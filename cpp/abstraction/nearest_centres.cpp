#include "abstraction/nearest_centres.hpp"

#include <algorithm>

#include "base/parallel.hpp"
#include "base/vector_width.hpp"

namespace holdem {
namespace {

// The few points that would have to look further than this compare with all centres.
constexpr std::uint32_t kMaxListSize = 256;
constexpr std::uint32_t kMaxLandmarks = 32;
constexpr std::uint32_t kPointsPerBlock = 256;
constexpr std::uint64_t kCentresPerPiece = 16;

template <typename Space>
struct Lists {
  using Group = typename Space::Group;

  const typename Space::Value* centres;
  std::uint32_t num_centres;
  const Group* groups;
  const std::uint32_t* reaches;
  std::uint32_t num_groups;
  const Group* landmarks;
  std::uint32_t num_landmark_groups;

  HOLDEM_INLINE const Group* groups_of(std::uint32_t centre) const {
    return groups + std::size_t{centre} * num_groups;
  }
  HOLDEM_INLINE const std::uint32_t* reaches_of(std::uint32_t centre) const {
    return reaches + std::size_t{centre} * (num_groups + 1);
  }
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

// Where a point leaves the centre it was to start at, the landmarks say where it belongs.
template <typename Space>
HOLDEM_INLINE Nearest nearest_from(const Lists<Space>& lists, const typename Space::Value* point,
                                   std::uint32_t start) {
  typename Space::Search search(point);
  for (std::uint32_t centre = start;;) {
    const typename Space::Group* const groups = lists.groups_of(centre);
    search.visit(groups[0], lists.centres);
    Nearest nearest = search.best();
    if (nearest.centre() == centre) {
      const std::uint32_t* const reaches = lists.reaches_of(centre);
      const std::uint32_t reach = Space::kTwice * nearest.distance();
      std::uint32_t group = 1;
      for (; group < lists.num_groups && reaches[group] <= reach; ++group) {
        search.visit(groups[group], lists.centres);
      }
      nearest = search.best();
      if (reaches[group] > reach) return nearest;
      if (nearest.centre() == centre) return nearest_of_all(lists, point);
    } else if (centre == start) {
      for (std::uint32_t group = 0; group < lists.num_landmark_groups; ++group) {
        search.visit(lists.landmarks[group], lists.centres);
      }
      nearest = search.best();
    }
    centre = nearest.centre();  // which is nearer, or as near and before it: this ends
  }
}

// Most points stay at their centre, and its first few neighbours are enough to know it. That is
// looked at for all points of a block first, without a branch to be guessed wrong.
template <typename Space>
HOLDEM_WIDEST_VECTORS void find_nearest(const Lists<Space>& lists,
                                        const typename Space::Value* points,
                                        const std::uint32_t* masses, std::uint32_t num_points,
                                        std::uint32_t* ids, std::uint32_t* distances) {
  std::uint32_t open[kPointsPerBlock];
  for (std::uint32_t begin = 0; begin < num_points; begin += kPointsPerBlock) {
    const std::uint32_t end = std::min(begin + kPointsPerBlock, num_points);
    std::uint32_t num_open = 0;
    const auto settle = [&](std::uint32_t i, Nearest nearest) {
      ids[i] = nearest.centre();
      distances[i] = nearest.distance();
    };
    for (std::uint32_t i = begin; i < end; ++i) {
      if (masses[i] == 0) {
        settle(i, Nearest::of(0, 0));
        continue;
      }
      typename Space::Search search(points + std::size_t{i} * Space::kDims);
      search.visit(lists.groups_of(ids[i])[0], lists.centres);
      const Nearest nearest = search.best();
      const bool moves = nearest.centre() != ids[i];
      const bool near = lists.reaches_of(ids[i])[1] > Space::kTwice * nearest.distance();
      open[num_open] = i;
      num_open += moves | !near;
      settle(i, nearest);
    }
    for (std::uint32_t n = 0; n < num_open; ++n) {
      const std::uint32_t i = open[n];
      settle(i, nearest_from(lists, points + std::size_t{i} * Space::kDims, ids[i]));
    }
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
      reaches_(std::size_t{num_centres_} * (num_groups_ + 1)) {
  choose_landmarks();
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
void NearestCentres<Space>::choose_landmarks() {
  const std::uint32_t size = std::min(num_centres_, kMaxLandmarks) / Space::kGroup * Space::kGroup;
  for (std::uint32_t first = 0; first < size; first += Space::kGroup) {
    std::uint32_t ids[Space::kGroup];
    for (std::uint32_t lane = 0; lane < Space::kGroup; ++lane) {
      ids[lane] = static_cast<std::uint32_t>(std::uint64_t{first + lane} * num_centres_ / size);
    }
    landmarks_.push_back(Space::group(ids, centres_.data()));
  }
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
  Group* const groups = &groups_[std::size_t{centre} * num_groups_];
  std::uint32_t* const reaches = &reaches_[std::size_t{centre} * (num_groups_ + 1)];
  for (std::uint32_t group = 0; group < num_groups_; ++group) {
    const std::size_t first = std::size_t{group} * Space::kGroup;
    groups[group] = Space::group(&ids[first], centres_.data());
    reaches[group] = group == 0 ? 0 : others[first - 1].distance();
  }
  reaches[num_groups_] = list_size_ == num_centres_ ? ~std::uint32_t{0} : 0;
}

template <typename Space>
void NearestCentres<Space>::find(const Value* points, const std::uint32_t* masses,
                                 std::uint32_t num_points, std::uint32_t* ids,
                                 std::uint32_t* distances) const {
  const Lists<Space> lists{.centres = centres_.data(),
                           .num_centres = num_centres_,
                           .groups = groups_.data(),
                           .reaches = reaches_.data(),
                           .num_groups = num_groups_,
                           .landmarks = landmarks_.data(),
                           .num_landmark_groups = static_cast<std::uint32_t>(landmarks_.size())};
  find_nearest(lists, points, masses, num_points, ids, distances);
}

template class NearestCentres<L1Space<64>>;
template class NearestCentres<L1Space<128>>;
template class NearestCentres<SquaredL2Space<2>>;
template class NearestCentres<SquaredL2Space<8>>;

}  // namespace holdem
