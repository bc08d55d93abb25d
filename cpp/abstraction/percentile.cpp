#include "abstraction/percentile.hpp"

#include <algorithm>
#include <numeric>

namespace holdem {

std::vector<std::uint32_t> percentile_buckets(std::span<const std::uint64_t> masses,
                                              std::uint32_t k) {
  std::vector<std::uint32_t> buckets(masses.size());
  std::uint64_t mass_left = std::accumulate(masses.begin(), masses.end(), std::uint64_t{0});
  std::uint64_t buckets_left = std::min<std::uint64_t>(k, masses.size());
  std::uint64_t in_bucket = 0;
  std::uint32_t bucket = 0;
  for (std::size_t i = 0; i < masses.size(); ++i) {
    if (in_bucket > 0 && buckets_left > 1) {
      // With the next value the bucket overshoots its share by more than it falls short without.
      const bool full = (2 * in_bucket + masses[i]) * buckets_left > 2 * mass_left;
      const bool others_need_the_rest = masses.size() - i < buckets_left;
      if (full || others_need_the_rest) {
        mass_left -= in_bucket;
        in_bucket = 0;
        --buckets_left;
        ++bucket;
      }
    }
    in_bucket += masses[i];
    buckets[i] = bucket;
  }
  return buckets;
}

}  // namespace holdem
