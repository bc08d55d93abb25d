#include "tree/hand_parts.hpp"

#include <algorithm>

namespace holdem {

void HandParts::assign(const HandRows& rows, const PublicState& there,
                       const std::vector<std::uint16_t>& hand_of_state, double weight_of_there) {
  weight = static_cast<float>(weight_of_there);
  num_rows = rows.num_rows();
  num_blockers = 0;
  parts.clear();
  strength_begin.clear();
  cell_blocker.clear();
  cell_hands.clear();
  hands.clear();
  std::array<std::uint16_t, kMaxBlockers> cell_of{};  // [blocker]: its latest
  const bool last = !there.strength_begin.empty();
  const std::size_t num_strengths = last ? there.strength_begin.size() - 1 : 1;
  for (std::size_t s = 0; s < num_strengths; ++s) {
    strength_begin.push_back(static_cast<std::uint16_t>(parts.size()));
    const std::uint32_t begin = last ? there.strength_begin[s] : 0;
    const std::uint32_t end = last ? there.strength_begin[s + 1] : there.num_hands();
    equal_.clear();
    for (std::uint32_t h = begin; h < end; ++h) {
      equal_.push_back({hand_of_state[h], static_cast<std::uint16_t>(h)});
    }
    std::sort(equal_.begin(), equal_.end());  // row by row
    for (const auto& [hand, hand_there] : equal_) {
      const std::uint16_t row = rows.row_of_hand[hand];
      if (parts.size() == strength_begin.back() || row != parts.back().row) {
        const auto next = static_cast<std::uint16_t>(cell_blocker.size());
        parts.push_back({row, 0, next, next});
      }
      Part& part = parts.back();
      ++part.num_hands;
      Hand& found = hands.emplace_back(
          Hand{hand, static_cast<std::uint16_t>(parts.size() - 1), std::array<std::uint16_t, 2>{}});
      for (std::size_t i = 0; i < 2; ++i) {
        const std::uint8_t blocker = there.blockers[hand_there][i];
        std::uint16_t& cell = cell_of[blocker];
        if (cell < part.begin || cell >= part.end || cell_blocker[cell] != blocker) {
          cell = part.end++;
          cell_blocker.push_back(blocker);
          cell_hands.push_back(0);
          num_blockers = std::max(num_blockers, blocker + 1u);
        }
        ++cell_hands[cell];
        found.cells[i] = cell;
      }
    }
  }
  strength_begin.push_back(static_cast<std::uint16_t>(parts.size()));
}

}  // namespace holdem
