#include "storage/forked_writer.hpp"

#include <cerrno>
#include <stdexcept>
#include <system_error>

#ifdef __linux__

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace holdem {
namespace {

// No signal reaches a process between these two, nor a child that is made there, ever.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

// Locks, and pipes at whose other end somebody waits for the last writer, end with the parent.
void close_all_but(int kept) noexcept {
#ifdef SYS_close_range
  const auto fd = static_cast<unsigned>(kept);
  const bool below = fd == 0 || syscall(SYS_close_range, 0U, fd - 1, 0U) == 0;
  if (below && syscall(SYS_close_range, fd + 1, ~0U, 0U) == 0) return;
#endif
  const long limit = sysconf(_SC_OPEN_MAX);
  for (int fd = 0; fd < limit; ++fd) {
    if (fd != kept) close(fd);
  }
}

// When memory runs out after all, the kernel shall take the child and not the run.
void be_the_first_to_go() noexcept {
  const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  [[maybe_unused]] const ssize_t written = write(fd, "1000", 4);
  close(fd);
}

// Gives the snapshot back part by part: from then on the parent changes that memory without a copy,
// and keeps its huge pages. Counts what had been copied by then.
//
// The writes go through buffers, because a direct transfer from a page that two processes share
// makes recent kernels copy the page first.
class SnapshotMemory final : public PayloadConsumer {
 public:
  explicit SnapshotMemory(bool may_release) noexcept
      : may_release_(may_release), pagemap_(open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)) {}

  void consumed(std::span<const std::byte> part) noexcept override {
    const auto begin = reinterpret_cast<std::uintptr_t>(part.data());
    const std::uintptr_t first = (begin + page_ - 1) / page_;
    const std::uintptr_t last = (begin + part.size()) / page_;
    if (first >= last) return;
    count_copies(first, last);
    if (may_release_) {
      madvise(reinterpret_cast<void*>(first * page_), (last - first) * page_, MADV_DONTNEED);
    }
  }

  std::uint64_t copied_bytes() const noexcept { return copied_pages_ * page_; }

 private:
  // Source: Linux Documentation/admin-guide/mm/pagemap.rst: 64 bits a page, 63 says it is present
  // and 56 that nobody else maps it.
  void count_copies(std::uintptr_t first, std::uintptr_t last) noexcept {
    constexpr std::uint64_t kPresentAndMine = std::uint64_t{1} << 63 | std::uint64_t{1} << 56;
    std::uint64_t entries[BounceBuffers::kChunkBytes / kBlockBytes];
    const std::size_t size = (last - first) * sizeof entries[0];
    const ssize_t found = pread(pagemap_, entries, std::min(size, sizeof entries),
                                static_cast<off_t>(first * sizeof entries[0]));
    for (ssize_t k = 0; k < found / static_cast<ssize_t>(sizeof entries[0]); ++k) {
      copied_pages_ += (entries[k] & kPresentAndMine) == kPresentAndMine;
    }
  }

  const std::uintptr_t page_ = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const bool may_release_;
  const int pagemap_;
  std::uint64_t copied_pages_ = 0;
};

// Whether every byte is written once, so that it can be given back when it was.
bool payloads_are_disjoint(std::span<const ForkedWriter::File> files) {
  std::vector<std::span<const std::byte>> payloads;
  for (const ForkedWriter::File& file : files) {
    for (const DataStream::Piece& piece : file.stream->pieces()) payloads.push_back(piece.payload);
  }
  std::ranges::sort(payloads, {}, [](const auto& payload) { return payload.data(); });
  const auto overlap = [](const auto& one, const auto& next) {
    return one.data() + one.size() > next.data();
  };
  return std::ranges::adjacent_find(payloads, overlap) == payloads.end();
}

[[noreturn]] void write_and_exit(std::span<const ForkedWriter::File> files,
                                 const BounceBuffers& buffers, bool may_release, int pipe,
                                 pid_t parent) noexcept {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // it ended before it could be followed
  close_all_but(pipe);
  be_the_first_to_go();
  ForkedWriter::Report report{.arrived = true, .files = {}, .copied_bytes = 0};
  SnapshotMemory memory(may_release);
  for (std::size_t k = 0; k < files.size(); ++k) {
    report.files[k] = write_data_file(*files[k].stream, files[k].place, buffers, &memory);
    if (report.files[k].error != 0) break;
  }
  report.copied_bytes = memory.copied_bytes();
  // Less than PIPE_BUF, so it arrives whole or not at all. The names of steps are constants, which
  // lie at the same addresses in the parent.
  static_assert(sizeof report <= 512);
  const bool told = write(pipe, &report, sizeof report) == sizeof report;
  _exit(told ? 0 : 1);
}

}  // namespace

ForkedWriter::ForkedWriter(std::span<const File> files, const BounceBuffers& buffers) {
  if (files.size() > kMaxFiles) throw std::invalid_argument("too many files for one snapshot");
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  const pid_t parent = getpid();
  const bool may_release = payloads_are_disjoint(files);
  {
    const BlockedSignals blocked;
    pid_ = fork();
    if (pid_ == 0) write_and_exit(files, buffers, may_release, ends[1], parent);
  }
  const int error = errno;
  close(ends[1]);
  pipe_ = ends[0];
  if (pid_ < 0) {
    close(pipe_);
    throw std::system_error(error, std::generic_category(), "fork");
  }
}

ForkedWriter::~ForkedWriter() {
  if (pipe_ < 0) return;
  kill(pid_, SIGKILL);
  reap();
}

bool ForkedWriter::is_done() const noexcept {
  if (pipe_ < 0) return true;
  pollfd end{.fd = pipe_, .events = POLLIN, .revents = 0};
  return poll(&end, 1, 0) > 0;
}

const ForkedWriter::Report& ForkedWriter::wait() noexcept {
  if (pipe_ < 0) return report_;
  Report report;
  ssize_t size;
  do {
    size = read(pipe_, &report, sizeof report);
  } while (size < 0 && errno == EINTR);
  if (size == sizeof report) report_ = report;
  reap();
  return report_;
}

void ForkedWriter::reap() noexcept {
  close(pipe_);
  pipe_ = -1;
  int status = 0;
  pid_t ended;
  do {
    ended = waitpid(pid_, &status, 0);
  } while (ended < 0 && errno == EINTR);
  if (ended == pid_ && WIFSIGNALED(status)) killed_by_ = WTERMSIG(status);
}

}  // namespace holdem

#else

namespace holdem {

// Elsewhere a child would outlive its parent and write into a directory that is no longer its own.
ForkedWriter::ForkedWriter(std::span<const File>, const BounceBuffers&) {
  throw std::system_error(ENOSYS, std::generic_category(), "fork");
}
ForkedWriter::~ForkedWriter() = default;
bool ForkedWriter::is_done() const noexcept { return true; }
const ForkedWriter::Report& ForkedWriter::wait() noexcept { return report_; }
void ForkedWriter::reap() noexcept {}

}  // namespace holdem

#endif
