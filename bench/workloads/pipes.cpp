// SPDX-License-Identifier: BSL-1.0
#include "workloads/pipes.hpp"

#include <unistd.h>

#include "quoit/quoit.hpp"

namespace bench {

namespace {

constexpr std::uint64_t capacity = 1U << 20U;
constexpr std::size_t piece = 256U << 10U;  // so that both sides are at work at once

}  // namespace

int stream_out(std::string const& name) {
  auto const ch = quoit::channel::create(name, {.capacity = capacity, .kind = quoit::stream});
  auto writer = ch.stream_writer();
  if (writer.wait_for_readers(1) != quoit::status::ok) return 1;
  for (;;) {
    auto const t = writer.read_from(STDIN_FILENO, piece);
    if (t.status == quoit::status::end_of_file) return 0;
    if (!t) return 1;
  }
}

int stream_in(std::string const& name) {
  auto const ch = quoit::channel::open(name, quoit::wait_for{});
  auto reader = ch.stream_reader({.start = quoit::oldest});
  for (;;) {
    auto const t = reader.write_to(STDOUT_FILENO, piece);
    if (t.status == quoit::status::closed) return 0;
    if (!t) return 1;
  }
}

}  // namespace bench
