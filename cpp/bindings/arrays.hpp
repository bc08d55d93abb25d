#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace holdem {

// A numpy array with the memory of `values`, of a shape that has as many.
template <class T, std::size_t N>
nanobind::ndarray<nanobind::numpy, T, nanobind::ndim<N>> give(std::vector<T> values,
                                                              const std::size_t (&shape)[N]) {
  auto* const owned = new std::vector<T>(std::move(values));
  const nanobind::capsule owner(owned,
                                [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
  return {owned->data(), N, shape, owner};
}

template <class T>
nanobind::ndarray<nanobind::numpy, T, nanobind::ndim<1>> give(std::vector<T> values) {
  const std::size_t size = values.size();
  return give(std::move(values), {size});
}

// A numpy array with a copy of `values`: what they belong to may move or end.
template <class T>
nanobind::ndarray<nanobind::numpy, T, nanobind::ndim<1>> copied(std::span<const T> values) {
  return give(std::vector<T>(values.begin(), values.end()));
}

// The nodes of a tree as bytes, 32 a node (tree/betting_tree.hpp), a copy.
template <class Tree>
nanobind::ndarray<nanobind::numpy, std::uint8_t, nanobind::ndim<1>> node_bytes(const Tree& tree) {
  const auto nodes = tree.nodes();
  return copied(std::span(reinterpret_cast<const std::uint8_t*>(nodes.data()), nodes.size_bytes()));
}

}  // namespace holdem
