// SPDX-License-Identifier: BSL-1.0
#include "wait/descriptor_wait.hpp"

namespace quoit::wait {

namespace {

constexpr std::int64_t slice_ns = 100'000'000;

}  // namespace

status await_descriptor(sys::fd_port& port, waiter& w, sys::deadline const& limit) noexcept {
  for (;;) {
    if (w.take_interrupt()) return status::interrupted;
    if (!port.blocks() || port.wait_ready(limit.left(slice_ns))) return status::ok;
    if (limit.is_over()) return status::timeout;
  }
}

}  // namespace quoit::wait
