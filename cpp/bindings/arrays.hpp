#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace holdem {

// A numpy array with a copy of `values`: what they belong to may move or end.
template <class T>
nanobind::ndarray<nanobind::numpy, T, nanobind::ndim<1>> copied(std::span<const T> values) {
  auto* copy = new std::vector<T>(values.begin(), values.end());
  nanobind::capsule owner(copy, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
  return {copy->data(), {copy->size()}, owner};
}

// Bytes of an id in an array of bucket ids. Throws std::invalid_argument for another dtype.
template <class Array>
int id_bytes(const Array& ids) {
  const nanobind::dlpack::dtype type = ids.dtype();
  const bool is_id = type == nanobind::dtype<std::uint8_t>() ||
                     type == nanobind::dtype<std::uint16_t>() ||
                     type == nanobind::dtype<std::uint32_t>();
  if (!is_id) throw std::invalid_argument("ids: the dtype must be uint8, uint16 or uint32");
  return type.bits / 8;
}

// The nodes of a tree as bytes, 32 a node (tree/betting_tree.hpp), a copy.
template <class Tree>
nanobind::ndarray<nanobind::numpy, std::uint8_t, nanobind::ndim<1>> node_bytes(const Tree& tree) {
  const auto nodes = tree.nodes();
  return copied(std::span(reinterpret_cast<const std::uint8_t*>(nodes.data()), nodes.size_bytes()));
}

}  // namespace holdem
