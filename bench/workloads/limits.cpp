// SPDX-License-Identifier: BSL-1.0
#include <cstring>
#include <vector>

#include "core/clock.hpp"
#include "core/stage.hpp"
#include "core/units.hpp"
#include "workloads/workloads.hpp"

namespace bench {

namespace {

figures copy_memory(std::size_t size, double seconds) {
  shared_stage shared(1);
  run_processes(shared, {[&](stage& st) {
                  std::vector<char> from(size, 'a'), to(size);
                  std::int64_t count = 0;
                  auto const begun = now();
                  auto const end = begun + static_cast<std::int64_t>(seconds * 1e9);
                  for (; now() < end; ++count) {
                    std::memcpy(to.data(), from.data(), size);
                    asm volatile("" : : "r"(to.data()) : "memory");
                  }
                  st.value(0) = count;
                  st.value(1) = now() - begun;
                }},
                placement::pinned);
  auto const count = static_cast<double>(shared->value(0).load());
  return {{"bytes", "GB/s", count * static_cast<double>(size) / static_cast<double>(shared->value(1).load())}};
}

}  // namespace

void add_limits(suite& s) {
  for (std::size_t const size :
       {std::size_t{4096}, std::size_t{256} << 10U, std::size_t{1} << 20U, std::size_t{64} << 20U}) {
    s.add({"0 limits", bytes(size), "memcpy", [size, &s] { return copy_memory(size, s.chosen().seconds / 2); }});
  }
  s.add({"0 limits", "one look", "clock_gettime", [] {
           auto const begun = ticks();
           for (int i = 0; i < 1000; ++i) now();
           return figures{{"time", "ns", static_cast<double>(ticks() - begun) * tick_length() / 1000}};
         }});
  s.add({"0 limits", "one look", "time stamp counter", [] {
           auto const begun = ticks();
           for (int i = 0; i < 1000; ++i) ticks();
           return figures{{"time", "ns", static_cast<double>(ticks() - begun) * tick_length() / 1000}};
         }});
}

}  // namespace bench
