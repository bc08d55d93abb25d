#include "base/worker_pool.hpp"

#include <signal.h>
#include <unistd.h>

#include <system_error>
#include <utility>

namespace holdem {
namespace {

// Some ten microseconds: longer than a worker of a sampler waits for the others, shorter than
// anybody would notice.
constexpr int kSpins = 1000;

void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Waits until `value` is not `old`, and returns what it is then.
std::uint32_t wait_while(const std::atomic<std::uint32_t>& value, std::uint32_t old) {
  for (int spin = 0; spin < kSpins; ++spin) {
    if (const std::uint32_t now = value.load(); now != old) return now;
    pause();
  }
  value.wait(old);
  return value.load();
}

// Threads that are started while this lives hear no signal, except those of their own faults.
class UnsignalledThreads {
 public:
  UnsignalledThreads() {
    sigset_t blocked;
    sigfillset(&blocked);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) {
      sigdelset(&blocked, fault);
    }
    pthread_sigmask(SIG_BLOCK, &blocked, &before_);
  }
  ~UnsignalledThreads() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  UnsignalledThreads(const UnsignalledThreads&) = delete;
  UnsignalledThreads& operator=(const UnsignalledThreads&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

WorkerPool::WorkerPool(int num_workers) : process_(getpid()) {
  const UnsignalledThreads unsignalled;
  try {
    while (size() < num_workers) threads_.emplace_back(&WorkerPool::serve, this, size());
  } catch (const std::system_error&) {
  }
}

WorkerPool::~WorkerPool() {
  const bool has_threads = getpid() == process_;
  if (has_threads) {
    ends_ = true;
    job_ += 2;
    job_.notify_all();
  }
  for (std::thread& thread : threads_) {
    if (has_threads) {
      thread.join();
    } else {
      thread.detach();
    }
  }
}

// A thread that comes late finds the job closed and goes away: nobody waits for one that sleeps.
void WorkerPool::run_job(std::uint32_t num_tasks) {
  num_tasks_ = num_tasks;
  next_task_ = 0;
  const bool shared = num_tasks > 1 && !threads_.empty();
  if (shared) {
    ++job_;
    job_.notify_all();
  }
  take_tasks(0);
  if (shared) {
    ++job_;
    while (const std::uint32_t inside = num_inside_.load()) wait_while(num_inside_, inside);
  }
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void WorkerPool::take_tasks(int worker) {
  try {
    for (std::uint64_t task; (task = next_task_.fetch_add(1)) < num_tasks_;) {
      call_(context_, static_cast<std::uint32_t>(task), worker);
    }
  } catch (...) {
    next_task_ = num_tasks_;
    const std::lock_guard lock(error_mutex_);
    if (!error_) error_ = std::current_exception();
  }
}

void WorkerPool::serve(int worker) {
  for (std::uint32_t job = 0;;) {
    job = wait_while(job_, job);
    if (ends_) return;
    if (job % 2 == 0) continue;
    ++num_inside_;
    // The job is closed before num_inside_ is read: whoever still finds it open is waited for.
    if (job_ == job) take_tasks(worker);
    --num_inside_;
    num_inside_.notify_all();
  }
}

}  // namespace holdem
