// SPDX-License-Identifier: BSL-1.0
#include "sample_reader.hpp"

#include <cstring>

namespace example {

sample_reader::sample_reader(std::span<std::byte const> bytes) noexcept {
  if (bytes.size() >= sizeof header_) std::memcpy(&header_, bytes.data(), sizeof header_);
  damaged_ = header_.magic != sample_header::right_magic;
  if (damaged_) return;
  rest_ = bytes.subspan(sizeof header_);
  left_ = header_.processes;
}

bool sample_reader::next() noexcept {
  if (damaged_ || left_ == 0) return false;
  damaged_ = true;
  if (rest_.size() < sizeof process_) return false;
  std::memcpy(&process_, rest_.data(), sizeof process_);
  if (process_.name_size > max_name_size) return false;
  if (process_.size != record_size(process_.name_size) || process_.size > rest_.size()) return false;
  damaged_ = false;

  name_ = {reinterpret_cast<char const*>(rest_.data()) + sizeof process_, process_.name_size};
  rest_ = rest_.subspan(process_.size);
  --left_;
  return true;
}

}  // namespace example
