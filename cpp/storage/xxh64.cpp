#include "storage/xxh64.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace holdem {
namespace {

static_assert(std::endian::native == std::endian::little,
              "stored bytes are little-endian and are read in place");

constexpr std::uint64_t kPrime1 = 0x9E3779B185EBCA87ULL;
constexpr std::uint64_t kPrime2 = 0xC2B2AE3D27D4EB4FULL;
constexpr std::uint64_t kPrime3 = 0x165667B19E3779F9ULL;
constexpr std::uint64_t kPrime4 = 0x85EBCA77C2B2AE63ULL;
constexpr std::uint64_t kPrime5 = 0x27D4EB2F165667C5ULL;

std::uint64_t load64(const unsigned char* bytes) {
  std::uint64_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

std::uint32_t load32(const unsigned char* bytes) {
  std::uint32_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

std::uint64_t mix_lane(std::uint64_t lane, std::uint64_t input) {
  return std::rotl(lane + input * kPrime2, 31) * kPrime1;
}

std::uint64_t merge_lane(std::uint64_t hash, std::uint64_t lane) {
  return (hash ^ mix_lane(0, lane)) * kPrime1 + kPrime4;
}

std::uint64_t mix_tail(std::uint64_t hash, const unsigned char* bytes, std::size_t size) {
  for (; size >= 8; bytes += 8, size -= 8) {
    hash = std::rotl(hash ^ mix_lane(0, load64(bytes)), 27) * kPrime1 + kPrime4;
  }
  if (size >= 4) {
    hash = std::rotl(hash ^ (load32(bytes) * kPrime1), 23) * kPrime2 + kPrime3;
    bytes += 4;
    size -= 4;
  }
  for (; size > 0; ++bytes, --size) hash = std::rotl(hash ^ (*bytes * kPrime5), 11) * kPrime1;
  return hash;
}

std::uint64_t avalanche(std::uint64_t hash) {
  hash = (hash ^ (hash >> 33)) * kPrime2;
  hash = (hash ^ (hash >> 29)) * kPrime3;
  return hash ^ (hash >> 32);
}

}  // namespace

Xxh64::Xxh64(std::uint64_t seed)
    : lanes_{seed + kPrime1 + kPrime2, seed + kPrime2, seed, seed - kPrime1}, seed_(seed) {}

void Xxh64::update(const void* data, std::size_t size) noexcept {
  const auto* bytes = static_cast<const unsigned char*>(data);
  total_bytes_ += size;
  if (tail_bytes_ > 0) {
    const std::size_t taken = std::min(size, kStripe - tail_bytes_);
    std::memcpy(tail_.data() + tail_bytes_, bytes, taken);
    tail_bytes_ += taken;
    bytes += taken;
    size -= taken;
    if (tail_bytes_ < kStripe) return;
    for (std::size_t k = 0; k < 4; ++k) lanes_[k] = mix_lane(lanes_[k], load64(&tail_[8 * k]));
    tail_bytes_ = 0;
  }
  // The lanes live in registers for the length of the loop.
  auto [a, b, c, d] = lanes_;
  for (; size >= kStripe; bytes += kStripe, size -= kStripe) {
    a = mix_lane(a, load64(bytes));
    b = mix_lane(b, load64(bytes + 8));
    c = mix_lane(c, load64(bytes + 16));
    d = mix_lane(d, load64(bytes + 24));
  }
  lanes_ = {a, b, c, d};
  if (size > 0) std::memcpy(tail_.data(), bytes, size);
  tail_bytes_ = size;
}

std::uint64_t Xxh64::digest() const noexcept {
  std::uint64_t hash = seed_ + kPrime5;
  if (total_bytes_ >= kStripe) {
    const auto& [a, b, c, d] = lanes_;
    hash = std::rotl(a, 1) + std::rotl(b, 7) + std::rotl(c, 12) + std::rotl(d, 18);
    for (const std::uint64_t lane : lanes_) hash = merge_lane(hash, lane);
  }
  return avalanche(mix_tail(hash + total_bytes_, tail_.data(), tail_bytes_));
}

}  // namespace holdem
