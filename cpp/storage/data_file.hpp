#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "storage/data_stream.hpp"
#include "storage/transfer_queue.hpp"

namespace holdem {

// How a transfer of a whole file or a range of it ended.
struct FileResult {
  int error = 0;            // errno, 0 when all went well
  const char* step = "";    // what failed: "open", "write", "fsync", ...
  std::uint64_t size = 0;   // bytes moved
  std::uint64_t xxh64 = 0;  // of these bytes, in file order
};

// Page-aligned transfer buffers, mapped once and never touched by malloc.
class BounceBuffers {
 public:
  static constexpr std::size_t kChunkBytes = std::size_t{2} << 20;

  BounceBuffers();  // throws std::bad_alloc
  ~BounceBuffers();
  BounceBuffers(const BounceBuffers&) = delete;
  BounceBuffers& operator=(const BounceBuffers&) = delete;

  std::span<std::byte> operator[](std::size_t slot) const {
    return {memory_ + slot * kChunkBytes, kChunkBytes};
  }

 private:
  std::byte* memory_;
};

// Names of a file to be: written under `temporary`, then renamed to `path` in `directory`.
struct FilePlace {
  const char* temporary;
  const char* path;
  const char* directory;
};

// Is told of every part of a payload, in order, that a write will not look at again.
class PayloadConsumer {
 public:
  virtual void consumed(std::span<const std::byte> part) noexcept = 0;

 protected:
  ~PayloadConsumer() = default;
};

// Writes `stream` durably and atomically: temporary name, fsync, rename, fsync of the directory.
// Hashes while it writes. Large block-aligned payloads are written from where they are and nothing
// may change them meanwhile; others, and all where there is a consumer, are copied through the
// bounce buffers. The temporary is removed on failure. Makes system calls and hashes, no more: a
// forked snapshot child may call it.
FileResult write_data_file(const DataStream& stream, const FilePlace& place,
                           const BounceBuffers& buffers,
                           PayloadConsumer* consumer = nullptr) noexcept;

// Memory that receives the bytes of a file from `offset`, a multiple of kBlockBytes, on.
struct ReadTarget {
  std::uint64_t offset;
  std::span<std::byte> memory;
};

// Reads [begin, end) of an open file in one pass, hashes all of it and stores what `targets` (in
// file order, disjoint) ask for; block-aligned memory is read into directly. `begin` is a multiple
// of kBlockBytes. A file that ends early gives a smaller `size` and no error.
FileResult read_file_range(int fd, std::uint64_t begin, std::uint64_t end,
                           std::span<const ReadTarget> targets,
                           const BounceBuffers& buffers) noexcept;

}  // namespace holdem
