#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace holdem {

// Address space for floats, zero until touched. Asks for huge pages where the system has them: a
// traversal reads rows all over a table of gigabytes, and small pages would cost a page-table walk
// for nearly every row.
class MemoryBlock {
 public:
  // Throws std::bad_alloc when the address space is refused.
  explicit MemoryBlock(std::uint64_t num_floats);
  ~MemoryBlock();
  MemoryBlock(const MemoryBlock&) = delete;
  MemoryBlock& operator=(const MemoryBlock&) = delete;

  float* data() const { return data_; }
  std::uint64_t capacity() const { return capacity_; }

 private:
  float* data_ = nullptr;
  std::uint64_t capacity_;
  std::size_t mapped_bytes_;
  void* mapping_;
};

}  // namespace holdem
