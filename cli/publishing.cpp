// SPDX-License-Identifier: BSL-1.0
#include "publishing.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>
#include <stdexcept>
#include <system_error>

#include <unistd.h>

#include <fmt/format.h>

#include "human.hpp"
#include "progress.hpp"

namespace cli {

namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t piece = std::size_t{64} << 20U;  // so often there is a look at the progress
constexpr std::uint64_t pieces_a_second = 20;

enum class when_full { wait, drop, fail };

struct policy {
  when_full full = when_full::wait;
  quoit::publisher_options role;
  std::chrono::nanoseconds timeout = quoit::forever;
};

policy policy_of(pub_options const& o) {
  policy p;
  p.role.label = o.label;
  if (!o.timeout.empty()) p.timeout = parse_time(o.timeout);
  if (o.full == "drop") {
    p.full = when_full::drop;
  } else if (o.full == "fail") {
    p.full = when_full::fail;
  } else if (o.full.starts_with("evict=")) {
    p.role.patience = parse_time(o.full.substr(6));
  } else if (o.full != "wait") {
    throw std::invalid_argument("unknown --full " + o.full + ", expected wait, drop, fail or evict=TIME");
  }
  return p;
}

/// What is not done must be told; the code that it means.
exit_code end_with(quoit::status s, std::string const& name) {
  if (s == quoit::status::interrupted) return exit_code::interrupted;
  auto const why = s == quoit::status::full      ? "the ring is full behind a reliable subscriber"
                   : s == quoit::status::timeout ? "no room in time: a reliable subscriber is behind"
                   : s == quoit::status::retired ? "the channel was removed or replaced under its name"
                   : s == quoit::status::too_big ? "the message is longer than the ring"
                                                 : quoit::to_string(s);
  fmt::print(stderr, "quoit: cannot publish to '{}': {}\ntry: quoit info {}\n", name, why, name);
  return code_of(s);
}

template <class Wait>
bool wait_for_readers(Wait const& wait, std::size_t count, exit_code& code, std::string const& name) {
  if (count == 0) return true;
  auto const s = wait(count);
  if (s != quoit::status::ok) code = end_with(s, name);
  return s == quoit::status::ok;
}

/// Points of time at equal distances.
class pace {
 public:
  explicit pace(double a_second)
      : step_(a_second > 0 ? std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 / a_second)) : 0ns) {}
  void keep(interrupts const& signals) {
    if (step_ == 0ns) return;
    auto const now = clock::now();
    if (next_ > now) signals.sleep(next_ - now);
    next_ = std::max(next_ + step_, now - 100 * step_);  // what was missed is made up for, but not without end
  }

 private:
  std::chrono::nanoseconds step_;
  clock::time_point next_ = clock::now();
};

}  // namespace

exit_code publish_messages(quoit::channel const& ch, int fd, pub_options const& o, interrupts& signals) {
  auto const p = policy_of(o);
  auto publisher = ch.publisher(p.role);
  interrupt_guard const guard(publisher);
  auto code = exit_code::ok;
  if (!wait_for_readers([&](std::size_t n) { return publisher.wait_for_subscribers(n); }, o.wait_for.value_or(0), code,
                        o.name))
    return code;
  frame_reader input(fd, framing::parse(o.frame.empty() ? "lines" : o.frame), publisher.max_payload(), signals);
  pace pace(o.rate.empty() ? 0 : parse_rate(o.rate));
  progress line;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t dropped = 0;
  auto const wanted = o.count.value_or(std::numeric_limits<std::uint64_t>::max());
  for (std::uint64_t round = 0; messages + dropped < wanted;) {
    auto const frame = input.next();
    if (signals.stopped()) return exit_code::interrupted;
    if (!frame) {
      if (++round == o.repeat) break;
      input.rewind();
      continue;
    }
    pace.keep(signals);
    if (ch.retired()) {
      line.clear();
      return end_with(quoit::status::retired, o.name);
    }
    auto const timeout = p.full == when_full::fail ? 0ns : p.timeout;
    auto const done =
        p.full == when_full::drop ? publisher.offer(*frame, o.tag) : publisher.publish(*frame, o.tag, timeout);
    if (done.status == quoit::status::full && p.full == when_full::drop) {
      ++dropped;
    } else if (done.status != quoit::status::ok) {
      line.clear();
      auto const why =
          done.status == quoit::status::timeout && p.full == when_full::fail ? quoit::status::full : done.status;
      return end_with(why, o.name);
    } else {
      ++messages;
      bytes += frame->size();
    }
    line.show(messages, bytes);
  }
  line.clear();
  if (dropped > 0) fmt::print(stderr, "quoit: dropped {} of {} messages\n", dropped, messages + dropped);
  return exit_code::ok;
}

exit_code publish_stream(quoit::channel const& ch, int fd, pub_options const& o, interrupts& signals) {
  auto const p = policy_of(o);
  auto writer = ch.stream_writer(p.role);
  interrupt_guard const guard(writer);
  auto code = exit_code::ok;
  if (!wait_for_readers([&](std::size_t n) { return writer.wait_for_readers(n); }, o.wait_for.value_or(0), code,
                        o.name))
    return code;
  auto const rate = o.rate.empty() ? 0 : parse_rate(o.rate);
  auto const at_once = rate > 0 ? std::max<std::size_t>(static_cast<std::size_t>(rate) / pieces_a_second, 1) : piece;
  pace pace(rate > 0 ? rate / static_cast<double>(at_once) : 0);
  progress line;
  std::uint64_t left = o.count.value_or(std::numeric_limits<std::uint64_t>::max());
  std::uint64_t bytes = 0;
  for (std::uint64_t round = 0; left > 0 && code == exit_code::ok;) {
    pace.keep(signals);
    if (ch.retired()) {
      line.clear();
      writer.abandon();
      return end_with(quoit::status::retired, o.name);
    }
    auto const moved = writer.read_from(fd, std::min<std::uint64_t>(left, at_once), p.timeout);
    bytes += moved.count;
    left -= moved.count;
    line.show(0, bytes);
    if (moved.status == quoit::status::end_of_file) {
      if (++round == o.repeat) break;
      if (::lseek(fd, 0, SEEK_SET) < 0)
        throw std::system_error(errno, std::generic_category(), "--repeat needs a file, cannot begin again");
    } else if (moved.status == quoit::status::would_block) {
      signals.sleep(1h, fd);
    } else if (moved.status == quoit::status::failed) {
      writer.abandon();
      throw std::system_error(moved.error, std::generic_category(), "cannot read input");
    } else if (moved.status != quoit::status::ok) {
      line.clear();
      code = end_with(moved.status, o.name);
      writer.abandon();  // who reads it is not to take it for the whole
    }
    if (signals.stopped()) code = exit_code::interrupted;
  }
  if (code == exit_code::interrupted) writer.abandon();
  return code;
}

}  // namespace cli
