// SPDX-License-Identifier: BSL-1.0
#include "core/counter.hpp"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace bench {

instruction_counter::instruction_counter() noexcept {
  perf_event_attr what{};
  what.type = PERF_TYPE_HARDWARE;
  what.size = sizeof what;
  what.config = PERF_COUNT_HW_INSTRUCTIONS;
  what.exclude_kernel = 1;
  what.exclude_hv = 1;
  fd_ = static_cast<int>(::syscall(SYS_perf_event_open, &what, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

instruction_counter::~instruction_counter() {
  if (fd_ >= 0) ::close(fd_);
}

std::optional<std::uint64_t> instruction_counter::read() const noexcept {
  std::uint64_t count = 0;
  if (fd_ < 0 || ::read(fd_, &count, sizeof count) != sizeof count) return {};
  return count;
}

}  // namespace bench
