#pragma once

#include <array>
#include <cstddef>
#include <stdexcept>

namespace holdem {

// A vector of at most `capacity` trivially copyable values that never allocates.
template <class T, std::size_t capacity>
class FixedVector {
 public:
  // Throws std::length_error beyond `capacity`.
  void push_back(const T& value) {
    if (size_ == capacity) throw std::length_error("FixedVector: more values than its capacity");
    values_[size_++] = value;
  }

  std::size_t size() const { return size_; }
  const T& operator[](std::size_t i) const { return values_[i]; }
  const T* begin() const { return values_.data(); }
  const T* end() const { return values_.data() + size_; }

 private:
  std::array<T, capacity> values_{};
  std::size_t size_ = 0;
};

}  // namespace holdem
