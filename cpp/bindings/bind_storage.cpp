#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

#include "bindings/bindings.hpp"
#include "storage/bus_error.hpp"
#include "storage/data_file.hpp"
#include "storage/forked_writer.hpp"
#include "storage/transfer_queue.hpp"
#include "storage/xxh64.hpp"

namespace nb = nanobind;

namespace holdem {
namespace {

// Borrows the memory of a Python object that supports the buffer protocol, for as long as it lives.
class BorrowedBuffer {
 public:
  BorrowedBuffer(nb::handle object, int flags) {
    if (PyObject_GetBuffer(object.ptr(), &view_, flags) != 0) throw nb::python_error();
  }
  BorrowedBuffer(BorrowedBuffer&& other) noexcept : view_(other.view_) {
    other.view_.obj = nullptr;
  }
  BorrowedBuffer& operator=(BorrowedBuffer&&) = delete;
  ~BorrowedBuffer() { PyBuffer_Release(&view_); }

  std::span<std::byte> bytes() const {
    return {static_cast<std::byte*>(view_.buf), static_cast<std::size_t>(view_.len)};
  }

 private:
  Py_buffer view_{};
};

// A stream that keeps the arrays it points at.
struct BoundStream {
  BoundStream() = default;
  BoundStream(const BoundStream&) = delete;
  BoundStream& operator=(const BoundStream&) = delete;

