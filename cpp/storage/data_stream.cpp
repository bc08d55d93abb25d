#include "storage/data_stream.hpp"

#include <bit>
#include <stdexcept>

namespace holdem {
namespace {

// Opcodes of the pickle protocol (Python standard library, module `pickletools`).
constexpr std::string_view kProtocol5 = "\x80\x05";
constexpr std::string_view kEmptyDict = "}";
constexpr std::string_view kEmptyList = "]";
constexpr std::string_view kMark = "(";
constexpr std::string_view kSetItems = "u";
constexpr std::string_view kAppends = "e";
constexpr std::string_view kNone = "N";
constexpr std::string_view kTrue = "\x88";
constexpr std::string_view kFalse = "\x89";
constexpr std::string_view kFloat = "G";
constexpr std::string_view kString = "X";
constexpr std::string_view kInt = "\x8a";
constexpr std::string_view kBytes = "B";
constexpr std::string_view kPop = "0";
constexpr std::string_view kByteArray = "\x96";
constexpr std::string_view kStop = ".";

constexpr std::size_t kBytesHeader = 1 + 4;      // opcode and 32-bit length
constexpr std::size_t kByteArrayHeader = 1 + 8;  // opcode and 64-bit length

}  // namespace

DataStream::DataStream() : pieces_(1) { put(kProtocol5); }

void DataStream::begin_dict() {
  put(kEmptyDict);
  put(kMark);
}

void DataStream::end_dict() { put(kSetItems); }

void DataStream::begin_list() {
  put(kEmptyList);
  put(kMark);
}

void DataStream::end_list() { put(kAppends); }

void DataStream::add_none() { put(kNone); }

void DataStream::add_bool(bool value) { put(value ? kTrue : kFalse); }

void DataStream::add_float(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  put(kFloat);
  for (int shift = 56; shift >= 0; shift -= 8) {  // the one big-endian number of the format
    const char byte = static_cast<char>(bits >> shift);
    put({&byte, 1});
  }
}

void DataStream::add_string(std::string_view text) {
  if (text.size() > 0xFFFFFFFFu) throw std::invalid_argument("a string must be below 4 GiB");
  put(kString);
  put_little_endian(text.size(), 4);
  put(text);
}

void DataStream::add_int(std::string_view digits) {
  if (digits.size() > 255) throw std::invalid_argument("an int must fit 255 bytes");
  put(kInt);
  put_little_endian(digits.size(), 1);
  put(digits);
}

void DataStream::add_payload(std::span<const std::byte> payload) {
  pad_before(kByteArrayHeader);
  put(kByteArray);
  put_little_endian(payload.size(), 8);
  pieces_.back().payload = payload;
  size_ += payload.size();
  pieces_.emplace_back();
}

void DataStream::finish() {
  pad_before(kStop.size());
  put(kStop);
}

void DataStream::put(std::string_view bytes) {
  pieces_.back().head.append(bytes);
  size_ += bytes.size();
}

void DataStream::put_little_endian(std::uint64_t value, int num_bytes) {
  for (int k = 0; k < num_bytes; ++k) {
    const char byte = static_cast<char>(value >> (8 * k));
    put({&byte, 1});
  }
}

// Puts a run of zero bytes on the reader's stack and takes it off again, so that after
// `bytes_after_padding` more bytes the stream stands at a block boundary.
void DataStream::pad_before(std::size_t bytes_after_padding) {
  const std::uint64_t end = size_ + kBytesHeader + kPop.size() + bytes_after_padding;
  const std::size_t padding = (kBlockBytes - end % kBlockBytes) % kBlockBytes;
  put(kBytes);
  put_little_endian(padding, 4);
  put(std::string(padding, '\0'));
  put(kPop);
}

}  // namespace holdem
