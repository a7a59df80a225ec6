// SPDX-License-Identifier: BSL-1.0
#include "subscribing.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <quoit/observer.hpp>

#include "human.hpp"
#include "message_format.hpp"
#include "output.hpp"
#include "terminal.hpp"

namespace cli {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();
constexpr auto slice = 500ms;  // of a wait, after which it looks whether anybody still reads the output

std::chrono::nanoseconds patience_of(sub_options const& o) {
  return o.timeout.empty() ? quoit::forever : parse_time(o.timeout);
}

message_format format_of(sub_options const& o) {
  if (o.hex) return message_format::as_hex();
  if (o.as_json) return message_format::as_json();
  if (!o.format.empty()) return message_format::as_pattern(o.format);
  if (o.raw) return message_format::as_frames({framing::kind::eof});
  if (!o.frame.empty()) return message_format::as_frames(framing::parse(o.frame));
  return is_terminal(1) ? message_format::as_safe_text() : message_format::as_frames({framing::kind::lines});
}

/// A wait in slices: `timeout` only when all of it is over.
class patient_wait {
 public:
  explicit patient_wait(std::chrono::nanoseconds patience) : patience_(patience), left_(patience) {}
  std::chrono::nanoseconds next() const noexcept { return std::min<std::chrono::nanoseconds>(left_, slice); }
  void restart() noexcept { left_ = patience_; }
  /// After a slice in which nothing came. Whether to go on.
  bool go_on() {
    require_reader();
    if (patience_ != quoit::forever) left_ -= next();
    return left_ > 0ns;
  }

 private:
  std::chrono::nanoseconds patience_;
  std::chrono::nanoseconds left_;
};

/// What is said when it is over, and how it ends.
exit_code end_with(quoit::status s, std::string const& name) {
  using quoit::status;
  if (s == status::closed || s == status::interrupted) return code_of(s);
  auto const why = s == status::died      ? "its publisher died; what it had committed was shown"
                   : s == status::retired ? "the channel was removed or replaced under its name"
                   : s == status::evicted ? "evicted: a publisher would not wait for us any longer"
                   : s == status::timeout ? "nothing came in time"
                                          : quoit::to_string(s);
  fmt::print(stderr, "quoit: '{}': {}\n", name, why);
  if (s == status::timeout) fmt::print(stderr, "try: quoit info {}\n", name);
  return s == status::retired ? exit_code::ok : code_of(s);
}

/// Tells a loss. Whether to go on.
bool go_on_after(quoit::loss const& l, sub_options const& o) {
  flush();
  fmt::print(stderr, "quoit: '{}': lost {} to {} ({} of the ring)\n", o.name, l.first, l.last, as_bytes(l.bytes));
  return !o.fail_on_loss;
}

/// One subscriber, and the copy that it shows: a message in the ring may be written over while it is shown, that of a
/// reliable subscriber too once it is evicted.
class source {
 public:
  explicit source(quoit::subscriber& sub) : sub_(&sub), copy_(4096) {}

  /// The next one, whole: shown, unless the answer is not ok.
  template <class Show>
  quoit::status next(std::chrono::nanoseconds timeout, Show const& show) {
    auto r = sub_->receive_into(copy_, timeout);
    while (r.status == quoit::status::too_big) {
      copy_.resize(r.size);
      r = sub_->receive_into(copy_, timeout);
    }
    if (r) show(shown_message{std::span(copy_).first(r.size), r.sequence, r.index, r.tag, r.time});
    return r.status;
  }

 private:
  quoit::subscriber* sub_;
  std::vector<std::byte> copy_;
};

}  // namespace

bool has_publisher(quoit::channel const& ch) {
  auto const all = ch.participants();
  return std::any_of(all.begin(), all.end(), [](auto const& p) { return p.role == decltype(p.role)::publisher; });
}

quoit::start_point start_of(quoit::channel const& ch, sub_options const& o) {
  if (o.last) {
    auto const l = quoit::observer::open(o.name, {.survive_truncation = true}, o.owner).level();
    return quoit::from_sequence(l.head - std::min(*o.last, l.head - l.floor));
  }
  bool const stream = ch.info().kind == quoit::stream;
  if (o.from.empty()) return stream ? quoit::oldest : quoit::next;
  if (o.from == "next") return quoit::next;
  if (o.from == "oldest") return quoit::oldest;
  if (o.from == "latest") return quoit::latest;
  std::uint64_t number = 0;
  auto const [rest, error] = std::from_chars(o.from.data(), o.from.data() + o.from.size(), number);
  if (error == std::errc() && rest == o.from.data() + o.from.size()) return quoit::from_sequence(number);
  auto const now = std::chrono::steady_clock::now().time_since_epoch();
  return quoit::from_time(std::max<std::chrono::nanoseconds>(now - parse_time(o.from), 0ns));
}

