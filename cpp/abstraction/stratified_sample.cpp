#include "abstraction/stratified_sample.hpp"

#include <stdexcept>
#include <string>

namespace holdem {

std::vector<std::uint64_t> stratified_sample(std::uint64_t n, std::uint64_t m,
                                             RandomStream& random) {
  if (m == 0 || m > n) {
    throw std::invalid_argument("m: " + std::to_string(m) +
                                ", must be 1 to n = " + std::to_string(n));
  }
  // The first n % m strata are longer by one.
  std::vector<std::uint64_t> positions(m);
  std::uint64_t begin = 0;
  for (std::uint64_t stratum = 0; stratum < m; ++stratum) {
    const std::uint64_t size = n / m + (stratum < n % m);
    positions[stratum] = begin + random.below_wide(size);
    begin += size;
  }
  return positions;
}

}  // namespace holdem
