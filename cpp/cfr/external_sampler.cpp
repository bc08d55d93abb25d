#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "cfr/external_rows.hpp"
#include "cfr/external_walk.hpp"

namespace holdem {
namespace {

// External sampling, one iteration after the other, or many on the same tables.
//
// Many iterations that walk the tables as they are may be walked by any threads: what each adds is
// written down and applied when all are over, in the order of the iterations. So the number of
// threads changes nothing.
template <bool kTwoPlayers, bool kGrows, bool kLazy>
class ExternalSampler final : public Sampler {
 public:
  explicit ExternalSampler(Training& training) : t_(training), walk_(training) {}

  void run_iteration(std::uint64_t iteration) override {
    TableRows<kGrows, kLazy> rows(t_);
    walk_.run_iteration(iteration, rows, t_.counters);
  }

  void run_batch(std::uint64_t first, std::uint64_t count) override {
    if (workers_.empty()) make_workers();
    const auto num_logs = static_cast<std::uint32_t>(std::min<std::uint64_t>(count, logs_.size()));
    const std::span logs(logs_.data(), num_logs);
    t_.workers.run(num_logs, [&](std::uint32_t i, int w) {
      Worker& worker = workers_[static_cast<std::size_t>(w)];
      logs[i].begin();
      LoggedRows<kGrows, kLazy> rows(t_, logs[i]);
      for (std::uint64_t k = count * i / num_logs; k < count * (i + 1) / num_logs; ++k) {
        worker.walk.run_iteration(first + k, rows, worker.counters);
      }
    });
    for (Worker& worker : workers_) t_.counters.add(std::exchange(worker.counters, {}));
    if constexpr (kGrows) grow(logs);
    apply(logs);
  }

 private:
  struct alignas(64) Worker {
    explicit Worker(const Training& training) : walk(training) {}
    ExternalWalk<LoggedRows<kGrows, kLazy>, kTwoPlayers> walk;
    Counters counters{};
  };

  // More logs than workers, and more bins, even out what some have more to do than others.
  void make_workers() {
    constexpr std::uint64_t kMaxBins = 256;
    const auto num_workers = static_cast<std::uint64_t>(t_.workers.size());
    const std::uint64_t parts = num_workers == 1 ? 1 : 4 * num_workers;
    const std::uint64_t num_logs = std::min(parts, t_.options.update_batch);
    const auto num_bins = static_cast<std::uint32_t>(std::min(parts, kMaxBins));
    for (std::uint64_t w = 0; w < num_workers; ++w) workers_.emplace_back(t_);
    for (std::uint64_t i = 0; i < num_logs; ++i) logs_.emplace_back(t_.tree, num_bins);
  }

  void grow(std::span<UpdateLog> logs) {
    bool grew = false;
    for (UpdateLog& log : logs) {
      grew |= log.grow(t_.tree);
      t_.check_long_iteration(logs.size() * log.bytes());
    }
    if (!grew) return;
    t_.workers.run(static_cast<std::uint32_t>(logs.size()),
                   [&](std::uint32_t i, int) { logs[i].sort_new_rows(t_.tree, kLazy); });
  }

  void apply(std::span<const UpdateLog> logs) {
    const std::uint32_t num_bins = logs[0].num_bins();
    if (kLazy && std::ranges::any_of(logs, &UpdateLog::has_stale_strips)) {
      t_.workers.run(num_bins, [&](std::uint32_t bin, int) {
        for (const UpdateLog& log : logs) log.refresh_strips(bin, t_);
      });
    }
    t_.workers.run(num_bins, [&](std::uint32_t bin, int) {
      for (std::size_t i = 0; i < logs.size(); ++i) {
        if (i + 1 < logs.size()) logs[i + 1].prefetch(bin, t_.tables);
        logs[i].apply(bin, t_);
      }
    });
  }

  Training& t_;
  ExternalWalk<TableRows<kGrows, kLazy>, kTwoPlayers> walk_;
  // Of batches, made for the first one.
  std::vector<Worker> workers_;
  std::vector<UpdateLog> logs_;
};

template <bool kTwoPlayers, bool kGrows>
std::unique_ptr<Sampler> make_for_discount(Training& training) {
  if (training.discount.lazy()) {
    return std::make_unique<ExternalSampler<kTwoPlayers, kGrows, true>>(training);
  }
  return std::make_unique<ExternalSampler<kTwoPlayers, kGrows, false>>(training);
}

}  // namespace

std::unique_ptr<Sampler> make_external_sampler(Training& training) {
  const bool grows = training.tree.grows();
  if (training.tree.num_players() > 2) {
    return grows ? make_for_discount<false, true>(training)
                 : make_for_discount<false, false>(training);
  }
  return grows ? make_for_discount<true, true>(training) : make_for_discount<true, false>(training);
}

}  // namespace holdem
