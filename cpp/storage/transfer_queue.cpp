#include "storage/transfer_queue.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#ifdef __linux__
#include <linux/aio_abi.h>
#include <sys/syscall.h>
#endif

namespace holdem {
namespace {

// Takes O_DIRECT off again; false where it was not set.
bool drop_direct_transfers([[maybe_unused]] int fd) noexcept {
#ifdef O_DIRECT
  const int flags = fcntl(fd, F_GETFL);
  return flags >= 0 && (flags & O_DIRECT) != 0 && fcntl(fd, F_SETFL, flags & ~O_DIRECT) == 0;
#else
  return false;
#endif
}

// Carries a transfer on from `done` bytes to its end, to the end of the file, or to an error.
ssize_t transfer_rest(const Transfer& transfer, std::size_t done) noexcept {
  const auto [kind, fd, memory, offset] = transfer;
  while (done < memory.size()) {
    const auto rest = memory.subspan(done);
    const auto at = static_cast<off_t>(offset + done);
    const ssize_t moved = kind == Transfer::Kind::kRead ? pread(fd, rest.data(), rest.size(), at)
                                                        : pwrite(fd, rest.data(), rest.size(), at);
    if (moved > 0) {
      done += static_cast<std::size_t>(moved);
    } else if (moved == 0) {
      if (kind == Transfer::Kind::kWrite) return -EIO;
      break;
    } else if (errno == EINVAL && drop_direct_transfers(fd)) {
      continue;  // a file system that accepts the flag and then refuses the transfer
    } else if (errno != EINTR) {
      return -errno;
    }
  }
  return static_cast<ssize_t>(done);
}

}  // namespace

void request_direct_transfers([[maybe_unused]] int fd) noexcept {
#ifdef O_DIRECT
  const int flags = fcntl(fd, F_GETFL);
  if (flags >= 0) fcntl(fd, F_SETFL, flags | O_DIRECT);
#endif
}

ssize_t transfer_now(const Transfer& transfer) noexcept { return transfer_rest(transfer, 0); }

void TransferQueue::start(std::size_t slot, const Transfer& transfer) noexcept {
  slots_[slot] = {.transfer = transfer, .result = 0, .in_kernel = false};
  if (!submit(slot)) slots_[slot].result = transfer_now(transfer);
}

ssize_t TransferQueue::finish(std::size_t slot) noexcept {
  while (slots_[slot].in_kernel) collect();
  const ssize_t result = slots_[slot].result;
  slots_[slot].result = 0;
  return result;
}

#ifdef __linux__

TransferQueue::TransferQueue() noexcept {
  if (syscall(SYS_io_setup, kSlots, &context_) != 0) context_ = 0;
}

TransferQueue::~TransferQueue() {
  if (context_ != 0) syscall(SYS_io_destroy, context_);  // waits for what is under way
}

bool TransferQueue::submit(std::size_t slot) noexcept {
  if (context_ == 0) return false;
  const Transfer& transfer = slots_[slot].transfer;
  iocb request{};
  request.aio_data = slot;
  request.aio_lio_opcode =
      transfer.kind == Transfer::Kind::kRead ? IOCB_CMD_PREAD : IOCB_CMD_PWRITE;
  request.aio_fildes = static_cast<std::uint32_t>(transfer.fd);
  request.aio_buf = reinterpret_cast<std::uintptr_t>(transfer.memory.data());
  request.aio_nbytes = transfer.memory.size();
  request.aio_offset = static_cast<std::int64_t>(transfer.offset);
  iocb* requests[] = {&request};
  slots_[slot].in_kernel = syscall(SYS_io_submit, context_, 1, requests) == 1;
  return slots_[slot].in_kernel;
}

void TransferQueue::collect() noexcept {
  std::array<io_event, kSlots> events;
  const long count = syscall(SYS_io_getevents, context_, 1, kSlots, events.data(), nullptr);
  for (long k = 0; k < count; ++k) {
    Slot& slot = slots_[events[static_cast<std::size_t>(k)].data];
    const auto moved = static_cast<ssize_t>(events[static_cast<std::size_t>(k)].res);
    // The plain calls finish what came up short, and tell an error that lasts from one that a
    // direct transfer alone has.
    const bool retry = moved >= 0 || moved == -EINVAL || moved == -EINTR;
    slot.result =
        retry ? transfer_rest(slot.transfer, moved > 0 ? static_cast<std::size_t>(moved) : 0)
              : moved;
    slot.in_kernel = false;
  }
}

#else

TransferQueue::TransferQueue() noexcept = default;
TransferQueue::~TransferQueue() = default;
bool TransferQueue::submit(std::size_t) noexcept { return false; }
void TransferQueue::collect() noexcept {}

#endif

}  // namespace holdem
