#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <span>
#include <vector>

namespace holdem {

// A numpy array with a copy of `values`: what they belong to may move or end.
template <class T>
nanobind::ndarray<nanobind::numpy, T, nanobind::ndim<1>> copied(std::span<const T> values) {
  auto* copy = new std::vector<T>(values.begin(), values.end());
  nanobind::capsule owner(copy, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
  return {copy->data(), {copy->size()}, owner};
}

// The nodes of a tree as bytes, 32 a node (tree/betting_tree.hpp), a copy.
template <class Tree>
nanobind::ndarray<nanobind::numpy, std::uint8_t, nanobind::ndim<1>> node_bytes(const Tree& tree) {
  const auto nodes = tree.nodes();
  return copied(std::span(reinterpret_cast<const std::uint8_t*>(nodes.data()), nodes.size_bytes()));
}

}  // namespace holdem
