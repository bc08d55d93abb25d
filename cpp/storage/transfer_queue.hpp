#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace holdem {

// One read or write of `memory` at `offset` of an open file.
struct Transfer {
  enum class Kind { kRead, kWrite };

  Kind kind;
  int fd;
  std::span<std::byte> memory;
  std::uint64_t offset;
};

// Bypasses the page cache for `fd` where the file system can; transfers must then start at block
// boundaries of file and memory. Without it everything still works, through the page cache.
void request_direct_transfers(int fd) noexcept;

// Does a transfer on the spot. Returns what TransferQueue::finish() would.
ssize_t transfer_now(const Transfer& transfer) noexcept;

// A few transfers under way at once, so that the device works while the caller hashes.
//
// Uses Linux kernel AIO by bare system calls; where the kernel refuses, and on other systems, a
// transfer is simply done on the spot. Nothing here allocates or throws, and a queue made after
// fork() belongs to the child.
class TransferQueue {
 public:
  static constexpr std::size_t kSlots = 3;

  TransferQueue() noexcept;
  ~TransferQueue();
  TransferQueue(const TransferQueue&) = delete;
  TransferQueue& operator=(const TransferQueue&) = delete;

  // Starts a transfer in a slot that holds none.
  void start(std::size_t slot, const Transfer& transfer) noexcept;

  // Waits for the slot's transfer. Returns the bytes moved, less than asked only at the end of a
  // file that is read, or minus errno. A slot that holds none gives 0.
  ssize_t finish(std::size_t slot) noexcept;

 private:
  struct Slot {
    Transfer transfer{};
    ssize_t result = 0;
    bool in_kernel = false;
  };

  bool submit(std::size_t slot) noexcept;
  void collect() noexcept;

  std::array<Slot, kSlots> slots_{};
  unsigned long context_ = 0;  // aio_context_t; 0 where there is none
};

}  // namespace holdem
