#include "tree/hand_rows.hpp"

#include <algorithm>
#include <numeric>

namespace holdem {

void HandRows::assign(const PublicState& state, const HandRows* before) {
  number_hands(state);
  from_before.weight = static_cast<float>(state.weight);
  from_before.hand_before.clear();
  from_before.not_held.clear();
  if (before == nullptr) return;
  std::vector<bool> held(before->num_hands());
  for (std::uint32_t h = 0; h < num_hands_; ++h) {
    const std::uint16_t was = before->hand_of_state[state.hand_in_parent[hand_in_state_[h]]];
    from_before.hand_before.push_back(was);
    held[was] = true;
  }
  for (std::uint32_t h = 0; h < before->num_hands(); ++h) {
    if (!held[h]) from_before.not_held.push_back(static_cast<std::uint16_t>(h));
  }
}

void HandRows::number_hands(const PublicState& state) {
  num_hands_ = state.num_hands();
  // The hands of each row, one row after the other.
  std::vector<std::uint16_t> by_row(num_hands_);
  std::iota(by_row.begin(), by_row.end(), std::uint16_t{0});
  std::stable_sort(by_row.begin(), by_row.end(), [&](std::uint16_t a, std::uint16_t b) {
    return state.bucket[a] < state.bucket[b];
  });
  bucket_of_row.clear();
  rows.clear();
  for (std::uint32_t i = 0; i < num_hands_; ++i) {
    const std::uint32_t bucket = state.bucket[by_row[i]];
    if (bucket_of_row.empty() || bucket != bucket_of_row.back()) {
      rows.push_back({static_cast<std::uint16_t>(num_rows()), static_cast<std::uint16_t>(i), 0});
      bucket_of_row.push_back(bucket);
    }
    rows.back().end = static_cast<std::uint16_t>(i + 1);
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.end - a.begin < b.end - b.begin; });
  hand_in_state_.resize(num_hands_);
  hand_of_state.resize(num_hands_);
  row_of_hand.resize(num_hands_);
  std::uint16_t next = 0;
  for (Row& row : rows) {
    const std::uint16_t first = next;
    for (std::uint32_t i = row.begin; i < row.end; ++i, ++next) {
      hand_in_state_[next] = by_row[i];
      hand_of_state[by_row[i]] = next;
      row_of_hand[next] = row.row;
    }
    row.begin = first;
    row.end = next;
  }
}

}  // namespace holdem
