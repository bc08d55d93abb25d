#include "base/memory_block.hpp"

#include <sys/mman.h>

#include <new>

namespace holdem {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
// Kernels load whole vectors, so the last row may be read past its end.
constexpr std::size_t kSlackBytes = 64;

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

}  // namespace

MemoryBlock::MemoryBlock(std::uint64_t num_floats)
    : capacity_(num_floats),
      mapped_bytes_((num_floats * sizeof(float) + kSlackBytes + 2 * kHugePage - 1) / kHugePage *
                    kHugePage) {
  mapping_ = mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping_ == MAP_FAILED) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  madvise(mapping_, mapped_bytes_, MADV_HUGEPAGE);  // a wish: without it all works, slower
#endif
  const auto address = reinterpret_cast<std::uintptr_t>(mapping_);
  data_ = reinterpret_cast<float*>((address + kHugePage - 1) / kHugePage * kHugePage);
}

MemoryBlock::~MemoryBlock() { munmap(mapping_, mapped_bytes_); }

}  // namespace holdem
