// SPDX-License-Identifier: BSL-1.0
#include "intervals.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "elapsed.hpp"

namespace cli {

namespace {

constexpr std::uint64_t most_read = 1U << 16U;  // messages an interval: each is copied by the observer

}  // namespace

void interval_statistics::add(std::int64_t interval) noexcept {
  min_ = count_ == 0 ? interval : std::min(min_, interval);
  max_ = std::max(max_, interval);
  ++count_;
  auto const distance = static_cast<double>(interval) - mean_;
  mean_ += distance / static_cast<double>(count_);
  squares_ += distance * (static_cast<double>(interval) - mean_);
}

double interval_statistics::standard_deviation() const noexcept {
  return count_ == 0 ? 0 : std::sqrt(squares_ / static_cast<double>(count_));
}

void message_times::glance(watched const& w) {
  bool const first = next_ == 0;
  if (w.info.kind == quoit::stream || (w.info.timestamps && !first)) return;
  auto const l = w.observer.level();
  if (l.status != quoit::status::ok) return;
  auto const came = l.head - std::exchange(next_, l.head);
  if (first) {
    last_ = l.newest_time;
  } else if (came > 0) {
    too_fast_ = too_fast_ || came != 1;
    auto const before = std::exchange(last_, l.time);
    if (before != 0 && l.time >= before) seen_.add(elapsed(before, l.time));
  }
}

void message_times::read_stamps(watched const& w) {
  auto const l = w.observer.level();
  if (l.status != quoit::status::ok || next_ == 0) return;
  auto from = next_;
  if (l.head - from > most_read) {
    from = l.head - most_read;
    last_ = 0;
  }
  auto expected = from;
  auto const r = w.observer.read(
      from,
      [&](quoit::observed_record const& m) {
        if (m.sequence > expected) last_ = 0;  // some were written over, or given up: what is between is not known
        expected = m.sequence + 1;
        auto const before = std::exchange(last_, m.time);
        if (before != 0 && m.time >= before) seen_.add(elapsed(before, m.time));
      },
      most_read);
  if (r.status == quoit::status::ok) next_ = r.next;
}

std::optional<interval_statistics> message_times::take(watched const& w) {
  if (w.info.timestamps && w.info.kind != quoit::stream) read_stamps(w);
  auto const s = std::exchange(seen_, {});
  bool const too_fast = std::exchange(too_fast_, false);
  return too_fast || s.count() == 0 ? std::nullopt : std::optional(s);
}

}  // namespace cli
