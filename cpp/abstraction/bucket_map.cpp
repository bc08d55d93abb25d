#include "abstraction/bucket_map.hpp"

#include <stdexcept>
#include <string>

namespace holdem {

BucketMap::BucketMap(const std::array<Table, kNumStreets>& tables, const Deck& deck)
    : deck_(deck), tables_(tables) {
  for (int street = 0; street < kNumStreets; ++street) {
    const Table& table = tables[street];
    const std::string name = "tables[" + std::to_string(street) + "]: ";
    indexers_[street] = &street_indexer(street, deck.num_ranks);
    if (table.num_hands != indexers_[street]->size()) {
      throw std::invalid_argument(name + std::to_string(table.num_hands) + " hands, must be " +
                                  std::to_string(indexers_[street]->size()));
    }
    if (table.id_bytes != 1 && table.id_bytes != 2 && table.id_bytes != 4) {
      throw std::invalid_argument(name + std::to_string(table.id_bytes) +
                                  " bytes an id, must be 1, 2 or 4");
    }
    if (table.num_buckets == 0) {
      throw std::invalid_argument(name + "0 buckets, must be at least 1");
    }
  }
}

BucketMap::BucketMap(const Deck& deck) : deck_(deck) {
  for (int street = 0; street < kNumStreets; ++street) {
    indexers_[street] = &sequence_indexer(street, deck.num_ranks);
    const std::uint64_t size = indexers_[street]->size();  // 2,428,287,420 at most
    tables_[street] = {nullptr, size, 0, static_cast<std::uint32_t>(size)};
  }
}

BucketMap BucketMap::lossless(const Deck& deck) { return BucketMap(deck); }

}  // namespace holdem
