#include "storage/data_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>

#include "storage/xxh64.hpp"

namespace holdem {

BounceBuffers::BounceBuffers() {
  void* memory = mmap(nullptr, TransferQueue::kSlots * kChunkBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  memory_ = static_cast<std::byte*>(memory);
}

BounceBuffers::~BounceBuffers() { munmap(memory_, TransferQueue::kSlots * kChunkBytes); }

namespace {

FileResult failure(const char* step, int error) { return {.error = error, .step = step}; }

// A piece of this size is hashed while the copy of it is still in the nearest cache.
constexpr std::size_t kHashBytes = std::size_t{32} << 10;

bool is_aligned(const std::byte* memory) {
  return reinterpret_cast<std::uintptr_t>(memory) % kBlockBytes == 0;
}

// Writes large aligned payloads from where they are, hashing each chunk while the device takes it;
// collects everything else in the bounce buffers.
class WritePump {
 public:
  WritePump(int fd, const BounceBuffers& buffers) noexcept : fd_(fd), buffers_(buffers) {}

  void put(std::span<const std::byte> bytes) noexcept {
    if (bytes.size() >= BounceBuffers::kChunkBytes && is_aligned(bytes.data()) &&
        filled_ % kBlockBytes == 0) {
      bytes = put_in_place(bytes);
    }
    put_copied(bytes);
  }

  void put_and_tell(std::span<const std::byte> bytes, PayloadConsumer& consumer) noexcept {
    while (!bytes.empty() && error_ == 0) {
      const auto part = bytes.first(std::min(bytes.size(), BounceBuffers::kChunkBytes));
      put_copied(part);
      consumer.consumed(part);
      bytes = bytes.subspan(part.size());
    }
  }

  FileResult finish() noexcept {
    if (filled_ > 0) flush();
    for (std::size_t slot = 0; slot < TransferQueue::kSlots; ++slot) wait(slot);
    return {.error = error_, .step = "write", .size = offset_, .xxh64 = hash_.digest()};
  }

 private:
  void put_copied(std::span<const std::byte> bytes) noexcept {
    while (!bytes.empty() && error_ == 0) {
      if (filled_ == 0) wait(slot_);
      const auto room = buffers_[slot_].subspan(filled_);
      const std::size_t size = std::min({bytes.size(), room.size(), kHashBytes});
      std::memcpy(room.data(), bytes.data(), size);
      hash_.update(room.data(), size);
      bytes = bytes.subspan(size);
      filled_ += size;
      if (filled_ == BounceBuffers::kChunkBytes) flush();
    }
  }

  // Writes as many whole chunks as there are; returns the rest.
  std::span<const std::byte> put_in_place(std::span<const std::byte> bytes) noexcept {
    if (filled_ > 0) flush();
    while (bytes.size() >= BounceBuffers::kChunkBytes && error_ == 0) {
      const auto chunk = bytes.first(BounceBuffers::kChunkBytes);
      wait(slot_);
      // A write only reads the memory; the type of a transfer serves both directions.
      start({const_cast<std::byte*>(chunk.data()), chunk.size()});
      hash_.update(chunk.data(), chunk.size());
      bytes = bytes.subspan(chunk.size());
    }
    return bytes;
  }

  void flush() noexcept {
    start(buffers_[slot_].first(filled_));
    filled_ = 0;
  }

  void start(std::span<std::byte> memory) noexcept {
    queue_.start(slot_,
                 {.kind = Transfer::Kind::kWrite, .fd = fd_, .memory = memory, .offset = offset_});
    offset_ += memory.size();
    slot_ = (slot_ + 1) % TransferQueue::kSlots;
  }

  void wait(std::size_t slot) noexcept {
    const ssize_t moved = queue_.finish(slot);
    if (moved < 0 && error_ == 0) error_ = static_cast<int>(-moved);
  }

  int fd_;
  const BounceBuffers& buffers_;
  TransferQueue queue_;
  Xxh64 hash_;
  std::size_t slot_ = 0;
  std::size_t filled_ = 0;
  std::uint64_t offset_ = 0;
  int error_ = 0;
};

// Claims the space: a disk that is too full says so before anything is written, and the device can
// then take several writes at once, which it cannot while each of them extends the file.
int reserve_space([[maybe_unused]] int fd, [[maybe_unused]] std::uint64_t size) noexcept {
#ifdef __linux__
  while (fallocate(fd, 0, 0, static_cast<off_t>(size)) != 0) {
    if (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL) return 0;  // only a help
    if (errno != EINTR) return errno;
  }
#endif
  return 0;
}

FileResult write_open_file(int fd, const DataStream& stream, const BounceBuffers& buffers,
                           PayloadConsumer* consumer) noexcept {
  if (const int error = reserve_space(fd, stream.size())) return failure("reserve", error);
  request_direct_transfers(fd);
  WritePump pump(fd, buffers);
  for (const DataStream::Piece& piece : stream.pieces()) {
    pump.put(std::as_bytes(std::span(piece.head)));
    if (consumer != nullptr) {
      pump.put_and_tell(piece.payload, *consumer);
    } else {
      pump.put(piece.payload);
    }
  }
  FileResult result = pump.finish();
  // After a failed fsync the kernel may call the lost pages clean: it is never tried again.
  if (result.error == 0 && fsync(fd) != 0) return failure("fsync", errno);
  return result;
}

int sync_directory(const char* directory) noexcept {
  const int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno;
  const int error = fsync(fd) != 0 ? errno : 0;
  close(fd);
  return error;
}

}  // namespace

FileResult write_data_file(const DataStream& stream, const FilePlace& place,
                           const BounceBuffers& buffers, PayloadConsumer* consumer) noexcept {
  const int fd = open(place.temporary, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (fd < 0) return failure("open", errno);
  FileResult result = write_open_file(fd, stream, buffers, consumer);
  if (close(fd) != 0 && result.error == 0) result = failure("close", errno);
  if (result.error == 0 && std::rename(place.temporary, place.path) != 0) {
    result = failure("rename", errno);
  }
  if (result.error != 0) {
    unlink(place.temporary);
    return result;
  }
  if (const int error = sync_directory(place.directory)) return failure("fsync directory", error);
  return result;
}

namespace {

// Cuts a range into chunks that each go to one place: straight into a target, or to a bounce
// buffer from which the parts that targets want are copied.
class ReadPump {
 public:
  ReadPump(int fd, std::uint64_t begin, std::uint64_t end, std::span<const ReadTarget> targets,
           const BounceBuffers& buffers) noexcept
      : fd_(fd), next_(begin), end_(end), targets_(targets), buffers_(buffers) {}

  FileResult run() noexcept {
    for (std::size_t slot = 0; slot < TransferQueue::kSlots; ++slot) start(slot);
    for (std::size_t slot = 0; !ended_; slot = (slot + 1) % TransferQueue::kSlots) {
      finish(slot);
      start(slot);
    }
    return {.error = error_, .step = "read", .size = done_, .xxh64 = hash_.digest()};
  }

 private:
  // First target that ends after `offset`, or none.
  const ReadTarget* target_at(std::uint64_t offset) const noexcept {
    for (const ReadTarget& target : targets_) {
      if (target.offset + target.memory.size() > offset) return &target;
    }
    return nullptr;
  }

  std::span<std::byte> place_for_next(std::size_t slot) const noexcept {
    const ReadTarget* target = target_at(next_);
    if (target != nullptr && target->offset <= next_) {
      const auto rest = target->memory.subspan(next_ - target->offset);
      const std::size_t blocks = rest.size() / kBlockBytes * kBlockBytes;
      if (is_aligned(rest.data()) && blocks > 0) {
        return rest.first(std::min(blocks, BounceBuffers::kChunkBytes));
      }
      target = target_at(target->offset + target->memory.size());
    }
    std::uint64_t size = (end_ - next_ + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
    if (target != nullptr) size = std::min(size, target->offset - next_);
    return buffers_[slot].first(std::min<std::uint64_t>(size, BounceBuffers::kChunkBytes));
  }

  void start(std::size_t slot) noexcept {
    places_[slot] = {};
    if (next_ >= end_) return;
    places_[slot] = place_for_next(slot);
    queue_.start(
        slot, {.kind = Transfer::Kind::kRead, .fd = fd_, .memory = places_[slot], .offset = next_});
    next_ += places_[slot].size();
    offsets_[slot] = next_ - places_[slot].size();
  }

  void finish(std::size_t slot) noexcept {
    const auto place = places_[slot];
    const ssize_t moved = queue_.finish(slot);
    if (moved < 0) error_ = static_cast<int>(-moved);
    if (moved <= 0) {
      ended_ = true;
      return;
    }
    const std::uint64_t offset = offsets_[slot];
    const auto bytes =
        place.first(std::min<std::uint64_t>(static_cast<std::uint64_t>(moved), end_ - offset));
    hash_.update(bytes.data(), bytes.size());
    done_ += bytes.size();
    if (place.data() == buffers_[slot].data()) copy_to_targets(offset, bytes);
    ended_ = offset + bytes.size() == end_ || static_cast<std::size_t>(moved) < place.size();
  }

  void copy_to_targets(std::uint64_t offset, std::span<const std::byte> bytes) noexcept {
    for (const ReadTarget& target : targets_) {
      const std::uint64_t from = std::max(offset, target.offset);
      const std::uint64_t to =
          std::min(offset + bytes.size(), target.offset + target.memory.size());
      if (from >= to) continue;
      std::memcpy(target.memory.data() + (from - target.offset), bytes.data() + (from - offset),
                  to - from);
    }
  }

  int fd_;
  std::uint64_t next_;
  std::uint64_t end_;
  std::span<const ReadTarget> targets_;
  const BounceBuffers& buffers_;
  std::array<std::span<std::byte>, TransferQueue::kSlots> places_{};
  std::array<std::uint64_t, TransferQueue::kSlots> offsets_{};
  Xxh64 hash_;
  std::uint64_t done_ = 0;
  int error_ = 0;
  bool ended_ = false;
  TransferQueue queue_;  // last: waits for its transfers before anything above goes away
};

}  // namespace

FileResult read_file_range(int fd, std::uint64_t begin, std::uint64_t end,
                           std::span<const ReadTarget> targets,
                           const BounceBuffers& buffers) noexcept {
  request_direct_transfers(fd);
  return ReadPump(fd, begin, end, targets, buffers).run();
}

}  // namespace holdem
