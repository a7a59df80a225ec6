// SPDX-License-Identifier: BSL-1.0
#include "peers/peers.hpp"

namespace bench {

namespace {

constexpr std::size_t any = std::size_t{1} << 40U;

}  // namespace

subjects peers(settings const& s) {
  if (!s.has_peers) return {};
  subjects list{
      {"Boost message_queue", make_boost_queue, 8, any},
      {"pipe", make_pipe, 8, any},
      {"pipe, vmsplice", make_vmsplice, 4096, any},
      {"Unix stream", make_unix_stream, 8, any},
      {"Unix seqpacket", make_unix_seqpacket, 8, 1U << 18U},
      {"POSIX mq", make_posix_queue, 8, 8192},  // the longest without privilege,
  };
#ifdef QUOIT_BENCH_ZEROMQ
  list.push_back({"ZeroMQ ipc", make_zeromq, 8, any});
#endif
#ifdef QUOIT_BENCH_NNG
  list.push_back({"nng ipc", make_nng, 8, any});
#endif
#ifdef QUOIT_BENCH_ICEORYX
  if (s.has_roudi) list.push_back({"iceoryx", make_iceoryx, 8, 8U << 20U});
#endif
  for (auto& p : list) p.is_peer = true;
  return list;
}

}  // namespace bench