exit_code subscribe_to_messages(quoit::channel const& ch, sub_options const& o, interrupts& signals) {
  auto const format = format_of(o);
  patient_wait wait(patience_of(o));
  auto sub = ch.subscriber(
      {.start = start_of(ch, o), .delivery = o.reliable ? quoit::reliable : quoit::lossy, .label = o.label});
  interrupt_guard const guard(sub);
  source from(sub);
  auto const wanted = o.count.value_or(no_limit);
  std::uint64_t count = 0;
  auto const show = [&](shown_message const& m) {
    format.print(m);
    ++count;
  };
  auto last_end = quoit::status::ok;  // of a publisher: it is over when there is no other one
  bool ask = false;                   // whether there is, after the end and after each slice that has passed since
  while (count < wanted) {
    auto s = from.next(0ns, show);
    if (s == quoit::status::timeout && std::exchange(ask, false) && !has_publisher(ch)) {
      s = from.next(0ns, show);  // what came before that
      if (s == quoit::status::timeout) {
        flush();
        return end_with(last_end, o.name);
      }
    }
    if (s == quoit::status::timeout) {
      flush();  // before it waits
      s = from.next(wait.next(), show);
      if (s == quoit::status::timeout && wait.go_on()) {
        ask = last_end != quoit::status::ok;
        continue;
      }
    }
    if (s != quoit::status::timeout) wait.restart();
    if (s == quoit::status::ok) continue;
    if (s == quoit::status::lost) {
      if (!go_on_after(sub.last_loss(), o)) return exit_code::loss;
      continue;
    }
    if (signals.stopped()) s = quoit::status::interrupted;
    if (s == quoit::status::closed || s == quoit::status::died) {
      if (!o.follow) last_end = s;
      ask = !o.follow;
      continue;
    }
    flush();
    return end_with(s, o.name);
  }
  return exit_code::ok;
}

exit_code subscribe_to_stream(quoit::channel const& ch, sub_options const& o, interrupts& signals) {
  if (o.hex || o.as_json || !o.format.empty() || !o.frame.empty())
    throw std::invalid_argument("a stream has no messages: only --raw makes sense");
  patient_wait wait(patience_of(o));
  auto reader = ch.stream_reader(
      {.start = start_of(ch, o), .delivery = o.lossy ? quoit::lossy : quoit::reliable, .label = o.label});
  interrupt_guard const guard(reader);
  auto last_end = quoit::status::ok;  // as above
  bool ask = false;
  bool alone = false;
  for (auto left = o.count.value_or(no_limit); left > 0;) {
    auto const moved = reader.write_to(1, left, ask || alone ? 0ns : wait.next());
    left -= moved.count;
    auto s = moved.status;
    if (moved.count > 0) wait.restart();
    bool const nothing = s == quoit::status::timeout && moved.count == 0;
    if (nothing && alone) return end_with(last_end, o.name);
    alone = nothing && ask && !has_publisher(ch);
    if (nothing && std::exchange(ask, false)) continue;
    if (s == quoit::status::ok || (s == quoit::status::timeout && (moved.count > 0 || wait.go_on()))) {
      ask = nothing && last_end != quoit::status::ok;
      continue;
    }
    if (s == quoit::status::lost) {
      if (!go_on_after(reader.last_loss(), o)) return exit_code::loss;
      continue;
    }
    if (s == quoit::status::would_block) {
      signals.sleep(10ms);
      if (!signals.stopped()) continue;
    }
    if (s == quoit::status::failed) {
      if (moved.error == EPIPE) throw nobody_reads();
      throw std::system_error(moved.error, std::generic_category(), "cannot write to standard output");
    }
    if (signals.stopped()) s = quoit::status::interrupted;
    if (s == quoit::status::closed || s == quoit::status::died) {
      if (!o.follow) last_end = s;
      ask = !o.follow;
      continue;
    }
    return end_with(s, o.name);
  }
  return exit_code::ok;
}

}  // namespace cli
