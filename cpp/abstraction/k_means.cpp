#include "abstraction/k_means.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <compare>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/interrupt.hpp"
#include "base/parallel.hpp"
#include "base/vector_width.hpp"
#include "game/random_stream.hpp"

namespace holdem {
namespace {

// Small enough for ids and distances to stay in the cache, and to hear a signal soon.
constexpr std::uint64_t kPointsPerPiece = 4096;

// No distance squared (L1) and no squared distance (L2) has more than 30 bits, so that sums of mass
// times any of them have 64.
constexpr std::uint64_t kMaxTotalMass = std::uint64_t{1} << 34;
static_assert(std::uint64_t{128 * 255} * (128 * 255) < 1u << 30);
static_assert(std::uint64_t{8} * 8191 * 8191 < 1u << 30);

// What the points of each centre add up to.
template <typename Space>
struct Sums {
  explicit Sums(std::uint32_t k) : masses(k), values(std::size_t{k} * Space::kDims) {}

  std::vector<std::uint64_t> masses;  // [k]
  std::vector<std::uint64_t> values;  // [k, kDims], mass times value
  std::uint64_t cost = 0;
  std::uint64_t num_changed = 0;
};

template <typename Space>
HOLDEM_WIDEST_VECTORS void add_point(std::uint64_t* sums, const typename Space::Value* point,
                                     std::uint32_t mass) {
  for (int i = 0; i < Space::kDims; ++i) sums[i] += std::uint64_t{mass} * point[i];
}

// Lowers the distances of points to their nearest centre by those to one more.
template <typename Space>
HOLDEM_WIDEST_VECTORS std::uint64_t meet_centre(const typename Space::Value* points,
                                                const std::uint32_t* masses, std::uint64_t size,
                                                const typename Space::Value* centre,
                                                std::uint32_t* distances) {
  std::uint64_t weight = 0;
  for (std::uint64_t i = 0; i < size; ++i) {
    distances[i] = std::min(distances[i], Space::distance(points + i * Space::kDims, centre));
    weight += masses[i] * Space::seed_weight(distances[i]);
  }
  return weight;
}

template <typename Value>
HOLDEM_WIDEST_VECTORS Value largest(const Value* values, std::uint64_t size) {
  Value most = 0;
  for (std::uint64_t i = 0; i < size; ++i) most = std::max(most, values[i]);
  return most;
}

template <typename Space>
void check_values(const char* what, const typename Space::Value* values, std::uint64_t size) {
  if (largest(values, size) > Space::kMaxValue) {
    throw std::invalid_argument(std::string(what) + ": a value above " +
                                std::to_string(Space::kMaxValue));
  }
}

// A point that an empty cluster could be given; those that should be come first.
template <typename Space>
struct Candidate {
  std::uint32_t distance;
  std::array<typename Space::Value, Space::kDims> values;

