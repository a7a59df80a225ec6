// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>

#include "core/suite.hpp"
#include "core/transport.hpp"
#include "quoit/options.hpp"

namespace bench {

// What the hardware and the kernel allow.

/// A cache line that holds the number of the newest message, and nothing else.
std::unique_ptr<transport> make_line(way const& w);
/// The same, asleep on a futex.
std::unique_ptr<transport> make_futex(way const& w);
/// Fixed slots of 64 bytes, cursors on lines of their own, each side caching the other's.
std::unique_ptr<transport> make_ideal_ring(way const& w);
/// Bytes in a ring that is mapped twice: no prefix, no descriptors, nobody to be told. Streams whatever it is given.
std::unique_ptr<transport> make_bare_ring(way const& w);

// Quoit.

struct quoit_rules {
  quoit::barrier barrier = quoit::barrier::asymmetric;
  std::uint32_t publishers = 1;
  std::size_t batch = 1;     ///< Messages a commit.
  bool by_poll = false;      ///< poll(fn) instead of receive().
  bool by_event_fd = false;  ///< Asleep in epoll.
};
std::unique_ptr<transport> make_quoit(way const& w, quoit_rules const& rules);
std::unique_ptr<transport> make_quoit_stream(way const& w, quoit::barrier b);

// The others. None of them loses anything.

std::unique_ptr<transport> make_pipe(way const& w);
std::unique_ptr<transport> make_vmsplice(way const& w);
std::unique_ptr<transport> make_unix_stream(way const& w);
std::unique_ptr<transport> make_unix_seqpacket(way const& w);
std::unique_ptr<transport> make_posix_queue(way const& w);
std::unique_ptr<transport> make_boost_queue(way const& w);
std::unique_ptr<transport> make_zeromq(way const& w);
std::unique_ptr<transport> make_nng(way const& w);
std::unique_ptr<transport> make_iceoryx(way const& w);

/// Those that were found when this was built, and run here.
subjects peers(settings const& s);

}  // namespace bench
