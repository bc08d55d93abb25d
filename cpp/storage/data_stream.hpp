#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holdem {

// Payloads start, and files end, at a multiple of this many bytes: a page can be mapped in place
// and every transfer suits unbuffered input and output.
inline constexpr std::size_t kBlockBytes = 4096;

// The bytes of a data file: a protocol-5 pickle of dict, list, str, int, float, bool, None and
// bytearray, and of nothing that names code. Structure is encoded at once; payloads are only
// pointed at and must outlive the stream. `docs/CHECKPOINT_FORMAT.md` has the layout.
class DataStream {
 public:
  // Some encoded bytes and the payload that follows them (empty after the last one).
  struct Piece {
    std::string head;
    std::span<const std::byte> payload;
  };

  DataStream();

  // Containers: between the calls come a dict's keys and values in turn, or a list's items.
  void begin_dict();
  void end_dict();
  void begin_list();
  void end_list();

  void add_none();
  void add_bool(bool value);
  void add_float(double value);
  // `text` is UTF-8. Throws std::invalid_argument from 4 GiB on.
  void add_string(std::string_view text);
  // `digits` is the shortest little-endian two's complement form, empty for zero, at most 255
  // bytes (std::invalid_argument).
  void add_int(std::string_view digits);
  // Adds a bytearray that starts at a block boundary of the file.
  void add_payload(std::span<const std::byte> payload);

  // Pads to a whole number of blocks and ends the stream.
  void finish();

  std::uint64_t size() const { return size_; }
  const std::vector<Piece>& pieces() const { return pieces_; }

 private:
  void put(std::string_view bytes);
  void put_little_endian(std::uint64_t value, int num_bytes);
  void pad_before(std::size_t bytes_after_padding);

  std::vector<Piece> pieces_;
  std::uint64_t size_ = 0;
};

}  // namespace holdem
