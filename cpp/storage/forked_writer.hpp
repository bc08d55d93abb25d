#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "storage/data_file.hpp"

namespace holdem {

// Writes data files as they would be written now, while the caller goes on to change the memory
// that they are written from: a child process made by fork() writes its copy-on-write view of it.
//
// The child makes system calls and hashes, no more. It holds no open file of its parent (so no lock
// either), reacts to no signal but SIGKILL, and is killed when the thread that made it ends.
class ForkedWriter {
 public:
  struct File {
    const DataStream* stream;
    FilePlace place;
  };

  static constexpr std::size_t kMaxFiles = 4;

  // What the child tells at its end.
  struct Report {
    bool arrived = false;                       // false: the child ended before it was done
    std::array<FileResult, kMaxFiles> files{};  // those after one that failed are as initialised
    std::uint64_t copied_bytes = 0;             // of payloads, because they changed meanwhile
  };

  // Forks; `files` and what they point at are needed no longer than this call takes. They are
  // written in order, up to the first that fails. Throws std::invalid_argument for more than
  // kMaxFiles and std::system_error where the system refuses (ENOSYS: it is not Linux).
  ForkedWriter(std::span<const File> files, const BounceBuffers& buffers);

  // Kills a child that still writes, which may leave its temporary file.
  ~ForkedWriter();
  ForkedWriter(const ForkedWriter&) = delete;
  ForkedWriter& operator=(const ForkedWriter&) = delete;

  pid_t pid() const { return pid_; }

  // Whether the child has ended or is about to, so that `wait` returns at once.
  bool is_done() const noexcept;

  // Waits for the end of the child; the same again when called again.
  const Report& wait() noexcept;

  // The signal that ended the child, or 0. After `wait`.
  int killed_by() const { return killed_by_; }

 private:
  void reap() noexcept;

  Report report_;
  pid_t pid_ = 0;
  int pipe_ = -1;  // read end; -1 once the child has been waited for
  int killed_by_ = 0;
};

}  // namespace holdem