  DataStream stream;
  std::vector<BorrowedBuffer> payloads;
};

// A name of a file as Python takes and gives it: bytes that need not be UTF-8.
using Path = std::filesystem::path;

[[noreturn]] void raise_os_error(int error, const std::string& message, const Path& path) {
  const nb::object name = nb::steal(PyUnicode_DecodeFSDefault(path.c_str()));
  const nb::tuple arguments = nb::make_tuple(error, message, name);
  PyErr_SetObject(PyExc_OSError, arguments.ptr());
  throw nb::python_error();
}

[[noreturn]] void raise_os_error(const FileResult& result, const Path& path) {
  raise_os_error(result.error, std::string(result.step) + ": " + std::strerror(result.error), path);
}

// Size and digest of a file.
using SizeAndHash = std::tuple<std::uint64_t, std::uint64_t>;

SizeAndHash write_bound_stream(const BoundStream& bound, const Path& temporary, const Path& path,
                               const Path& directory, const BounceBuffers& buffers) {
  FileResult result;
  {
    nb::gil_scoped_release release;
    const FilePlace place{temporary.c_str(), path.c_str(), directory.c_str()};
    result = write_data_file(bound.stream, place, buffers);
  }
  if (result.error != 0) raise_os_error(result, path);
  return {result.size, result.xxh64};
}

// A forked writer and the names to report its errors with.
struct BoundForkedWriter {
  std::vector<Path> paths;
  std::unique_ptr<ForkedWriter> writer;
};

BoundForkedWriter fork_to_write(
    const std::vector<std::tuple<const BoundStream*, Path, Path, Path>>& files,
    const BounceBuffers& buffers) {
  BoundForkedWriter bound;
  std::vector<ForkedWriter::File> wanted;
  for (const auto& [stream, temporary, path, directory] : files) {
    bound.paths.push_back(path);
    wanted.push_back({&stream->stream, {temporary.c_str(), path.c_str(), directory.c_str()}});
  }
  try {
    bound.writer = std::make_unique<ForkedWriter>(wanted, buffers);
  } catch (const std::system_error& error) {
    raise_os_error(error.code().value(), error.what(), {});
  }
  return bound;
}

std::vector<SizeAndHash> wait_for_writer(BoundForkedWriter& bound) {
  ForkedWriter::Report report;
  {
    nb::gil_scoped_release release;
    report = bound.writer->wait();
  }
  if (!report.arrived) {
    const std::string how = "signal " + std::to_string(bound.writer->killed_by());
    raise_os_error(ECHILD, "the process that wrote it ended before it was done (" + how + ")",
                   bound.paths.front());
  }
  std::vector<SizeAndHash> written;
  for (std::size_t k = 0; k < bound.paths.size(); ++k) {
    const FileResult& file = report.files[k];
    if (file.error != 0) raise_os_error(file, bound.paths[k]);
    written.emplace_back(file.size, file.xxh64);
  }
  return written;
}

SizeAndHash read_range(int fd, std::uint64_t begin, std::uint64_t end,
                       const std::vector<std::pair<std::uint64_t, nb::object>>& targets,
                       const Path& path) {
  if (begin % kBlockBytes != 0 || begin > end) {
    throw std::invalid_argument("a range must begin at a block boundary and not after its end");
  }
  std::vector<BorrowedBuffer> borrowed;
  std::vector<ReadTarget> wanted;
  for (const auto& [offset, object] : targets) {
    if (!wanted.empty() && offset < wanted.back().offset + wanted.back().memory.size()) {
      throw std::invalid_argument("read targets must be in file order and disjoint");
    }
    if (offset % kBlockBytes != 0 || offset < begin) {
      throw std::invalid_argument("a read target must begin at a block boundary of the range");
    }
    borrowed.emplace_back(object, PyBUF_WRITABLE);
    wanted.push_back({offset, borrowed.back().bytes()});
    if (offset + wanted.back().memory.size() > end) {
      throw std::invalid_argument("a read target must end inside the range");
    }
  }
  const BounceBuffers buffers;
  FileResult result;
  {
    nb::gil_scoped_release release;
    result = read_file_range(fd, begin, end, wanted, buffers);
  }
  if (result.error != 0) raise_os_error(result, path);
  return {result.size, result.xxh64};
}

std::uint64_t read_at(int fd, std::uint64_t offset, nb::object target, const Path& path) {
  const BorrowedBuffer borrowed(target, PyBUF_WRITABLE);
  ssize_t moved = 0;
  {
    nb::gil_scoped_release release;
    request_direct_transfers(fd);
    moved = transfer_now(
        {.kind = Transfer::Kind::kRead, .fd = fd, .memory = borrowed.bytes(), .offset = offset});
  }
  if (moved < 0) raise_os_error({.error = static_cast<int>(-moved), .step = "read"}, path);
  return static_cast<std::uint64_t>(moved);
}

void bind_forked_writer(nb::module_& module) {
  nb::class_<BoundForkedWriter>(module, "ForkedWriter",
                                "A child process that writes data files as they were at its start.")
      .def_prop_ro("pid", [](const BoundForkedWriter& self) { return self.writer->pid(); })
      .def_prop_ro(
          "is_done", [](const BoundForkedWriter& self) { return self.writer->is_done(); },
          "Whether wait() would return at once.")
      .def("wait", &wait_for_writer,
           "Waits for the child. Returns [(size_bytes, xxh64)] or raises the OSError it met.")
      .def_prop_ro(
          "copied_bytes", [](BoundForkedWriter& self) { return self.writer->wait().copied_bytes; },
          "Memory that existed twice because of the child; waits for its end.");
  module.def("fork_to_write", &fork_to_write, nb::arg("files"), nb::arg("buffers"),
             "Forks a writer of [(stream, temporary, path, directory)]. Linux only: OSError.");
}

void bind_stream(nb::module_& module) {
  nb::class_<BoundStream>(module, "DataStream",
                          "Encodes builtins and arrays as the bytes of a data file.")
      .def(nb::init<>())
      .def("begin_dict", [](BoundStream& self) { self.stream.begin_dict(); })
      .def("end_dict", [](BoundStream& self) { self.stream.end_dict(); })
      .def("begin_list", [](BoundStream& self) { self.stream.begin_list(); })
      .def("end_list", [](BoundStream& self) { self.stream.end_list(); })
      .def("add_none", [](BoundStream& self) { self.stream.add_none(); })
      .def("add_bool", [](BoundStream& self, bool value) { self.stream.add_bool(value); })
      .def("add_float", [](BoundStream& self, double value) { self.stream.add_float(value); })
      .def("add_string", [](BoundStream& self, std::string_view s) { self.stream.add_string(s); })
      .def(
          "add_int",
          [](BoundStream& self, nb::bytes digits) {
            self.stream.add_int({digits.c_str(), digits.size()});
          },
          "Adds an int given as its shortest little-endian two's complement bytes.")
      .def(
          "add_payload",
          [](BoundStream& self, nb::object buffer) {
            self.payloads.emplace_back(buffer, PyBUF_SIMPLE);
            self.stream.add_payload(self.payloads.back().bytes());
          },
          "Adds the memory of a C-contiguous buffer, which is kept and not copied.")
      .def("finish", [](BoundStream& self) { self.stream.finish(); })
      .def_prop_ro("size_bytes", [](const BoundStream& self) { return self.stream.size(); })
      .def("write", &write_bound_stream, nb::arg("temporary"), nb::arg("path"),
           nb::arg("directory"), nb::arg("buffers"),
           "Writes the finished stream durably and atomically. Returns (size_bytes, xxh64).");
}

}  // namespace

void bind_storage(nb::module_& module) {
  nb::class_<BounceBuffers>(module, "BounceBuffers", "Transfer buffers of a file writer.")
      .def(nb::init<>());
  nb::class_<Xxh64>(module, "Xxh64", "Streaming XXH64 checksum.")
      .def(nb::init<std::uint64_t>(), nb::arg("seed") = 0)
      .def("update",
           [](Xxh64& self, nb::object buffer) {
             const BorrowedBuffer borrowed(buffer, PyBUF_SIMPLE);
             nb::gil_scoped_release release;
             self.update(borrowed.bytes().data(), borrowed.bytes().size());
           })
      .def("digest", &Xxh64::digest);
  bind_stream(module);
  bind_forked_writer(module);
  module.def("explain_bus_errors", &explain_bus_errors, nb::arg("line"),
             "Writes a line to standard error before a bus error ends the process.");
  module.def("read_range", &read_range, nb::arg("fd"), nb::arg("begin"), nb::arg("end"),
             nb::arg("targets"), nb::arg("path"),
             "Reads [begin, end) of an open file in one pass, storing the parts that targets, "
             "[(offset, writable buffer)], ask for. Returns (bytes read, their XXH64).");
  module.def("read_at", &read_at, nb::arg("fd"), nb::arg("offset"), nb::arg("target"),
             nb::arg("path"),
             "Fills a writable buffer from an offset of an open file and returns the bytes read, "
             "fewer at its end. Past the page cache where offset, buffer and its size are of whole "
             "blocks.");
}

}  // namespace holdem
