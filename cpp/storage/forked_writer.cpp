#include "storage/forked_writer.hpp"

#include <cerrno>
#include <stdexcept>
#include <system_error>

#ifdef __linux__

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string_view>

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

// Memory that this process shares with no other: of a child, what its parent has changed since, and
// a few buffers. 0 where the kernel does not tell.
std::uint64_t private_bytes() noexcept {
  char text[4096];
  const int fd = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  const ssize_t size = read(fd, text, sizeof text - 1);
  close(fd);
  if (size <= 0) return 0;
  text[size] = '\0';
  std::uint64_t kibibytes = 0;
  for (const std::string_view name : {"Private_Clean:", "Private_Dirty:"}) {
    const char* found = std::strstr(text, name.data());
    if (found != nullptr) kibibytes += std::strtoull(found + name.size(), nullptr, 10);
  }
  return kibibytes * 1024;
}

[[noreturn]] void write_and_exit(std::span<const ForkedWriter::File> files,
                                 const BounceBuffers& buffers, int pipe, pid_t parent) noexcept {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // it ended before it could be followed
  close_all_but(pipe);
  be_the_first_to_go();
  ForkedWriter::Report report{.arrived = true, .files = {}, .copied_bytes = 0};
  for (std::size_t k = 0; k < files.size(); ++k) {
    report.files[k] = write_data_file(*files[k].stream, files[k].place, buffers);
    if (report.files[k].error != 0) break;
  }
  report.copied_bytes = private_bytes();
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
  {
    const BlockedSignals blocked;
    pid_ = fork();
    if (pid_ == 0) write_and_exit(files, buffers, ends[1], parent);
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
