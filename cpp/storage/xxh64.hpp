#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace holdem {

// Streaming XXH64: a fast 64-bit checksum against damage (it is no defence against forgery).
// Source: xxHash specification 0.1.1, section "XXH64" (Collet 2012). Little-endian hosts only.
class Xxh64 {
 public:
  explicit Xxh64(std::uint64_t seed = 0);

  // Appends `size` bytes. Neither throws nor allocates: a forked child may call it.
  void update(const void* data, std::size_t size) noexcept;

  // The digest of everything appended so far; the stream may go on afterwards.
  std::uint64_t digest() const noexcept;

 private:
  static constexpr std::size_t kStripe = 32;  // four lanes of eight bytes

  std::array<std::uint64_t, 4> lanes_;
  std::uint64_t seed_;
  std::uint64_t total_bytes_ = 0;
  std::array<unsigned char, kStripe> tail_{};
  std::size_t tail_bytes_ = 0;
};

}  // namespace holdem
