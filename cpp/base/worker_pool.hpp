#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace holdem {

// Threads that stay, for work that is handed out thousands of times a second. Between two pieces of
// work they spin for some microseconds and then sleep.
//
// The threads block every signal but those of their own faults, so that the caller's thread hears
// them. A forked process has none of the threads: there the pool may be destroyed and not used.
class WorkerPool {
 public:
  // Args: num_workers: at least 1, the caller of run() included. Where the system refuses more
  // threads, there are fewer.
  explicit WorkerPool(int num_workers);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Workers there are, the caller included.
  int size() const { return 1 + static_cast<int>(threads_.size()); }

  // Calls body(task, worker) once for each task, 0 to num_tasks - 1, and returns when all are done.
  // Tasks are handed out in order; which worker, 0 to size() - 1, takes one is left to chance. The
  // caller is worker 0. The first exception ends the work, and is thrown here.
  // One thread at a time may call this, and no body.
  template <typename Body>
  void run(std::uint32_t num_tasks, Body&& body) {
    using Plain = std::remove_reference_t<Body>;
    context_ = const_cast<void*>(static_cast<const void*>(std::addressof(body)));
    call_ = [](void* context, std::uint32_t task, int worker) {
      (*static_cast<Plain*>(context))(task, worker);
    };
    run_job(num_tasks);
  }

 private:
  void run_job(std::uint32_t num_tasks);
  void take_tasks(int worker);
  void serve(int worker);

  // Odd: a job is open, to whoever comes in time. Even: none is.
  std::atomic<std::uint32_t> job_{0};
  std::atomic<std::uint32_t> num_inside_{0};  // threads that may be using what follows
  std::atomic<bool> ends_{false};
  std::atomic<std::uint64_t> next_task_{0};
  std::uint64_t num_tasks_ = 0;
  void* context_ = nullptr;
  void (*call_)(void* context, std::uint32_t task, int worker) = nullptr;
  std::mutex error_mutex_;
  std::exception_ptr error_;

  pid_t process_;
  std::vector<std::thread> threads_;
};

}  // namespace holdem
