// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <sys/socket.h>

#include "core/clock.hpp"
#include "core/payload.hpp"
#include "core/stage.hpp"
#include "peers/byte_ends.hpp"
#include "quoit/quoit.hpp"
#include "workloads/measure.hpp"
#include "workloads/workloads.hpp"

namespace bench {

namespace {

constexpr char const* workload = "8 log lines";
constexpr std::size_t capacity = 1U << 20U;

std::vector<std::string> const& lines() {
  static std::vector<std::string> const list = [] {
    std::vector<std::string> found;
    for (auto const* file : {"/var/log/dpkg.log", "/var/log/dpkg.log.1", "/var/log/alternatives.log"}) {
      std::ifstream in(file);
      for (std::string line; found.size() < 20'000 && std::getline(in, line);) found.push_back(line + "\n");
    }
    if (found.empty()) found.emplace_back("no log of dpkg is here, so each line is this one\n");
    return found;
  }();
  return list;
}

/// What came: every byte is looked at, and the sum of all must be the same at both ends.
struct check_sum {
  std::uint64_t bytes = 0;
  std::uint64_t sum = 0;
  void add(void const* at, std::size_t size) noexcept {
    auto const* const b = static_cast<unsigned char const*>(at);
    std::uint64_t s = 0;
    for (std::size_t i = 0; i < size; ++i) s += b[i];
    sum += s;
    bytes += size;
  }
};

/// Sends `count` lines, and receives `bytes` bytes of them.
struct shipper {
  std::function<void(std::uint64_t count, stage&)> send;
  std::function<void(std::uint64_t bytes, check_sum&, stage&)> receive;
};

shipper by_quoit(std::size_t batch) {
  auto const name = fresh_name();
  return {[=](std::uint64_t count, stage& st) {
            auto const ch = quoit::channel::create(name, {.capacity = capacity});
            auto pub = ch.publisher();
            st.meet();
            auto const& all = lines();
            for (std::uint64_t i = 0; i < count;) {
              if (batch == 1) {
                require(bool(pub.publish(std::as_bytes(std::span(all[i++ % all.size()])))), "no room in the ring");
                continue;
              }
              auto run = pub.reserve_batch(batch, 256 * batch);
              require(bool(run), "no room in the ring");
              for (std::size_t k = 0; k < batch && i < count; ++k) {
                if (run.add(std::as_bytes(std::span(all[i % all.size()]))) != quoit::status::ok) break;
                ++i;
              }
              run.commit();
            }
            st.meet();
          },
          [=](std::uint64_t bytes, check_sum& found, stage& st) {
            auto const ch = quoit::channel::open(name, quoit::wait_for{});
            auto sub = ch.subscriber({.start = quoit::oldest});
            st.meet();
            auto const take = [&](quoit::message const& m) { found.add(m.bytes().data(), m.bytes().size()); };
            while (found.bytes < bytes) {
              if (sub.poll(take).count == 0) take(sub.receive());
            }
            st.meet();
          }};
}

/// A write for each line; reads of whatever is there, or of one packet.
shipper by_descriptors(int out, int in) {
  return {[=](std::uint64_t count, stage& st) {
            st.meet();
            auto const& all = lines();
            for (std::uint64_t i = 0; i < count; ++i) {
              auto const& line = all[i % all.size()];
              for (std::size_t done = 0; done < line.size();) {
                done += moved([&] { return ::write(out, line.data() + done, line.size() - done); });
              }
            }
            st.meet();
          },
          [=](std::uint64_t bytes, check_sum& found, stage& st) {
            std::vector<char> buffer(65536);
            st.meet();
            while (found.bytes < bytes) {
              found.add(buffer.data(), moved([&] { return ::read(in, buffer.data(), buffer.size()); }));
            }
            st.meet();
          }};
}

figures measure_shipping(shipper const& how, std::uint64_t count) {
  check_sum expected;
  for (std::uint64_t i = 0; i < count; ++i) {
    auto const& line = lines()[i % lines().size()];
    expected.add(line.data(), line.size());
  }
  shared_stage shared(2);
  enum value { begun, ended, cpu };
  run_processes(shared,
                {[&](stage& st) {
                   auto const spent = cpu_time();
                   st.value(begun) = now();
                   how.send(count, st);
                   st.value(cpu) = cpu_time() - spent;
                 },
                 [&](stage& st) {
                   check_sum found;
                   how.receive(expected.bytes, found, st);
                   st.value(ended) = now();
                   require(found.sum == expected.sum && found.bytes == expected.bytes, "lines were lost or damaged");
                 }},
                placement::pinned);
  auto const ns = static_cast<double>(shared->value(ended).load() - shared->value(begun).load());
  return {{"lines", "M/s", static_cast<double>(count) / ns * 1e3},
          {"shipper's CPU", "ns/line", static_cast<double>(shared->value(cpu).load()) / static_cast<double>(count)}};
}

figures by_pipe(std::uint64_t count) {
  int ends[2];
  require(::pipe2(ends, O_CLOEXEC) == 0, "pipe2");
  descriptor_pair closer;
  closer.in = ends[0];
  closer.out = ends[1];
  ::fcntl(ends[1], F_SETPIPE_SZ, static_cast<int>(capacity));
  return measure_shipping(by_descriptors(ends[1], ends[0]), count);
}

figures by_socket(int type, std::uint64_t count) {
  descriptor_pair closer;
  int ends[2];
  require(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) == 0, "socketpair");
  closer.out = ends[0];
  closer.in = ends[1];
  int const wanted = static_cast<int>(capacity);
  ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &wanted, sizeof wanted);
  return measure_shipping(by_descriptors(ends[0], ends[1]), count);
}

}  // namespace

void add_log(suite& s) {
  std::uint64_t const count = s.is_quick() ? 50'000 : 1'000'000;
  auto const add = [&](std::string const& subject, std::function<figures()> run) {
    s.add({workload, "lines of dpkg's log", subject, std::move(run)});
  };
  add("quoit", [=] { return measure_shipping(by_quoit(1), count); });
  add("quoit, batches of 32", [=] { return measure_shipping(by_quoit(32), count); });
  add("pipe", [=] { return by_pipe(count); });
  add("Unix stream", [=] { return by_socket(SOCK_STREAM, count); });
  add("Unix seqpacket", [=] { return by_socket(SOCK_SEQPACKET, count); });
}

}  // namespace bench