  friend std::strong_ordering operator<=>(const Candidate& a, const Candidate& b) {
    if (a.distance != b.distance) return b.distance <=> a.distance;
    return a.values <=> b.values;
  }
};

}  // namespace

template <typename Space>
KMeans<Space>::KMeans(const Value* points, std::span<const std::uint32_t> masses, int num_workers)
    : points_(points),
      masses_(masses),
      num_pieces_((masses.size() + kPointsPerPiece - 1) / kPointsPerPiece),
      num_workers_(static_cast<int>(std::min<std::uint64_t>(num_workers, num_pieces_))) {
  if (num_workers < 1) {
    throw std::invalid_argument("num_workers: " + std::to_string(num_workers) +
                                ", must be at least 1");
  }
  const std::uint64_t total = std::accumulate(masses.begin(), masses.end(), std::uint64_t{0});
  if (total == 0 || total > kMaxTotalMass) {
    throw std::invalid_argument("masses: sum to " + std::to_string(total) + ", must be 1 to 2^34");
  }
  parallel_for(num_points(), kPointsPerPiece, num_workers,
               [&](std::uint64_t begin, std::uint64_t end) {
                 check_values<Space>("points", point(begin), (end - begin) * kDims);
               });
}

template <typename Space>
std::uint32_t KMeans<Space>::num_distinct(std::uint32_t limit) const {
  std::unordered_set<std::string_view> found;
  InterruptTicker ticker;
  for (std::uint64_t i = 0; i < num_points() && found.size() < limit; ++i) {
    ticker.tick();
    if (masses_[i] == 0) continue;
    found.emplace(reinterpret_cast<const char*>(point(i)), kDims * sizeof(Value));
  }
  return static_cast<std::uint32_t>(found.size());
}

template <typename Space>
void KMeans<Space>::throw_too_few(std::uint32_t k, std::uint32_t num_distinct) const {
  throw std::invalid_argument("k: " + std::to_string(k) + ", but there are only " +
                              std::to_string(num_distinct) + " different points of positive mass");
}

template <typename Space>
std::vector<typename Space::Value> KMeans<Space>::seed(std::uint32_t k, std::uint32_t seed,
                                                       std::uint32_t stream) const {
  RandomStream random(seed, stream, 0, Purpose::seeding);
  WorkerPool pool(num_workers_);
  std::vector<Value> centres;
  std::vector<std::uint32_t> distances(num_points(), 1);  // the first centre is drawn by mass alone
  std::vector<std::uint64_t> weights(num_pieces_);
  const auto weight = [&](std::uint64_t i) {
    return masses_[i] * Space::seed_weight(distances[i]);
  };
  for_each_piece(pool, num_points(), kPointsPerPiece,
                 [&](std::uint64_t begin, std::uint64_t end, int) {
                   for (std::uint64_t i = begin; i < end; ++i) {
                     weights[begin / kPointsPerPiece] += weight(i);
                   }
                 });
  for (std::uint32_t num_drawn = 0; num_drawn < k; ++num_drawn) {
    const std::uint64_t total = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
    if (total == 0) throw_too_few(k, num_drawn);
    std::uint64_t left = random.below_wide(total);
    std::size_t piece = 0;
    while (left >= weights[piece]) left -= weights[piece++];
    std::uint64_t drawn = piece * kPointsPerPiece;
    while (left >= weight(drawn)) left -= weight(drawn++);

    centres.insert(centres.end(), point(drawn), point(drawn) + kDims);
    if (num_drawn == 0) std::fill(distances.begin(), distances.end(), ~std::uint32_t{0});
    for_each_piece(
        pool, num_points(), kPointsPerPiece, [&](std::uint64_t begin, std::uint64_t end, int) {
          weights[begin / kPointsPerPiece] = meet_centre<Space>(
              point(begin), &masses_[begin], end - begin, point(drawn), &distances[begin]);
        });
  }
  return centres;
}

template <typename Space>
template <typename Id>
void KMeans<Space>::check_ids(WorkerPool& pool, std::uint32_t k, const Id* ids) const {
  for_each_piece(pool, num_points(), kPointsPerPiece,
                 [&](std::uint64_t begin, std::uint64_t end, int) {
                   if (const Id most = largest(ids + begin, end - begin); most >= k) {
                     throw std::invalid_argument("ids: " + std::to_string(most) +
                                                 ", must be below k = " + std::to_string(k));
                   }
                 });
}

template <typename Space>
template <typename Id, typename Found>
void KMeans<Space>::for_each_nearest(WorkerPool& pool, std::span<const Value> centres,
                                     const Id* from, Id* to, const Found& found) const {
  check_values<Space>("centres", centres.data(), centres.size());
  const NearestCentres<Space> nearest(centres, pool);
  check_ids(pool, nearest.size(), from);
  for_each_piece(pool, num_points(), kPointsPerPiece,
                 [&](std::uint64_t begin, std::uint64_t end, int worker) {
                   std::uint32_t ids[kPointsPerPiece];
                   std::uint32_t distances[kPointsPerPiece];
                   const auto size = static_cast<std::uint32_t>(end - begin);
                   std::copy_n(from + begin, size, ids);
                   nearest.find(point(begin), &masses_[begin], size, ids, distances);
                   for (std::uint32_t i = 0; i < size; ++i) {
                     if (masses_[begin + i] > 0) {
                       found(worker, begin + i, Nearest::of(distances[i], ids[i]));
                     }
                     to[begin + i] = static_cast<Id>(ids[i]);
                   }
                 });
}

template <typename Space>
template <typename Id>
std::uint64_t KMeans<Space>::assign(std::span<const Value> centres, const Id* from, Id* to) const {
  WorkerPool pool(num_workers_);
  std::vector<std::uint64_t> costs(pool.size());
  for_each_nearest(pool, centres, from, to, [&](int worker, std::uint64_t i, Nearest nearest) {
    costs[worker] += std::uint64_t{masses_[i]} * nearest.distance();
  });
  return std::accumulate(costs.begin(), costs.end(), std::uint64_t{0});
}

template <typename Space>
template <typename Id>
typename KMeans<Space>::Step KMeans<Space>::step(std::span<const Value> centres, Id* ids) const {
  const auto k = static_cast<std::uint32_t>(centres.size() / kDims);
  WorkerPool pool(num_workers_);
  std::vector<Sums<Space>> sums(pool.size(), Sums<Space>(k));
  for_each_nearest(pool, centres, ids, ids, [&](int worker, std::uint64_t i, Nearest nearest) {
    Sums<Space>& sum = sums[worker];
    const std::uint32_t id = nearest.centre();
    sum.masses[id] += masses_[i];
    add_point<Space>(&sum.values[std::size_t{id} * kDims], point(i), masses_[i]);
    sum.cost += std::uint64_t{masses_[i]} * nearest.distance();
    sum.num_changed += ids[i] != id;
  });
  Sums<Space>& total = sums[0];
  const auto add = [](std::vector<std::uint64_t>& to, const std::vector<std::uint64_t>& what) {
    std::transform(to.begin(), to.end(), what.begin(), to.begin(), std::plus<>());
  };
  for (std::size_t worker = 1; worker < sums.size(); ++worker) {
    add(total.masses, sums[worker].masses);
    add(total.values, sums[worker].values);
    total.cost += sums[worker].cost;
    total.num_changed += sums[worker].num_changed;
  }

  Step result{.centres = std::vector<Value>(centres.size()),
              .cost = total.cost,
              .num_changed = total.num_changed};
  std::vector<std::uint32_t> empty;
  for (std::uint32_t id = 0; id < k; ++id) {
    const std::uint64_t mass = total.masses[id];
    if (mass == 0) {
      empty.push_back(id);
      continue;
    }
    for (int i = 0; i < kDims; ++i) {
      const std::size_t place = std::size_t{id} * kDims + i;
      result.centres[place] = static_cast<Value>((2 * total.values[place] + mass) / (2 * mass));
    }
  }
  if (!empty.empty()) repair(pool, centres, ids, empty, result.centres);
  return result;
}

// There are enough points: at most as many of the different ones are at a full cluster's new centre
// as there are full clusters. The candidates of a worker are a set that is cut at the number
// needed, so that all workers together have the same, however the points were shared.
template <typename Space>
template <typename Id>
void KMeans<Space>::repair(WorkerPool& pool, std::span<const Value> old_centres, const Id* ids,
                           std::span<const std::uint32_t> empty,
                           std::vector<Value>& centres) const {
  using Point = std::array<Value, kDims>;
  const auto point_at = [](const Value* values) {
    Point point;
    std::copy_n(values, kDims, point.begin());
    return point;
  };
  const auto k = static_cast<std::uint32_t>(centres.size() / kDims);
  if (const std::uint32_t distinct = num_distinct(k); distinct < k) throw_too_few(k, distinct);
  std::set<Point> taken;
  for (std::uint32_t id = 0; id < k; ++id) {
    if (!std::binary_search(empty.begin(), empty.end(), id)) {
      taken.insert(point_at(&centres[std::size_t{id} * kDims]));
    }
  }
  using Candidates = std::set<Candidate<Space>>;
  const auto add = [&](Candidates& candidates, const Candidate<Space>& candidate) {
    if (candidates.size() == empty.size()) {
      if (!(candidate < *candidates.rbegin())) return;
      if (candidates.insert(candidate).second) candidates.erase(std::prev(candidates.end()));
    } else {
      candidates.insert(candidate);
    }
  };
  std::vector<Candidates> found(pool.size());
  for_each_piece(
      pool, num_points(), kPointsPerPiece, [&](std::uint64_t begin, std::uint64_t end, int worker) {
        Candidates& candidates = found[worker];
        for (std::uint64_t i = begin; i < end; ++i) {
          if (masses_[i] == 0) continue;
          const Value* const centre = &old_centres[std::size_t{ids[i]} * kDims];
          const std::uint32_t distance = Space::distance(point(i), centre);
          if (candidates.size() == empty.size() && distance < candidates.rbegin()->distance) {
            continue;
          }
          const Point values = point_at(point(i));
          if (!taken.contains(values)) add(candidates, {distance, values});
        }
      });
  for (std::size_t worker = 1; worker < found.size(); ++worker) {
    for (const Candidate<Space>& candidate : found[worker]) add(found[0], candidate);
  }
  auto candidate = found[0].begin();
  for (const std::uint32_t id : empty) {
    std::copy_n((candidate++)->values.begin(), kDims, &centres[std::size_t{id} * kDims]);
  }
}

template <typename Space>
template <typename Id>
std::vector<std::uint64_t> KMeans<Space>::cluster_masses(std::uint32_t k, const Id* ids) const {
  WorkerPool pool(num_workers_);
  check_ids(pool, k, ids);
  std::vector<std::vector<std::uint64_t>> masses(pool.size(), std::vector<std::uint64_t>(k));
  for_each_piece(pool, num_points(), kPointsPerPiece,
                 [&](std::uint64_t begin, std::uint64_t end, int worker) {
                   for (std::uint64_t i = begin; i < end; ++i) masses[worker][ids[i]] += masses_[i];
                 });
  for (std::size_t worker = 1; worker < masses.size(); ++worker) {
    for (std::uint32_t id = 0; id < k; ++id) masses[0][id] += masses[worker][id];
  }
  return std::move(masses[0]);
}

#define HOLDEM_K_MEANS_IDS(Space, Id)                                                           \
  template typename KMeans<Space>::Step KMeans<Space>::step(std::span<const Value>, Id*) const; \
  template std::uint64_t KMeans<Space>::assign(std::span<const Value>, const Id*, Id*) const;   \
  template std::vector<std::uint64_t> KMeans<Space>::cluster_masses(std::uint32_t, const Id*) const;
#define HOLDEM_K_MEANS(Space)              \
  template class KMeans<Space>;            \
  HOLDEM_K_MEANS_IDS(Space, std::uint16_t) \
  HOLDEM_K_MEANS_IDS(Space, std::uint32_t)

HOLDEM_K_MEANS(L1Space<64>)
HOLDEM_K_MEANS(L1Space<128>)
HOLDEM_K_MEANS(SquaredL2Space<2>)
HOLDEM_K_MEANS(SquaredL2Space<8>)

}  // namespace holdem
